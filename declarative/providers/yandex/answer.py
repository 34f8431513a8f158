"""One HTTP/1.1 answer read from a socket, with a limit on everything and one deadline over all of it.

Not a general HTTP library: just enough for JSON services, strict where a lenient reader could take the end of
one answer for the beginning of the next (an execution id must never be read from a stranger's answer).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from declarative.protocols import Clock

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 64 * 1024 * 1024
"""An execution holds at most 2 MB of input and 2 MB of result; a history may be far larger."""
_INTERIM_MAX = 4
_TRAILERS_MAX = 32
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5]\d\d)(?: .*)?\Z", re.DOTALL)
_HEX = re.compile(rb"[0-9A-Fa-f]{1,12}\Z")


class Garbled(Exception):
    """What came is not an HTTP answer, or is larger than any answer of the service can be."""


class Closed(Exception):
    """The other side closed the connection before the answer was complete."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: names in lower case. `reusable`: the connection may carry another call.

    What came is not in its repr: a token may have been asked for, or echoed by a proxy.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    reusable: bool = False


class Incoming:
    """The bytes of one connection, buffered. Raises TimeoutError once `deadline` (Clock.monotonic) is over,
    however steadily the other side drips."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._held = bytearray()
        self.deadline = 0.0

    @property
    def is_empty(self) -> bool:
        return not self._held

    def until(self, mark: bytes, bytes_max: int) -> bytes:
        """Everything before `mark`, which is taken too."""
        seen = 0
        while (end := self._held.find(mark, seen)) < 0:
            if len(self._held) > bytes_max:
                raise Garbled(f"no end of a header within {bytes_max} bytes")
            seen = max(0, len(self._held) - len(mark) + 1)
            self._receive()
        return self._take(end, len(mark))

    def exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            self._receive()
        return self._take(count)

    def rest(self, bytes_max: int) -> bytes:
        """Everything up to the end of the connection."""
        try:
            while len(self._held) <= bytes_max:
                self._receive()
        except Closed:
            return self._take(len(self._held))
        raise _too_large(bytes_max)

    def _receive(self) -> None:
        left = self.deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        chunk = self._sock.recv(65536)
        if not chunk:
            raise Closed
        self._held += chunk

    def _take(self, count: int, skipped: int = 0) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[: count + skipped]
        return taken


def read_answer(incoming: Incoming, bytes_max: int = BODY_BYTES_MAX) -> Answer:
    """The next final answer. Raises Garbled, Closed, TimeoutError, OSError."""
    for _ in range(_INTERIM_MAX):
        is_current, status, headers = _head(incoming)
        if status >= 200:
            break
    else:
        raise Garbled("no final answer after several interim ones")
    body, has_end = _body(incoming, status, headers, bytes_max)
    keeps = is_current and has_end and "close" not in headers.get("connection", "").lower()
    return Answer(status, headers, body, keeps and incoming.is_empty)


def _head(incoming: Incoming) -> tuple[bool, int, dict[str, str]]:
    first, *lines = incoming.until(b"\r\n\r\n", HEAD_BYTES_MAX).decode("latin-1").split("\r\n")
    status_line = _STATUS_LINE.match(first)
    if status_line is None:
        raise Garbled(f"not an HTTP answer: {first[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise Garbled("a malformed header line")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return status_line[1] == "1", int(status_line[2]), headers


def _body(incoming: Incoming, status: int, headers: Mapping[str, str], bytes_max: int) -> tuple[bytes, bool]:
    """The body, and whether the answer itself said where it ends."""
    if status in (204, 304):
        return b"", True
    coding = headers.get("transfer-encoding", "").lower()
    length = headers.get("content-length")
    if coding == "chunked":
        return _chunks(incoming, bytes_max), length is None
    if coding:
        raise Garbled(f"transfer encoding {coding[:40]!r}")
    if length is None:
        return incoming.rest(bytes_max), False
    if not (length.isascii() and length.isdigit()):
        raise Garbled("a content length that is no number")
    if len(length) > 12 or int(length) > bytes_max:
        raise _too_large(bytes_max)
    return incoming.exactly(int(length)), True


def _chunks(incoming: Incoming, bytes_max: int) -> bytes:
    body = bytearray()
    while size := _chunk_size(incoming):
        if len(body) + size > bytes_max:
            raise _too_large(bytes_max)
        body += incoming.exactly(size)
        if incoming.exactly(2) != b"\r\n":
            raise Garbled("a chunk without its end")
    for _ in range(_TRAILERS_MAX):
        if not incoming.until(b"\r\n", HEAD_BYTES_MAX):
            return bytes(body)
    raise Garbled("too many trailers")


def _chunk_size(incoming: Incoming) -> int:
    text = incoming.until(b"\r\n", 1024).partition(b";")[0].strip()
    if not _HEX.match(text):
        raise Garbled("a chunk without its size")
    return int(text, 16)


def _too_large(bytes_max: int) -> Garbled:
    return Garbled(f"an answer of more than {bytes_max} bytes")
