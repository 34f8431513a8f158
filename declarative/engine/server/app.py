"""The routes of the service's ExecutionService and WorkflowService over an engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeAlias
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from declarative.engine.client import Engine, StartCall
from declarative.engine.errors import EngineError, InvalidArgument, NotFound, Unimplemented
from declarative.engine.server import wire
from declarative.engine.server.guard import Guard, Limits, body, internal, refusal, request_id

BASE = "/workflows/v1"

LARGE_BYTES = 64 << 10
"""Bodies from this size on are read in a thread: the loop has other clients to see to."""

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger("declarative.server")


def application(
    engine: Engine,
    *,
    token: str | None = None,
    base_url: str = "",
    idempotency_keys: bool = False,
    started: Callable[[], None] = lambda: None,
    limits: Limits = Limits(),  # noqa: B008
) -> ASGIApp:
    """The ASGI application. `started` is called after every start; it must see to a runner."""
    api = _Api(engine, base_url, idempotency_keys, started, limits)
    handlers = {HTTPException: _no_route, Exception: _bug, ClientDisconnect: _nobody_there}
    app = Starlette(routes=api.routes(), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Guard(app, token, limits)


class _Api:
    def __init__(
        self,
        engine: Engine,
        base_url: str,
        idempotency_keys: bool,
        started: Callable[[], None],
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._base_url = base_url
        self._idempotency_keys = idempotency_keys
        self._started = started
        self._limits = limits
        # The engine has no folders: everything is in one, whose name is made from the database's.
        self._folder_id = "emb" + engine.identity.replace("-", "")[:17]

    def routes(self) -> list[Route]:
        one = f"{BASE}/execution/{{id}}"
        return [
            _route("POST", f"{BASE}/execution/start", self._start),
            _route("POST", f"{one}/start", self._start_by_link),
            _route("POST", f"{one}/stop", self._stop),
            _route("POST", f"{one}/terminate", self._terminate),
            _route("GET", f"{one}/history", self._history),
            _route("GET", one, self._get),
            _route("GET", f"{BASE}/execution", self._list),
            _route("GET", f"{BASE}/workflow/{{id}}", self._workflow),
            _route("GET", f"{BASE}/workflow", self._workflows),
        ]

    # ── executions ─────────────────────────────────────────────────────────────────────────────────────

    async def _start(self, request: Request) -> Response:
        wire.query(request.query_params.multi_items())
        content = await body(request, self._limits)
        return await self._accept(request, content, partial(wire.start_request, content))

    async def _start_by_link(self, request: Request) -> Response:
        wire.query(request.query_params.multi_items())
        content, workflow_id = await body(request, self._limits), _id(request)
        return await self._accept(request, content, lambda: (workflow_id, wire.value_request(content)))

    async def _accept(
        self, request: Request, content: bytes, read: Callable[[], tuple[str, str]]
    ) -> Response:
        key = request.headers.get("idempotency-key") if self._idempotency_keys else None

        def submit() -> Future[str]:
            workflow_id, given = read()
            return self._engine.start_soon(StartCall(workflow_id, given, key, exact=True))

        future = submit() if len(content) < LARGE_BYTES else await asyncio.to_thread(submit)
        execution_id = await asyncio.wrap_future(future)
        self._started()
        return _answer(wire.printed({"executionId": execution_id}))

    async def _stop(self, request: Request) -> Response:
        return await self._ask(request, self._engine.stop)

    async def _terminate(self, request: Request) -> Response:
        return await self._ask(request, self._engine.terminate)

    async def _ask(self, request: Request, wish: Callable[[str], None]) -> Response:
        wire.query(request.query_params.multi_items())
        execution_id = _id(request)
        await asyncio.to_thread(wish, execution_id)
        return _answer(wire.printed({"executionId": execution_id}))

    async def _get(self, request: Request) -> Response:
        wire.query(request.query_params.multi_items())
        execution_id = _id(request)
        return await _read(lambda: {"execution": wire.execution(self._engine.get(execution_id))})

    async def _history(self, request: Request) -> Response:
        wire.query(request.query_params.multi_items())
        execution_id = _id(request)
        return await _read(
            lambda: wire.history(self._engine.preview(execution_id), self._engine.history(execution_id))
        )

    async def _list(self, request: Request) -> Response:
        given = wire.query(
            request.query_params.multi_items(), "workflowId", "pageSize", "pageToken", "filter"
        )
        workflow_id, size = given["workflowId"], _page_size(given)
        if not workflow_id:
            raise InvalidArgument("workflowId is required", "workflowId")
        return await _read(
            lambda: wire.executions(self._engine.list(workflow_id, size, given["pageToken"], given["filter"]))
        )

    # ── workflows ──────────────────────────────────────────────────────────────────────────────────────

    async def _workflow(self, request: Request) -> Response:
        wire.query(request.query_params.multi_items())
        workflow_id = _id(request)
        return await _read(
            lambda: {
                "workflow": wire.workflow(self._engine.workflow(workflow_id), self._folder_id, self._base_url)
            }
        )

    async def _workflows(self, request: Request) -> Response:
        """Whatever folder is asked for: a client that is pointed here has the id of a real one."""
        given = wire.query(request.query_params.multi_items(), "folderId", "pageSize", "pageToken", "filter")
        folder_id, size = given["folderId"], _page_size(given)
        if not folder_id:
            raise InvalidArgument("folderId is required", "folderId")
        return await _read(
            lambda: wire.workflows(
                self._engine.workflows(size, given["pageToken"], given["filter"]), folder_id, self._base_url
            )
        )


def _route(method: str, path: str, handler: Handler) -> Route:
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except EngineError as error:
            return refusal(error, request_id(request.scope))

    return Route(path, answered, methods=[method])


async def _read(make: Callable[[], wire.Message]) -> Response:
    """An answer made in a thread: reading and printing a long one takes a while."""
    return _answer(await asyncio.to_thread(lambda: wire.printed(make())))


def _answer(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _id(request: Request) -> str:
    """The id in the path, decoded only now: a %2F in it has led to no other route."""
    try:
        return unquote(request.path_params["id"], errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidArgument("the id is not UTF-8 text") from error


def _page_size(given: dict[str, str]) -> int:
    return wire.whole_number(given["pageSize"] or "0", "pageSize")


async def _no_route(request: Request, error: Exception) -> Response:
    """A path or a method that the service does not have."""
    assert isinstance(error, HTTPException)
    called = f"{request.method} {request.scope['path']}"
    if error.status_code == 405:
        response = refusal(Unimplemented(f"there is no {called} here"), request_id(request.scope), 405)
        response.headers.update(error.headers or {})
        return response
    return refusal(NotFound(f"there is no {called} here"), request_id(request.scope))


async def _bug(request: Request, error: Exception) -> Response:
    _log.error("%s %s", request.method, request.scope["path"], exc_info=error)
    return refusal(internal(), request_id(request.scope))


async def _nobody_there(request: Request, error: Exception) -> Response:
    return Response(status_code=400)
