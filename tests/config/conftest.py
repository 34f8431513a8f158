"""The folder of one test, and how a test reads what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_folder import Brief, Folder

from declarative.config.load import Loaded


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


@pytest.fixture
def brief() -> Brief:
    """(code, summary) of everything that is said."""

    def in_brief(found: Loaded) -> list[tuple[str, str]]:
        return [(problem.code, problem.summary) for problem in found.diagnostics]

    return in_brief
