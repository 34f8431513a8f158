"""A server of scripted bytes on a real socket, for everything a well-behaved one never does."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Act = Callable[[socket.socket], None]
"""What happens once a request has been read. Raise EOFError to close the connection."""


class RawServer:
    """Requests are answered by `acts`, one after the other; the last one repeats. `requests`: what came."""

    def __init__(self, *acts: Act | bytes, tls: ssl.SSLContext | None = None) -> None:
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.connections = 0
        self.reads_requests = True
        self.released = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self.threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    @contextmanager
    def running(self) -> Iterator[RawServer]:
        self._listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=self._accept)
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for each in [thread, *self.threads]:
                each.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, ssl.SSLError), contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
                stack.callback(sock.close)
            while True:
                if self.reads_requests:
                    self.requests.append(_request(sock))
                self._next()(sock)

    def _next(self) -> Act:
        with self._lock:
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        return act if callable(act) else lambda sock: sock.sendall(act)


def reply(status: int, body: object = b"", *headers: str) -> bytes:
    """An answer of the kind the service gives; a body that is not bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + content


def rpc(status: int, code: int, message: str = "no", *headers: str) -> bytes:
    return reply(status, {"code": code, "message": message}, *headers)


def close(sock: socket.socket) -> None:
    """An orderly end instead of an answer."""
    raise EOFError


def reset(sock: socket.socket) -> None:
    """A connection reset instead of an answer."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise EOFError


def then_close(content: bytes) -> Act:
    def act(sock: socket.socket) -> None:
        sock.sendall(content)
        raise EOFError

    return act


def drip(server: RawServer, content: bytes, seconds: float) -> Act:
    """One byte at a time, so that no single read ever times out."""

    def act(sock: socket.socket) -> None:
        for byte in content:
            sock.sendall(bytes([byte]))
            if server.released.wait(seconds):
                raise EOFError

    return act


def silence(server: RawServer) -> Act:
    def act(sock: socket.socket) -> None:
        server.released.wait()
        raise EOFError

    return act


def _request(sock: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(sock)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += _some(sock)
    return head + b"\r\n\r\n" + body


def _some(sock: socket.socket) -> bytes:
    chunk = sock.recv(65536)
    if not chunk:
        raise EOFError
    return chunk
