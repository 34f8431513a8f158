"""Fixtures of the engine's process half."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from process_kit import Site, engine_at
from server_kit import Served, serving

from declarative.engine.client import Engine
from declarative.engine.directory import EngineDirectory
from declarative.engine.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(EngineDirectory.at(tmp_path / "engine"))
    yield store
    store.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with engine_at(tmp_path) as engine:
        yield engine


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server without a token for every test that leaves it as it was."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served
