"""What the server does when clients are too slow, too many, or gone: in this process, with short patience."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from process_kit import ECHO, write_workflow
from starlette.types import ASGIApp, Receive, Send

from declarative.engine.client import Engine
from declarative.engine.server import connection
from declarative.engine.server.app import application
from declarative.engine.server.connection import PatientConnection
from declarative.engine.server.guard import Limits

SHORT = 0.05
BASE = "/workflows/v1/execution"


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


def whole(body: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def call(app: ASGIApp, method: str, path: str, receive: Receive, send: Send) -> None:
    await app(scope(method, path), receive, send)


async def ask(app: ASGIApp, method: str, path: str, receive: Receive = never) -> tuple[int, Any]:
    """One call of the application: HTTP status, and what the JSON says."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await call(app, method, path, receive, send)
    return sent[0]["status"], json.loads(b"".join(part["body"] for part in sent[1:]))


def scope(method: str, path: str) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1")],
    }


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


@pytest.fixture
def workflow(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine that starts no runner: what is started stays queued."""
    monkeypatch.setattr(Engine, "ensure_running", lambda self: None)
    return engine.register(write_workflow(tmp_path, "echo.yaml", ECHO))


def test_a_body_that_does_not_come_starts_nothing(engine: Engine, workflow: str) -> None:
    """And says so with a code that tells a client it may try again."""
    app = application(engine, limits=Limits(body_seconds=SHORT))
    answer = asyncio.run(ask(app, "POST", f"{BASE}/{workflow}/start"))
    assert code(answer) == (400, 3)
    assert engine.list(workflow).executions == ()


def test_a_start_that_is_not_written_in_time_is_left_open(
    engine: Engine, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been accepted, so the answer must not prove that it was not."""

    async def late(future: object) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncio, "wrap_future", late)
    app = application(engine, limits=Limits(request_seconds=SHORT))
    answer = asyncio.run(ask(app, "POST", f"{BASE}/{workflow}/start", whole(b"{}")))
    assert code(answer) == (504, 4)


def test_a_client_that_does_not_read_is_dropped(engine: Engine, workflow: str) -> None:
    app = application(engine, limits=Limits(request_seconds=SHORT))

    async def stuck(message: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(call(app, "GET", f"{BASE}?workflowId={workflow}", whole(b""), stuck))


def test_too_many_requests_at_once_are_turned_away(engine: Engine, workflow: str) -> None:
    app = application(engine, limits=Limits(requests_max=2))

    async def scene() -> None:
        waiting = [asyncio.create_task(ask(app, "POST", f"{BASE}/{workflow}/start")) for _ in range(2)]
        await asyncio.sleep(0)
        get = partial(ask, app, "GET", f"{BASE}?workflowId={workflow}", whole(b""))
        assert code(await get()) == (429, 8)
        waiting.pop().cancel()
        await asyncio.sleep(0)
        assert (await get())[0] == 200
        waiting.pop().cancel()

    asyncio.run(scene())


def test_every_start_is_told_to_who_sees_to_the_runner(engine: Engine, workflow: str) -> None:
    told: list[int] = []

    def started() -> None:
        told.append(len(engine.list(workflow).executions))

    app = application(engine, started=started)
    for _ in range(2):
        asyncio.run(ask(app, "POST", f"{BASE}/{workflow}/start", whole(b"{}")))
    asyncio.run(ask(app, "POST", f"{BASE}/{workflow}/start", whole(b"{")))
    assert told == [1, 2]


def test_a_bug_is_a_status_without_its_words(
    engine: Engine, workflow: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Engine, execution_id: str) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(Engine, "get", broken)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    with contextlib.suppress(ZeroDivisionError):
        asyncio.run(call(application(engine), "GET", f"{BASE}/some", whole(b""), send))
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["code"] == 13
    assert b"secret words" not in sent[1]["body"]
    assert "secret words" in caplog.text


# ── connections ────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def listening(engine: Engine) -> AsyncIterator[int]:
    """The application on a real port of this process."""
    place = socket.create_server(("127.0.0.1", 0))
    app = application(engine)
    config = uvicorn.Config(
        app, http=PatientConnection, lifespan="off", ws="none", log_level="critical", timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([place]))
    try:
        yield place.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def connected(port: int, sent: bytes) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        yield reader
    finally:
        writer.close()


async def received(reader: asyncio.StreamReader) -> bytes:
    """Everything until the server ends the connection, politely or not."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(20):
            while part := await reader.read(1000):
                said += part
    return said


GET = f"GET {BASE}/nobody HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


@pytest.mark.parametrize("sent", [b"", b"GET /work", GET[:-2]])
def test_a_head_that_does_not_come_ends_its_connection(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)

    async def scene() -> None:
        async with listening(engine) as port, connected(port, sent) as reader:
            assert await received(reader) == b""

    asyncio.run(scene())


def test_half_a_head_after_an_answer_ends_the_connection_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)

    async def scene() -> None:
        async with listening(engine) as port, connected(port, GET + b"GET /") as reader:
            assert (await received(reader)).count(b"HTTP/1.1 404") == 1

    asyncio.run(scene())


def test_a_connection_too_many_costs_the_one_that_waited_longest(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECTIONS_MAX", 3)

    async def scene() -> None:
        async with contextlib.AsyncExitStack() as stack:
            port = await stack.enter_async_context(listening(engine))
            idle = [await stack.enter_async_context(connected(port, b"GET")) for _ in range(3)]
            newest = await stack.enter_async_context(connected(port, GET))
            assert (await newest.readline()).startswith(b"HTTP/1.1 404")
            assert await received(idle[0]) == b""
            assert not idle[1].at_eof()

    asyncio.run(scene())
