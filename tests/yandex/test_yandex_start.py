"""What goes on the wire when an execution is started, and what an answer proves when it is not an id."""

from __future__ import annotations

import json
import threading

import pytest
from raw_server import Act, RawServer, close, drip, reply, reset, rpc, silence, then_close
from yandex_kit import Opener, QuickClock

from declarative.protocols import Kind, ProviderError, StartRequest
from declarative.providers.yandex import YandexProvider
from declarative.testing.clock import StillClock

STARTED = reply(200, {"executionId": "dfq-1"})
HTML = b"<!doctype html><title>Sign in</title>"


def start(provider: YandexProvider, input_json: str = "{}", not_after: float = float("inf")) -> str:
    request = StartRequest("dfqworkflow", input_json, "0b1e0ad2-attempt", not_after)
    return provider.start(request).execution_id


def failure(provider: YandexProvider, not_after: float = float("inf")) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        start(provider, not_after=not_after)
    return caught.value


def test_the_input_travels_as_text(opened: Opener) -> None:
    with RawServer(STARTED).running() as server:
        assert start(opened(server.url), '{"n": 9007199254740993, "ü": [null]}') == "dfq-1"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {
        "workflowId": "dfqworkflow",
        "input": {"inputJson": '{"n": 9007199254740993, "ü": [null]}'},
    }
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /workflows/v1/execution/start HTTP/1.1"
    assert "Idempotency-Key: 0b1e0ad2-attempt" in lines
    assert "Authorization: Bearer t1.planted.token" in lines
    assert "Accept-Encoding: identity" in lines, "nobody here unpacks anything"
    assert any(line.startswith("X-Request-Id: ") and len(line) == 50 for line in lines)


PROVEN = [
    (rpc(400, 3), Kind.INVALID),
    (rpc(400, 9), Kind.PRECONDITION),
    (rpc(401, 16), Kind.UNAUTHENTICATED),
    (rpc(403, 7), Kind.DENIED),
    (rpc(404, 5), Kind.NOT_FOUND),
    (rpc(429, 8), Kind.EXHAUSTED),
    (reply(400, {"code": 3}), Kind.INVALID),
]
UNPROVEN = [
    (rpc(409, 6), Kind.OTHER),
    (rpc(409, 10), Kind.OTHER),
    (rpc(499, 1), Kind.OTHER),
    (rpc(500, 13), Kind.OTHER),
    (rpc(500, 5), Kind.NOT_FOUND),
    (rpc(503, 14), Kind.UNAVAILABLE),
    (rpc(504, 4), Kind.TIMEOUT),
    (rpc(400, 13), Kind.OTHER),
    (rpc(400, 11), Kind.INVALID),
    (reply(400, HTML), Kind.INVALID),
    (reply(400, {"code": "3", "message": "no"}), Kind.INVALID),
    (reply(400, {"code": True, "message": "no"}), Kind.INVALID),
    (reply(400, {"code": 3, "message": ["no"]}), Kind.INVALID),
    (reply(401, HTML), Kind.UNAUTHENTICATED),
    (reply(403, b""), Kind.DENIED),
    (reply(404, HTML), Kind.GARBLED),
    (reply(408, b""), Kind.TIMEOUT),
    (reply(429, HTML, "Retry-After: 7"), Kind.EXHAUSTED),
    (reply(502, HTML), Kind.UNAVAILABLE),
    (reply(200, HTML), Kind.GARBLED),
    (reply(200, b""), Kind.GARBLED),
    (reply(200, {}), Kind.GARBLED),
    (reply(200, {"executionId": ""}), Kind.GARBLED),
    (reply(200, {"executionId": 7}), Kind.GARBLED),
    (reply(200, {"executionId": "a\u001b[2J"}), Kind.GARBLED),
    (reply(200, {"executionId": "x" * 600}), Kind.GARBLED),
    (reply(200, ["executionId"]), Kind.GARBLED),
    (reply(201, {"executionId": "dfq-1"}), Kind.GARBLED),
    (reply(204), Kind.GARBLED),
    (close, Kind.UNAVAILABLE),
    (reset, Kind.UNAVAILABLE),
    (then_close(STARTED[:-5]), Kind.UNAVAILABLE),
    (then_close(b"HTTP/1.1 200 OK\r\nContent-Le"), Kind.UNAVAILABLE),
    (then_close(b"220 mail.example ESMTP\r\n\r\n"), Kind.GARBLED),
]


@pytest.mark.parametrize(("act", "kind"), PROVEN)
def test_a_refusal_by_the_service_proves_that_nothing_started(
    opened: Opener, act: Act | bytes, kind: Kind
) -> None:
    with RawServer(act).running() as server:
        error = failure(opened(server.url))
    assert (error.kind, error.proves_nothing_happened) == (kind, True)
    assert len(server.requests) == 1, "a start is never sent twice"


@pytest.mark.parametrize(("act", "kind"), UNPROVEN)
def test_everything_else_proves_nothing_and_is_not_repeated(
    opened: Opener, act: Act | bytes, kind: Kind
) -> None:
    with RawServer(act).running() as server:
        error = failure(opened(server.url))
    assert (error.kind, error.proves_nothing_happened) == (kind, False)
    assert len(server.requests) == 1, "a start is never sent twice"


def test_silence_ends_at_the_deadline(opened: Opener) -> None:
    server = RawServer()
    server.acts = [silence(server)]
    with server.running():
        error = failure(opened(server.url, request_timeout="0.2s"))
    assert (error.kind, error.proves_nothing_happened) == (Kind.TIMEOUT, False)


@pytest.mark.parametrize("content", [STARTED, b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 999])
def test_a_dripping_answer_cannot_outlast_the_deadline(opened: Opener, content: bytes) -> None:
    server = RawServer()
    server.acts = [drip(server, content, 0.03)]
    with server.running():
        error = failure(opened(server.url, request_timeout="0.25s"))
    assert (error.kind, error.proves_nothing_happened) == (Kind.TIMEOUT, False)


def test_a_service_that_does_not_read_cannot_outlast_the_deadline(opened: Opener) -> None:
    server = RawServer()
    server.reads_requests, server.acts = False, [silence(server)]
    with server.running(), pytest.raises(ProviderError) as caught:
        start(opened(server.url, request_timeout="0.25s"), '"' + "x" * 50_000_000 + '"')
    assert (caught.value.kind, caught.value.proves_nothing_happened) == (Kind.TIMEOUT, False)


def test_an_answer_that_came_before_all_was_sent_is_heard(opened: Opener) -> None:
    server = RawServer()
    server.reads_requests, server.acts = False, [then_close(rpc(403, 7, "Permission denied"))]
    with server.running(), pytest.raises(ProviderError) as caught:
        start(opened(server.url), '"' + "x" * 30_000_000 + '"')
    assert (caught.value.kind, caught.value.proves_nothing_happened) == (Kind.DENIED, True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(opened: Opener, status: int) -> None:
    with RawServer(STARTED).running() as elsewhere:
        moved = reply(status, b"", f"Location: {elsewhere.url}/workflows/v1/execution/start")
        with RawServer(moved).running() as server:
            error = failure(opened(server.url))
    assert (error.kind, error.proves_nothing_happened) == (Kind.GARBLED, False)
    assert "redirect" in error.said and elsewhere.requests == []


def test_no_connection_proves_that_nothing_started(opened: Opener) -> None:
    with RawServer(STARTED).running() as server:
        gone = server.url
    error = failure(opened(gone))
    assert (error.kind, error.proves_nothing_happened) == (Kind.UNREACHABLE, True)
    assert "refused" in error.said


def test_a_name_that_does_not_exist_proves_that_nothing_started(opened: Opener) -> None:
    error = failure(opened("https://nowhere-at-all.invalid.api.cloud.yandex.net"))
    assert (error.kind, error.proves_nothing_happened) == (Kind.UNREACHABLE, True)
    assert "HTTPS_PROXY" in error.hint


def test_a_start_after_its_time_is_not_sent(opened: Opener, clock: QuickClock) -> None:
    with RawServer(STARTED).running() as server:
        error = failure(opened(server.url), not_after=clock.monotonic() - 0.001)
    assert (error.kind, error.proves_nothing_happened) == (Kind.TOO_LATE, True)
    assert server.requests == []


def test_waiting_for_its_turn_can_make_a_start_too_late(opened: Opener) -> None:
    clock = StillClock()
    with RawServer(STARTED).running() as server:
        provider = opened(server.url, on=clock, requests_per_second=0.1)
        start(provider, not_after=clock.monotonic() + 5)
        error = failure(provider, not_after=clock.monotonic() + 5)
    assert (error.kind, len(server.requests)) == (Kind.TOO_LATE, 1)


def test_an_unused_connection_that_was_closed_meanwhile_is_not_used(opened: Opener) -> None:
    with RawServer(then_close(STARTED), STARTED).running() as server:
        provider = opened(server.url)
        start(provider)
        server.threads[0].join()
        assert start(provider) == "dfq-1"
    assert (len(server.requests), server.connections) == (2, 2)


def test_an_answer_too_many_is_nobodys(opened: Opener) -> None:
    """Two answers to one request: the second must not be taken for the answer to the next start."""
    stray = reply(200, {"executionId": "dfq-stray"})
    with RawServer(STARTED + stray, reply(200, {"executionId": "dfq-2"})).running() as server:
        provider = opened(server.url)
        assert [start(provider), start(provider)] == ["dfq-1", "dfq-2"]


def test_connections_are_kept_and_shared_between_threads(opened: Opener) -> None:
    with RawServer(STARTED).running() as server:
        provider = opened(server.url)
        threads = [threading.Thread(target=lambda: [start(provider) for _ in range(20)]) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.requests) == 200 and server.connections <= 10
