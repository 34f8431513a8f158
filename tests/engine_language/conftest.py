"""One event loop, one jq worker and one HTTP server for all tests of the language."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from language_kit import Server, Stage

from declarative.engine.jqworker import JqWorker
from declarative.engine.steps.http_call import new_client


@pytest.fixture(scope="session")
def _stage() -> Iterator[Stage]:
    with asyncio.Runner() as runner, Server() as server:
        jq, http = JqWorker(), new_client()
        yield Stage(runner, jq, http, server)
        runner.run(http.aclose())
        runner.run(jq.aclose())
        server.shutdown()


@pytest.fixture
def stage(_stage: Stage) -> Stage:
    _stage.server.routes.clear()
    _stage.server.calls.clear()
    return _stage


@pytest.fixture
def server(stage: Stage) -> Server:
    return stage.server
