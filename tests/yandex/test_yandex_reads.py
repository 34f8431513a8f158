"""Reading, stopping and terminating: what is tried again, how long, and what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

import pytest
from raw_server import Act, RawServer, close, drip, reply, reset, rpc, silence
from yandex_kit import Opener, QuickClock

from declarative.model.execution import Status
from declarative.protocols import (
    GetRequest,
    HistoryRequest,
    Kind,
    ListRequest,
    Provider,
    ProviderError,
    ResolveRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.providers.yandex.connection import IDLE_SECONDS_MAX
from declarative.testing.clock import StillClock

ID = "dfq-1"
GOT = reply(200, {"execution": {"id": ID, "status": "RUNNING"}})


def failed(provider: Provider, execution_id: str = ID) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.get(GetRequest(execution_id))
    return caught.value


@pytest.mark.parametrize(
    "trouble",
    [rpc(503, 14), rpc(429, 8), rpc(500, 13), rpc(504, 4), reply(502, b"<html>"), reply(408), close, reset],
)
def test_what_may_pass_is_tried_again(opened: Opener, clock: QuickClock, trouble: Act | bytes) -> None:
    with RawServer(trouble, trouble, GOT).running() as server:
        assert opened(server.url).get(GetRequest(ID)).status is Status.RUNNING
    assert len(server.requests) == 3 and len(clock.slept) == 2


@pytest.mark.parametrize(
    "trouble",
    [rpc(404, 5), rpc(400, 3), rpc(403, 7), rpc(401, 16), reply(200, b"<html>"), rpc(501, 12), reply(404)],
)
def test_what_will_not_pass_is_not(opened: Opener, clock: QuickClock, trouble: bytes) -> None:
    with RawServer(trouble, GOT).running() as server:
        failed(opened(server.url))
    assert len(server.requests) == 1 and clock.slept == []


def test_only_the_service_itself_can_say_not_found(opened: Opener) -> None:
    with RawServer(rpc(404, 5, "Execution not found"), reply(404, b"<h1>404</h1>")).running() as server:
        provider = opened(server.url)
        assert failed(provider).kind is Kind.NOT_FOUND
        assert failed(provider).kind is Kind.GARBLED


def test_stop_and_terminate_are_tried_again(opened: Opener) -> None:
    with RawServer(rpc(503, 14), reply(200, {})).running() as server:
        opened(server.url).stop(StopRequest(ID))
    with RawServer(close, reply(200, {})).running() as other:
        opened(other.url).terminate(TerminateRequest(ID))
    lines = [request.split(b"\r\n")[0] for request in server.requests + other.requests]
    path = b"POST /workflows/v1/execution/dfq-1/"
    assert lines == [path + b"stop HTTP/1.1"] * 2 + [path + b"terminate HTTP/1.1"] * 2


def test_it_gives_up_after_five(opened: Opener, clock: QuickClock) -> None:
    with RawServer(rpc(503, 14, "try later")).running() as server:
        error = failed(opened(server.url))
    assert (error.kind, len(server.requests), len(clock.slept)) == (Kind.UNAVAILABLE, 5, 4)
    assert "try later" in error.said


def test_waits_grow_and_vary(opened: Opener, clock: QuickClock) -> None:
    with RawServer(rpc(503, 14)).running() as server:
        provider = opened(server.url)
        for _ in range(20):
            failed(provider)
    by_try = [clock.slept[n::4] for n in range(4)]
    for ceiling, waits in zip((0.5, 1, 2, 4), by_try, strict=True):
        assert max(waits) <= ceiling and len(set(waits)) == 20
        assert ceiling / 2 < max(waits), "the ceiling is really used"


@pytest.mark.parametrize(
    ("wish", "wait"), [("7", 7.0), ("100000", 60.0), ("DATE", 9.0), ("soon", None), ("-3", None)]
)
def test_the_services_own_wish_is_honoured_and_capped(opened: Opener, wish: str, wait: float | None) -> None:
    clock = StillClock()
    stamp = formatdate(clock.now() - 5000, usegmt=True)
    later = formatdate(clock.now() - 5000 + 9, usegmt=True)
    busy = rpc(429, 8, "slow", f"Retry-After: {later if wish == 'DATE' else wish}", f"Date: {stamp}")
    with RawServer(busy, GOT).running() as server:
        opened(server.url, on=clock).get(GetRequest(ID))
    [slept] = clock.slept
    assert slept == wait if wait is not None else slept <= 0.5


def test_a_retry_that_would_come_too_late_is_not_made(opened: Opener) -> None:
    clock = StillClock()
    with RawServer(rpc(429, 8, "slow", "Retry-After: 50")).running() as server:
        assert failed(opened(server.url, on=clock)).retry_after == 50
    assert clock.slept == [50, 50], "two minutes are the limit for one call"


def test_a_dripping_answer_is_cut_off(opened: Opener) -> None:
    server = RawServer()
    server.acts = [drip(server, GOT, 0.02), GOT]
    with server.running():
        assert opened(server.url, request_timeout="0.2s").get(GetRequest(ID)).id == ID
    assert len(server.requests) == 2


def test_an_endless_answer_is_cut_off(opened: Opener) -> None:
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    with RawServer(huge).running() as server:
        error = failed(opened(server.url))
    assert error.kind is Kind.GARBLED and "more than" in error.said


def test_an_endless_answer_without_a_length_is_cut_off(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("declarative.providers.yandex.answer.read_answer.__defaults__", (4096,))
    server = RawServer(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 100_000)
    server.acts.append(silence(server))
    with server.running():
        assert failed(opened(server.url)).kind is Kind.GARBLED


def test_an_old_connection_is_not_used_again(opened: Opener) -> None:
    clock = StillClock()
    with RawServer(GOT).running() as server:
        provider = opened(server.url, on=clock)
        provider.get(GetRequest(ID))
        provider.get(GetRequest(ID))
        assert server.connections == 1
        clock.advance(IDLE_SECONDS_MAX + 1)
        provider.get(GetRequest(ID))
    assert server.connections == 2


@pytest.mark.parametrize(
    "header", ["Connection: close", "Transfer-Encoding: chunked\r\nContent-Length: 4"], ids=["close", "both"]
)
def test_a_connection_of_doubt_is_not_used_again(opened: Opener, header: str) -> None:
    body = b'{"execution": {"id": "dfq-1"}}'
    if "chunked" in header:
        answer = f"HTTP/1.1 200 OK\r\n{header}\r\n\r\n{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    else:
        answer = reply(200, body, header)
    with RawServer(answer).running() as server:
        provider = opened(server.url)
        provider.get(GetRequest(ID))
        provider.get(GetRequest(ID))
    assert server.connections == 2


def test_an_answer_about_another_execution_is_refused(opened: Opener) -> None:
    with RawServer(reply(200, {"execution": {"id": "dfq-2", "status": "FINISHED"}})).running() as server:
        assert failed(opened(server.url)).kind is Kind.GARBLED


@pytest.mark.parametrize(
    "execution_id", ["a/../b", "a/stop", "..%2f", "x?y=1", "x#y", "ü b", "a\\b", "%2e%2e"]
)
def test_an_id_stays_one_segment(opened: Opener, execution_id: str) -> None:
    with RawServer(reply(200, {})).running() as server:
        opened(server.url).stop(StopRequest(execution_id))
    path = server.requests[0].split(b" ")[1].decode()
    assert path.startswith("/workflows/v1/execution/") and path.endswith("/stop")
    assert path.count("/") == 5 and "?" not in path and "#" not in path and ".." not in path.split("/")


@pytest.mark.parametrize("execution_id", ["", ".", "..", " ", "a\r\nHost: evil", "a\u202eb", "x" * 600])
def test_what_cannot_be_an_id_is_never_sent(opened: Opener, execution_id: str) -> None:
    with RawServer(GOT).running() as server:
        provider = opened(server.url)
        calls: list[Callable[[], object]] = [
            lambda: provider.get(GetRequest(execution_id)),
            lambda: provider.history(HistoryRequest(execution_id)),
            lambda: provider.terminate(TerminateRequest(execution_id)),
        ]
        for call in calls:
            with pytest.raises(ProviderError) as caught:
                call()
            assert caught.value.kind is Kind.INVALID
    assert server.requests == []


def test_a_list_without_filter_asks_for_everything(opened: Opener) -> None:
    """`started_after` must not become a filter: it would hide a run that has no startedAt yet."""
    rows = {"executions": [{"id": "dfq-1"}], "nextPageToken": "next/1?"}
    with RawServer(
        reply(200, rows, "Date: Mon, 23 Nov 2026 20:00:00 GMT"), reply(200, {})
    ).running() as server:
        provider = opened(server.url)
        first = provider.list(ListRequest("dfqload", started_after=5.0, page_size=5000))
        last = provider.list(ListRequest("dfqload", first.next_page_token, started_after=5.0))
    assert [row.id for row in first.executions] == ["dfq-1"] and last.executions == ()
    assert first.served_at == 1_795_464_000.0 and last.next_page_token == ""
    asked = [parse_qs(urlsplit(request.split(b" ")[1].decode()).query) for request in server.requests]
    assert asked == [
        {"workflowId": ["dfqload"], "pageSize": ["1000"]},
        {"workflowId": ["dfqload"], "pageSize": ["1000"], "pageToken": ["next/1?"]},
    ]


def test_a_row_without_an_id_spoils_the_list(opened: Opener) -> None:
    """Leaving it out could hide the very execution that recovery looks for."""
    spoilt = RawServer(reply(200, {"executions": [{"id": "dfq-1"}, {}]}))
    with spoilt.running() as server, pytest.raises(ProviderError) as caught:
        opened(server.url).list(ListRequest("dfqload"))
    assert caught.value.kind is Kind.GARBLED


def test_a_name_is_looked_up_exactly(opened: Opener) -> None:
    page = {
        "workflows": [
            {"id": "dfq1", "name": "load-eu"},
            {"id": "dfq0", "name": "load", "status": "DELETING"},
        ],
        "nextPageToken": "2",
    }
    last = {"workflows": [{"id": "dfq2", "name": "load"}]}
    with RawServer(reply(200, page), reply(200, last)).running() as server:
        provider = opened(server.url, folder_id="b1gdefault")
        assert provider.resolve(ResolveRequest('{"folder_id":"b1gother","name":"load"}')) == "dfq2"
    asked = [parse_qs(urlsplit(request.split(b" ")[1].decode()).query) for request in server.requests]
    assert [each["folderId"] for each in asked] == [["b1gother"]] * 2
    assert [each["filter"] for each in asked] == [['name="load"']] * 2


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        ([], Kind.NOT_FOUND, "no workflow of this name"),
        ([{"id": "dfq1", "name": "loads"}], Kind.NOT_FOUND, 'Did you mean "loads"?'),
        ([{"id": "dfq1", "name": "load"}, {"id": "dfq2", "name": "load"}], Kind.INVALID, "dfq1, dfq2"),
    ],
)
def test_a_name_that_is_not_one_workflow_is_refused(
    opened: Opener, rows: list[dict[str, str]], kind: Kind, words: str
) -> None:
    with (
        RawServer(reply(200, {"workflows": rows})).running() as server,
        pytest.raises(ProviderError) as caught,
    ):
        opened(server.url, folder_id="b1g").resolve(ResolveRequest('{"name":"load"}'))
    assert caught.value.kind is kind and words in caught.value.said + caught.value.hint


def test_an_id_needs_no_call_and_a_name_needs_a_folder(opened: Opener) -> None:
    with RawServer(GOT).running() as server:
        provider = opened(server.url)
        assert provider.resolve(ResolveRequest("dfqload")) == "dfqload"
        with pytest.raises(ProviderError, match="no folder is known"):
            provider.resolve(ResolveRequest(json.dumps({"name": "load"})))
    assert server.requests == []
