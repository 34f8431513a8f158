"""A TCP proxy that cuts connections at chosen moments, and can make a server's clock look later."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

_DATE = re.compile(rb"(?im)^Date: ([^\r\n]+)")
_MODIFIED = re.compile(rb"(?im)^Last-Modified: ([^\r\n]+)")
_REQUEST = re.compile(rb"(GET|PUT) (\S+) HTTP")


@dataclass
class FaultyProxy:
    """Forwards to `upstream`. A fault strikes once, at the next request that holds its marker:
    `cut_request` lets only half of it through, `drop_answer` all of it, but the answer is lost.

    `date_shift`: seconds by which the server's clock seems to be ahead; what is written while it is looks as
    if it had been written then.
    """

    upstream: int
    date_shift: float = 0.0
    struck: int = 0
    _fault: tuple[str, bytes] | None = None
    _written_at: dict[bytes, float] = field(default_factory=dict)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _sockets: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._go(self._accept)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def cut_request(self, marker: bytes) -> None:
        self._fault = ("cut", marker)

    def drop_answer(self, marker: bytes) -> None:
        self._fault = ("drop", marker)

    def close(self) -> None:
        for each in (self._listener, *self._sockets):
            _end(each)
        for thread in self._threads:
            thread.join(5)

    def _go(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.upstream))
                self._sockets += [client, server]
                exchange = _Exchange(client, server)
                self._go(self._to_server, exchange)
                self._go(self._to_client, exchange)

    def _to_server(self, exchange: _Exchange) -> None:
        with suppress(OSError):
            while data := exchange.client.recv(1 << 16):
                exchange.method, exchange.path = _requested(data) or (exchange.method, exchange.path)
                kind = self._strikes(data)
                if kind == "cut":
                    exchange.server.sendall(data[: len(data) // 2])
                    break
                exchange.doomed = exchange.doomed or kind == "drop"
                exchange.server.sendall(data)
        _end(exchange.client, exchange.server)

    def _to_client(self, exchange: _Exchange) -> None:
        with suppress(OSError):
            while data := exchange.server.recv(1 << 16):
                if exchange.doomed and not data.startswith(b"HTTP/1.1 100"):
                    break
                exchange.client.sendall(self._dated(data, exchange) if self.date_shift else data)
        _end(exchange.client, exchange.server)

    def _dated(self, data: bytes, exchange: _Exchange) -> bytes:
        if exchange.method == b"PUT" and data.startswith(b"HTTP/1.1 200"):
            self._written_at[exchange.path] = self.date_shift
        written_at = self._written_at.get(exchange.path, 0.0)
        data = _MODIFIED.sub(lambda found: _shifted(b"Last-Modified", found, written_at), data, count=1)
        return _DATE.sub(lambda found: _shifted(b"Date", found, self.date_shift), data, count=1)

    def _strikes(self, data: bytes) -> str | None:
        with self._mutex:
            if self._fault is None or self._fault[1] not in data:
                return None
            kind, self._fault = self._fault[0], None
            self.struck += 1
            return kind


@dataclass
class _Exchange:
    client: socket.socket
    server: socket.socket
    method: bytes = b""
    path: bytes = b""
    doomed: bool = False


def _requested(data: bytes) -> tuple[bytes, bytes] | None:
    found = _REQUEST.match(data)
    return (found[1], found[2]) if found else None


def _shifted(name: bytes, header: re.Match[bytes], seconds: float) -> bytes:
    moment = parsedate_to_datetime(header[1].decode()) + timedelta(seconds=seconds)
    return name + b": " + format_datetime(moment, usegmt=True).encode()


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
