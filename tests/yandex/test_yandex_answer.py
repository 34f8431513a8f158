"""The reader of HTTP answers: right for every way of sending one, and never past its end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarative.clock import SystemClock
from declarative.providers.yandex.answer import Answer, Closed, Garbled, Incoming, read_answer

CLOCK = SystemClock()


@contextmanager
def coming(content: bytes, pieces: int = 1) -> Iterator[Incoming]:
    """`content` on a socket, in so many pieces, then the end of the connection."""
    ours, theirs = socket.socketpair()

    def send() -> None:
        with theirs:
            size = max(1, -(-len(content) // pieces))
            for at in range(0, len(content), size):
                theirs.sendall(content[at : at + size])

    thread = threading.Thread(target=send)
    thread.start()
    incoming = Incoming(ours, CLOCK)
    incoming.deadline = CLOCK.monotonic() + 5
    try:
        yield incoming
    finally:
        ours.close()
        thread.join()


def read(content: bytes, pieces: int = 1, bytes_max: int = 1000) -> Answer:
    with coming(content, pieces) as incoming:
        return read_answer(incoming, bytes_max)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["length", "chunked", "end"]),
    st.integers(1, 40),
    st.integers(1, 400),
)
def test_every_way_of_sending_gives_the_same_body(body: bytes, way: str, chunk: int, pieces: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A:  1 \r\nx-a: 2\r\n"
    if way == "length":
        content = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    elif way == "chunked":
        parts = [body[at : at + chunk] for at in range(0, len(body), chunk)]
        sent = b"".join(b"%X;ext=1\r\n%b\r\n" % (len(part), part) for part in parts)
        content = head + b"Transfer-Encoding: Chunked\r\n\r\n" + sent + b"0\r\nTrailer: x\r\n\r\n"
    else:
        content = head + b"\r\n" + body
    answer = read(content, pieces)
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, body, "1, 2")
    assert answer.reusable is (way != "end")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail))
def test_garbage_is_an_error_and_nothing_else(content: bytes) -> None:
    with contextlib.suppress(Garbled, Closed):
        assert isinstance(read(content), Answer)


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5,
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000,
    ],
)
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(Garbled):
        read(content)


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
def test_an_early_end_is_noticed(content: bytes) -> None:
    with pytest.raises(Closed):
        read(content)


def test_interim_answers_are_passed_over() -> None:
    answer = read(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )
    assert (answer.status, answer.body) == (200, b"ok")


def test_no_byte_of_the_next_answer_is_taken() -> None:
    one, two = (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n for n in (1, 2))
    with coming(one + two) as incoming:
        first = read_answer(incoming)
        assert (first.body, first.reusable) == (b"1", False), "what is left over ends the connection's use"
        assert read_answer(incoming).body == b"2"


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\r\nConnection: Close\r\n"])
def test_a_connection_that_is_ending_is_not_kept(head: bytes) -> None:
    assert not read(head + b"Content-Length: 0\r\n\r\n").reusable
