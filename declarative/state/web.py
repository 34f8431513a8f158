"""One HTTP exchange under one deadline, for the backends that speak HTTP.

Never follows a redirect: the next host would be given the credentials and a state.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from declarative.protocols import BackendError, Clock
from declarative.state.lock import printable
from declarative.state.problems import failed
from declarative.state.tls import ClientTls, tls_context

if TYPE_CHECKING:
    import httpx

CONTENT_BYTES_MAX = 1 << 30
DEADLINE = 60.0
"""Seconds for a whole exchange, both bodies included."""

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Login:
    username: str = ""
    password: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever must not be shown, also as a server might echo it."""
        header = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return (header, self.password) if self.password else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Web:
    """Raises BackendError for whatever is not an answer; every status is one."""

    def __init__(self, login: Login, tls: ClientTls, clock: Clock, deadline: float = DEADLINE) -> None:
        import httpx

        self._login = login
        self._clock = clock
        self._deadline = deadline
        self._client = httpx.Client(
            auth=(login.username, login.password) if login.username else None,
            verify=tls_context(tls),
            timeout=deadline,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        )

    def ask(
        self,
        method: str,
        address: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        import httpx

        limit = self._clock.monotonic() + self._deadline
        length = {} if content is None else {"Content-Length": str(len(content))}
        try:
            with self._client.stream(
                method,
                address,
                content=None if content is None else self._sent(content, limit),
                headers={**length, **(headers or {})},
            ) as response:
                return Answer(response.status_code, dict(response.headers), self._received(response, limit))
        except _Overdue as overdue:
            raise self._failure(f"no whole answer within {self._deadline:g} s", method, address) from overdue
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.ProxyError,
            httpx.UnsupportedProtocol,
        ) as error:
            raise self._failure(str(error), method, address, was_sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failure(str(error) or type(error).__name__, method, address) from error

    def words(self, answer: Answer) -> str:
        """What the server said, on one line and without our credentials."""
        said = self._hidden(printable(answer.content[:2000].decode(errors="replace")))
        return f"HTTP {answer.status}: {said}" if said else f"HTTP {answer.status}"

    def close(self) -> None:
        self._client.close()

    def _sent(self, content: bytes, limit: float) -> Iterator[bytes]:
        for start in range(0, len(content), _CHUNK):
            self._check(limit)
            yield content[start : start + _CHUNK]

    def _received(self, response: httpx.Response, limit: float) -> bytes:
        received = bytearray()
        for chunk in response.iter_bytes():
            self._check(limit)
            received += chunk
            if len(received) > CONTENT_BYTES_MAX:
                raise _Overdue
        return bytes(received)

    def _check(self, limit: float) -> None:
        if self._clock.monotonic() > limit:
            raise _Overdue

    def _failure(self, said: str, method: str, address: str, was_sent: bool = True) -> BackendError:
        return failed(
            method,
            without_login(address),
            self._hidden(printable(said)),
            outcome_unknown=was_sent and method != "GET",
            transient=True,
        )

    def _hidden(self, text: str) -> str:
        for secret in self._login.secrets:
            text = text.replace(secret, "(hidden)")
        return text


class _Overdue(Exception):
    pass


def without_login(address: str) -> str:
    """An address as it may be shown: without user, password, query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
