"""The environment of somebody at a plain shell: no CI, no settings, no colours, a wide terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from story_person import new_folder


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.startswith(("DECLARATIVE_", "CI_", "GITLAB", "GITHUB")) or name in ("CI", "NO_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    return monkeypatch


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with workflows; whatever runs there ends with the test."""
    with new_folder() as folder:
        yield folder
