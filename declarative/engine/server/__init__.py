"""The engine behind the service's REST paths, so that any client of that API can be pointed at it.

The server only takes requests and keeps a runner running; a runner that was there before, and one that
outlives the server, are the same one.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from declarative import DISTRIBUTION
from declarative.diagnostics import Diagnostic, Refused
from declarative.engine.client import Engine

EXTRA = f"{DISTRIBUTION}[server]"


def serve(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    on_ready: Callable[[str], None] = lambda url: None,
    idempotency_keys: bool = False,
) -> None:
    """Serves until SIGINT or SIGTERM; executions under way go on. `port` 0 takes a free one.

    With a `token`, every call needs it; an address that other machines reach is refused without one.
    `on_ready` is told the base URL once connections are taken. With `idempotency_keys`, Start honours the
    header `Idempotency-Key`, which the service itself is not known to do. Raises Refused.
    """
    try:
        from declarative.engine.server import serving
    except ImportError as error:
        hint = f"pip install '{EXTRA}'"
        raise Refused([Diagnostic("server_missing", f"`serve` needs {error.name}", hint=hint)]) from error
    engine.check_settings()
    addresses = _addresses(host, port)
    if token is None and not all(map(_is_loopback, addresses)):
        raise Refused([_unguarded(host)])
    serving.serve(engine, _listening(host, addresses[0], port), token, on_ready, idempotency_keys)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Refused([_cannot_listen(host, port, error)]) from error
    return [str(address[4][0]) for address in found]


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _listening(host: str, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=1024)
    except OSError as error:
        raise Refused([_cannot_listen(host, port, error)]) from error


def _cannot_listen(host: str, port: int, error: OSError) -> Diagnostic:
    return Diagnostic("server_address", f"cannot listen on {host}:{port}: {error.strerror or error}")


def _unguarded(host: str) -> Diagnostic:
    return Diagnostic(
        "server_unguarded",
        f"{host} can be reached from other machines, and there is no token",
        detail="Whoever reaches the server can start workflows, and read every input and result.",
        hint="Set a token, or listen on 127.0.0.1.",
    )
