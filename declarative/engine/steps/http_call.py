"""`httpCall`: one HTTP exchange, redirects included, with its answer bounded while it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from declarative.engine.codes import (
    DATA_LIMIT,
    INVALID_ARGUMENT,
    PERMISSION,
    TIMEOUT,
    StepFailed,
    http_code,
)
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.steps import integration
from declarative.engine.steps.base import Context
from declarative.engine.steps.integration import Integration, Send
from declarative.engine.template import NOTHING, Template
from declarative.engine.workflow import Visit
from declarative.engine.world import World
from declarative.model.json import Json, NotJson, canonical, parse

if TYPE_CHECKING:
    import httpx

METHODS = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")
MESSAGE_BYTES_MAX = 500
"""How much of an error's body its message repeats."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, its templates evaluated."""

    method: str
    url: str
    body: str
    headers: Mapping[str, str]
    query: Mapping[str, str]

    def built(self) -> httpx.Request:
        import httpx

        url = httpx.URL(self.url)
        if self.query:
            # Appended, not merged: httpx would write the url's own query anew.
            joined = [url.query, urlencode(self.query).encode()]
            url = url.copy_with(query=b"&".join(filter(None, joined)))
        # An answer that unpacks to a thousand times its size would pass the limit before it is counted.
        headers = httpx.Headers({"user-agent": "declarative", "accept": "*/*", "accept-encoding": "identity"})
        headers.update({name: value.strip() for name, value in self.headers.items()})
        content = self.body.encode() or None
        return httpx.Request(self.method, url, headers=headers, content=content, extensions={"timeout": {}})


@dataclass(frozen=True, slots=True)
class HttpCall:
    url: Template
    method: str
    body: Template
    headers: Mapping[str, Template]
    query: Mapping[str, Template]

    async def prepare(self, visit: Visit, given: Datum) -> Send:
        templates = (self.url, self.body, *self.headers.values(), *self.query.values())
        url, body, *values = await visit.texts(templates, given)
        headers = dict(zip(self.headers, values, strict=False))
        query = dict(zip(self.query, values[len(headers) :], strict=True))
        return partial(exchange, visit.world, Request(self.method, url.strip(), body, headers, query))


def read(fields: Fields, context: Context) -> Integration:
    call = HttpCall(
        url=fields.template("url", required=True) or NOTHING,
        method=fields.choice("method", METHODS, "GET"),
        body=fields.template("body") or NOTHING,
        headers=fields.templates("headers"),
        query=fields.templates("query"),
    )
    return integration.read(fields, context, call)


def new_client() -> httpx.AsyncClient:
    """The client httpCall wants: no time limit but the step's, nothing kept from one call for the next.

    A connection kept open could be closed by the server just when it is used again, and then a POST would
    fail that cannot be repeated; cookies would pass from run to run.
    """
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    return httpx.AsyncClient(
        timeout=None,
        limits=httpx.Limits(max_connections=1000, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


async def exchange(world: World, request: Request) -> Json:
    """The answer's JSON, or its text. Raises StepFailed."""
    import httpx

    try:
        return await _follow(world, request.built())
    except httpx.TimeoutException as error:
        raise StepFailed(TIMEOUT, f"the server did not answer in time: {error}") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
        raise StepFailed(INVALID_ARGUMENT, f"the request cannot be sent: {error}") from error
    except httpx.DecodingError as error:
        raise StepFailed("HTTP_CALL_502", f"the answer cannot be decoded: {error}") from error
    except httpx.TransportError as error:
        words = str(error) or type(error).__name__
        raise StepFailed("HTTP_CALL_503", f"the server cannot be reached, or broke off: {words}") from error


async def _follow(world: World, request: httpx.Request) -> Json:
    following = request
    for _ in range(world.limits.redirects + 1):
        _admit(world, following.url)
        response = await world.http.send(following, stream=True, follow_redirects=False)
        try:
            if response.next_request is None:
                return await _read_answer(world, response)
            following = response.next_request
        finally:
            await response.aclose()
    raise StepFailed("HTTP_CALL_508", f"the server redirects more than {world.limits.redirects} times")


def _admit(world: World, url: httpx.URL) -> None:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    if not world.allows(url.host, port):
        hint = "providers.embedded.allow names the hosts that may be called"
        raise StepFailed(PERMISSION, f"httpCall may not connect to {url.host}:{port}; {hint}")


async def _read_answer(world: World, response: httpx.Response) -> Json:
    failed = response.status_code >= 400
    content = await _content(response, MESSAGE_BYTES_MAX if failed else world.limits.data_bytes)
    if failed:
        words = f"{response.status_code} {response.reason_phrase}".strip()
        body = _decoded(response, content[:MESSAGE_BYTES_MAX]).strip()
        raise StepFailed(http_code(response.status_code), f"{words}: {body}" if body else words)
    if len(content) > world.limits.data_bytes:
        raise StepFailed(DATA_LIMIT, f"the answer is larger than {world.limits.data_bytes:,} bytes")
    return _value(_decoded(response, content))


async def _content(response: httpx.Response, enough: int) -> bytes:
    """The body, or its beginning: a little more than enough."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > enough:
            break
    return bytes(content)


def _decoded(response: httpx.Response, content: bytes) -> str:
    with suppress(LookupError):
        return content.decode(response.charset_encoding or "utf-8-sig", "replace")
    return content.decode("utf-8-sig", "replace")


def _value(text: str) -> Json:
    """JSON where the text is JSON, whatever the Content-Type says; an empty answer is an empty object."""
    if not text.strip():
        return {}
    try:
        value = parse(text)
        canonical(value)
    except NotJson:
        return text
    return value
