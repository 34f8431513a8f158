"""Who may speak to the server, how long, and how many at once: around every call, before it is looked at.

Without a token the server answers whatever reaches loopback, and a web page in a browser on this machine
reaches it too. What tells such a request from a program's are the headers a browser cannot leave out.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import uuid
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from declarative.engine.errors import (
    DeadlineExceeded,
    EngineError,
    Internal,
    InvalidArgument,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from declarative.engine.server import wire

BODY_BYTES_MAX = 4 << 20
"""gRPC's usual limit on a message; the engine's own on an input is smaller."""

HTTP_STATUSES = {3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 12: 501, 13: 500, 14: 503, 16: 401}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")
_BROWSER_SITES_ALLOWED = ("", "none", "same-origin")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a body to arrive and for the whole exchange, so that a client that sends or reads slowly
    holds its place only for so long; and how many exchanges may be open at once."""

    body_seconds: float = 30.0
    request_seconds: float = 90.0
    requests_max: int = 256


class Guard:
    """Wraps an ASGI application; refusals and failures are answered with a google.rpc.Status."""

    def __init__(self, app: ASGIApp, token: str | None, limits: Limits) -> None:
        self._app = app
        self._token = token
        self._limits = limits
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, request_id(scope))
        self._open += 1
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                self._admit(scope)
                await self._app(_undecoded(scope), receive, answer)
        except EngineError as error:
            await answer.refuse(scope, receive, error)
        except TimeoutError:
            # A start may have been accepted: nothing but this code leaves that open.
            seconds = self._limits.request_seconds
            await answer.refuse(scope, receive, DeadlineExceeded(f"the call took longer than {seconds:g} s"))
        finally:
            self._open -= 1

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if self._token is None:
            _refuse_browsers(headers)
        elif not _is_authorized(headers.get("authorization", ""), self._token, scope):
            raise Unauthenticated("the call needs the server's token: Authorization: Bearer <token>")
        if self._open > self._limits.requests_max:
            raise ResourceExhausted("too many requests at once; try again")


class _Answer:
    """The way back, which knows whether anything was said yet and puts the request's id on it."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = headers["x-server-trace-id"] = self._request_id
        await self._send(message)

    async def refuse(self, scope: Scope, receive: Receive, error: EngineError) -> None:
        if self._begun:
            raise ConnectionAbortedError("the client does not read its answer")
        await refusal(error, self._request_id)(scope, receive, self)


def refusal(error: EngineError, request_id: str, status: int | None = None) -> Response:
    """`status`: the HTTP one, where the error's own is not meant."""
    body = wire.printed(wire.status(error, request_id))
    status = status or HTTP_STATUSES.get(error.code, 500)
    headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "1"}, 503: {"retry-after": "1"}}
    return Response(body, status, headers.get(status), media_type="application/json")


def request_id(scope: Scope) -> str:
    """The client's own id where it sent a usable one. Always the same for one request."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        given = Headers(scope=scope).get("x-request-id", "")
        state["request_id"] = given if _REQUEST_ID.match(given) else str(uuid.uuid4())
    return str(state["request_id"])


async def body(request: Request, limits: Limits) -> bytes:
    """The request's body. Raises InvalidArgument for one that is too large or comes too slowly."""
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _body(request)
    except TimeoutError as error:
        raise InvalidArgument(f"the body took longer than {limits.body_seconds:g} s to arrive") from error


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise InvalidArgument(f"the body is larger than {BODY_BYTES_MAX} bytes")
        parts.append(part)
    return b"".join(parts)


def internal() -> EngineError:
    return Internal("internal error of the server; its log says more")


def _undecoded(scope: Scope) -> Scope:
    """With a path that is still percent-encoded: a %2F in an id must not lead to another route."""
    return {**scope, "path": scope["raw_path"].decode("ascii")}


def _refuse_browsers(headers: Headers) -> None:
    if "origin" in headers or headers.get("sec-fetch-site", "") not in _BROWSER_SITES_ALLOWED:
        raise PermissionDenied("web pages may not call this server; it has no token")
    if not _is_loopback(headers.get("host", "")):
        raise PermissionDenied(
            "this server answers only to a loopback name, such as 127.0.0.1; it has no token"
        )


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine; a page can have any other name resolved to 127.0.0.1."""
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_authorized(given: str, token: str, scope: Scope) -> bool:
    """The service takes an API key in place of a token where a workflow is started by its link."""
    kind, _, secret = given.partition(" ")
    by_link = scope["method"] == "POST" and scope["path"].endswith("/start")
    kinds = ("bearer", "api-key") if by_link else ("bearer",)
    return kind.lower() in kinds and hmac.compare_digest(secret.strip().encode("latin-1"), token.encode())
