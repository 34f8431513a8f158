"""Where state may be kept while the tool is shot at, and the engine that it is shot at before."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

for beside in ("", "../state", "../cli"):
    sys.path.insert(0, str((Path(__file__).parent / beside).resolve()))

from kill_engine import KillEngine  # noqa: E402
from kill_places import PLACES, Place  # noqa: E402
from state_servers import moto_port, postgres, s3_environ, weed_port  # noqa: E402

__all__ = ["moto_port", "postgres", "s3_environ", "weed_port"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillEngine]:
    running = KillEngine(tmp_path_factory.mktemp("engine"))
    yield running
    running.close()


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with PLACES[request.param](request.getfixturevalue) as place:
        yield place
