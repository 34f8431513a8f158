"""One connection to the service: name, TCP, a proxy's tunnel, TLS. Nothing is sent to the service in here.

Whatever fails in this module happened before the first byte of a call, which is why it proves that a start
did not take place.
"""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from declarative.protocols import Clock
from declarative.providers.yandex.answer import Answer, Closed, Garbled, Incoming, read_answer
from declarative.providers.yandex.endpoint import is_loopback

IDLE_SECONDS_MAX = 20.0
"""Kept far below what balancers allow: a start on a connection that is just being closed has no answer."""

_NETWORK_HINT = "Check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the provider's endpoint."
_CERTIFICATE_HINT = (
    "If a company's proxy opens TLS, name its certificate in SSL_CERT_FILE; check this machine's clock too."
)


class NotConnected(Exception):
    """No connection was made, so nothing was sent. `is_transient`: worth another try."""

    def __init__(self, said: str, hint: str = _NETWORK_HINT, is_transient: bool = False) -> None:
        self.said = said
        self.hint = hint
        self.is_transient = is_transient
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that is asked for a tunnel. `authorization` is a secret."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Route:
    """Where calls go, and through what. `is_secure`: TLS. `connect_seconds`: for each address of a name."""

    host: str
    port: int
    is_secure: bool
    proxy: Proxy | None = None
    connect_seconds: float = 10.0

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def route_to(url: str, environ: Mapping[str, str]) -> Route:
    """The route to the origin of a checked URL; secure ones through HTTPS_PROXY, unless NO_PROXY says no."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if is_secure else 80)
    return Route(host, port, is_secure, _proxy(host, environ) if is_secure else None)


class Connection:
    """An open connection, used for one call at a time."""

    def __init__(self, route: Route, clock: Clock, deadline: float) -> None:
        self._clock = clock
        self._sock = _open(route, clock, deadline)
        self._incoming = Incoming(self._sock, clock)
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)
        self._idle_since = clock.monotonic()

    def is_usable(self) -> bool:
        """Nobody has closed it or said anything on it since the last answer."""
        is_fresh = self._clock.monotonic() - self._idle_since <= IDLE_SECONDS_MAX
        return is_fresh and not self._poll.poll(0)

    def exchange(self, message: bytes, deadline: float) -> Answer:
        """Sends all and reads one answer. Raises TimeoutError, OSError, Closed, Garbled."""
        self._incoming.deadline = deadline
        # A service that has refused already may close before it has read all: its answer is still there.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._send(message, deadline)
        answer = read_answer(self._incoming)
        self._idle_since = self._clock.monotonic()
        return answer

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.close()

    def _send(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            seconds = deadline - self._clock.monotonic()
            if seconds <= 0:
                raise TimeoutError
            self._sock.settimeout(seconds)
            left = left[self._sock.send(left) :]


def _open(route: Route, clock: Clock, deadline: float) -> socket.socket:
    hop = route.proxy or route
    sock = _reach(hop.host, hop.port, route.connect_seconds, clock, deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if route.proxy is not None:
            _tunnel(sock, route, route.proxy, clock, deadline)
        return _secured(sock, route, clock, deadline) if route.is_secure else sock
    except BaseException:
        sock.close()
        raise


def _reach(host: str, port: int, seconds_max: float, clock: Clock, deadline: float) -> socket.socket:
    """The first address that answers. Looking a name up cannot be cut short; the deadline counts after it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotConnected(f"the name {host} could not be resolved ({error})") from None
    problem = NotConnected(f"{host}:{port} did not answer within the time allowed", is_transient=True)
    for family, kind, protocol, _, address in found:
        seconds = min(seconds_max, deadline - clock.monotonic())
        if seconds <= 0:
            break
        try:
            return _connected(socket.socket(family, kind, protocol), address, seconds)
        except TimeoutError:
            continue
        except OSError as error:
            problem = NotConnected(f"no connection to {host}:{port} ({error.strerror or error})")
    raise problem


def _connected(sock: socket.socket, address: Any, seconds: float) -> socket.socket:
    try:
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _secured(sock: socket.socket, route: Route, clock: Clock, deadline: float) -> socket.socket:
    sock.settimeout(max(0.001, deadline - clock.monotonic()))
    try:
        return _context().wrap_socket(sock, server_hostname=route.host)
    except TimeoutError:
        raise NotConnected(f"no TLS with {route.host} within the time allowed", is_transient=True) from None
    except ssl.SSLCertVerificationError as error:
        said = f"the certificate of {route.host} is not accepted: {error.verify_message}"
        raise NotConnected(said, _CERTIFICATE_HINT) from None
    except (OSError, ValueError) as error:
        raise NotConnected(f"no TLS with {route.host}: {error}", _CERTIFICATE_HINT) from None


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):  # a Python that was built for another machine
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _tunnel(sock: socket.socket, route: Route, proxy: Proxy, clock: Clock, deadline: float) -> None:
    lines = [f"CONNECT {route.authority} HTTP/1.1", f"Host: {route.authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    incoming = Incoming(sock, clock)
    incoming.deadline = deadline
    try:
        sock.settimeout(max(0.001, deadline - clock.monotonic()))
        sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        # A granted tunnel has no body, whatever its headers say; a refusal's body does not matter.
        head = incoming.until(b"\r\n\r\n", 65536)
    except (OSError, Closed, Garbled):
        raise NotConnected(f"the proxy {proxy.host}:{proxy.port} did not answer") from None
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"] or not incoming.is_empty:
        refusal = head[:60].decode("latin-1").partition("\r\n")[0]
        raise NotConnected(f"the proxy {proxy.host}:{proxy.port} refused: {refusal}")


def _proxy(host: str, environ: Mapping[str, str]) -> Proxy | None:
    url = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not url or is_loopback(host) or _is_exempt(host, exceptions):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return Proxy(parts.hostname or "", parts.port or 80, _basic(parts))


def _is_exempt(host: str, exceptions: str) -> bool:
    names = [name.strip().lower().lstrip(".") for name in exceptions.split(",")]
    return any(name and (name in ("*", host) or host.endswith(f".{name}")) for name in names)


def _basic(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
