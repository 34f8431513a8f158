"""Runs the application in uvicorn until a signal ends it, and keeps a runner running meanwhile."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from declarative.engine.client import Engine
from declarative.engine.errors import EngineError
from declarative.engine.server.app import application
from declarative.engine.server.connection import PatientConnection

LOOK_SECONDS = 2.0
"""How soon a runner that was killed is missed."""

GATHER_SECONDS = 0.005
"""Starts of so long a time ring the runner's bell once."""

LEAVE_SECONDS = 5
IDLE_SECONDS = 75

_log = logging.getLogger("declarative.server")


def serve(
    engine: Engine,
    listening: socket.socket,
    token: str | None,
    on_ready: Callable[[str], None],
    idempotency_keys: bool,
) -> None:
    url = _url(listening)
    keeper = Keeper(engine)
    app = application(
        engine,
        token=token,
        base_url=url,
        idempotency_keys=idempotency_keys,
        started=keeper.started,
    )
    config = uvicorn.Config(
        app,
        http=PatientConnection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=LEAVE_SECONDS,
    )
    with listening, _signals_end_quietly():
        asyncio.run(_serve(_Server(config, lambda: on_ready(url)), listening, keeper))


class Keeper:
    """Sees to it that there is a runner as long as there is work. Lives on the server's loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._news = asyncio.Event()
        self.started = self._news.set

    async def keep(self) -> None:
        while True:
            await asyncio.to_thread(self._see_to_runner)
            await self._await_reason()

    async def _await_reason(self) -> None:
        """Until something was started, or the runner is gone."""
        while not self._news.is_set():
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                if not self._engine.has_runner:
                    return
        await asyncio.sleep(GATHER_SECONDS)
        self._news.clear()

    def _see_to_runner(self) -> None:
        try:
            self._engine.ensure_running()
        except EngineError as error:
            _log.error("%s", error)


class _Server(uvicorn.Server):
    """Tells when connections are taken."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


async def _serve(server: _Server, listening: socket.socket, keeper: Keeper) -> None:
    keeping = asyncio.create_task(keeper.keep())
    try:
        await server.serve(sockets=[listening])
    finally:
        keeping.cancel()


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """uvicorn raises the signal that ended it once more, for whoever had it before: nobody."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: object) -> None:
    """The signal has done its work."""


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
