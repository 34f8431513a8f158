"""The server as a process: killed, stopped, crowded, and kept waiting by slow clients."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from process_kit import ECHO, HOUR, Site, engine_at, kill, runner_of, until
from server_kit import Served, answer_of, request, serving, talk

from declarative.engine.client import StartCall

BASE = "/workflows/v1/execution"

PARALLEL = """
yawl: "1.0"
start: both
steps:
  both:
    parallel:
      output: '\\({a: .a.calls, b: .b.calls})'
      branches:
        a: {start: each, steps: {each: {foreach: EACH}}}
        b: {start: each, steps: {each: {foreach: EACH}}}
"""
EACH = """{input: '\\([range(4) | {n: .}])', output: '\\({calls: map(.path)})', concurrency: 2, do:
          {start: call, steps: {call: {httpCall: {url: 'SITE/\\(.n)', output: '\\({path})'}}}}}"""


@pytest.fixture
def slow_site(site: Site) -> Iterator[Site]:
    site.hold("/2")
    yield site


def test_a_killed_server_loses_and_repeats_nothing(tmp_path: Path, slow_site: Site) -> None:
    """Killed with its runner in the middle of two loops side by side; the next server carries on."""
    text = PARALLEL.replace("EACH", EACH.replace("SITE", slow_site.url))
    with serving(tmp_path, {"flow.yaml": text}) as served:
        execution_id = served.start("flow.yaml")
        # Held in both branches; the items beside it are done, and written down.
        until(lambda: slow_site.calls["/2"] == 2 and len(completed(served, execution_id)) == 6)
        before = completed(served, execution_id)
        os.kill(served.process.pid, signal.SIGKILL)
        kill(tmp_path / "engine")
    slow_site.held["/2"].set()
    with serving(tmp_path, {"flow.yaml": text}) as served:
        found = served.ended(execution_id)
        assert before <= completed(served, execution_id)
    assert found["status"] == "FINISHED"
    paths = [f"/{n}" for n in range(4)]
    assert json.loads(found["result"]["resultJson"]) == {"a": paths, "b": paths}
    assert slow_site.calls == {"/0": 2, "/1": 2, "/2": 4, "/3": 2}


def completed(served: Served, execution_id: str) -> set[str]:
    """Items' outputs with their times, which a repeated step would change."""
    entries = served.http.get(f"{BASE}/{execution_id}/history").json()["entries"]
    return {json.dumps(one) for one in entries if one["status"] == "COMPLETED" and one["id"] == "call"}


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """Killed while eight clients start one execution after the other."""
    answered: list[str] = []

    def start_on(served: Served) -> None:
        with (
            httpx.Client(base_url=served.url, timeout=30, trust_env=False) as http,
            suppress(httpx.HTTPError),
        ):
            while True:
                answer = http.post(f"{BASE}/{served.workflows['hour.yaml']}/start")
                answered.append(answer.json()["executionId"])

    with serving(tmp_path, {"hour.yaml": HOUR}) as served, ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(start_on, served) for _ in range(8)]
        until(lambda: len(answered) > 200)
        os.kill(served.process.pid, signal.SIGKILL)
        for client in clients:
            client.result()
    with engine_at(tmp_path) as engine:
        assert all(engine.get(execution_id).is_active for execution_id in answered)


def test_a_killed_runner_is_missed_by_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, {"hour.yaml": HOUR}) as served:
        execution_id = served.start("hour.yaml")
        until(lambda: served.get(execution_id)["status"] == "RUNNING")
        kill(tmp_path / "engine")
        assert until(lambda: runner_of(tmp_path / "engine"), "for a new runner")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly_and_no_execution(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, {"hour.yaml": HOUR}) as served:
        execution_id = served.start("hour.yaml")
        until(lambda: served.get(execution_id)["status"] == "RUNNING")
        with socket.create_connection(("127.0.0.1", served.port)) as idle:
            idle.sendall(b"GET /")
            served.process.send_signal(number)
            assert served.process.wait(timeout=30) == 0
        runner = runner_of(tmp_path / "engine")
        assert runner is not None
        os.kill(runner, signal.SIGKILL)


def test_fifty_clients_at_once_are_all_served(served: Served) -> None:
    def start(n: int) -> str:
        with httpx.Client(base_url=served.url, timeout=30, trust_env=False) as http:
            body = {"workflowId": served.workflows["echo.yaml"], "input": {"inputJson": str(n)}}
            return str(http.post(f"{BASE}/start", json=body).json()["executionId"])

    gate = threading.Barrier(50)

    def together(n: int) -> str:
        gate.wait()
        return start(n)

    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(together, range(50)))
    assert len(set(ids)) == 50
    for n in (0, 49):
        assert json.loads(served.ended(ids[n])["result"]["resultJson"]) == {"given": n}


def test_two_thousand_executions_wait_at_once(tmp_path: Path) -> None:
    """And one that is started after them runs, and one of them is stopped, at once."""
    with serving(tmp_path, {"hour.yaml": HOUR, "echo.yaml": ECHO}) as served, engine_at(tmp_path) as engine:
        ids = engine.start_many([StartCall(served.workflows["hour.yaml"]) for _ in range(2000)])
        assert served.ended(served.start("echo.yaml"))["status"] == "FINISHED"
        served.http.post(f"{BASE}/{ids[1000]}/terminate")
        assert served.ended(ids[1000])["status"] == "STOPPED"
        assert len(running(served)) == 1999


def running(served: Served) -> list[str]:
    found: list[str] = []
    query = {"workflowId": served.workflows["hour.yaml"], "pageSize": "1000", "filter": "status=RUNNING"}
    while True:
        page = served.http.get(BASE, params=query).json()
        found += [one["id"] for one in page["executions"]]
        if "nextPageToken" not in page:
            return found
        query["pageToken"] = page["nextPageToken"]


# ── slow clients ───────────────────────────────────────────────────────────────────────────────────────────


def test_clients_that_send_half_a_request_hold_nobody_up(served: Served) -> None:
    whole = request("POST", f"{BASE}/{served.workflows['echo.yaml']}/start", body=b'{"half": true}')
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
    for n, connection in enumerate(slow):
        connection.sendall(whole[: 10 + n % (len(whole) - 11)])
    assert served.ended(served.start("echo.yaml"))["status"] == "FINISHED"
    slow[0].sendall(whole[10:])
    status, body = answer_of(slow[0])
    assert status == 200
    assert served.get(json.loads(body)["executionId"])["input"]["inputJson"] == '{"half":true}'
    for connection in slow:
        connection.close()


def test_a_request_sent_byte_by_byte_is_understood(served: Served) -> None:
    whole = request("POST", f"{BASE}/{served.workflows['echo.yaml']}/start", body=b"[1]")
    assert talk(served.port, *[whole[n : n + 1] for n in range(len(whole))])[0] == 200


def test_two_requests_in_one_breath_get_two_answers(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(request("GET", f"{BASE}/one") + request("GET", f"{BASE}/two"))
        first, second = answer_of(connection), answer_of(connection)
    assert [first[0], second[0]] == [404, 404]
    assert b"one not found" in first[1]
    assert b"two not found" in second[1]


def test_a_client_that_leaves_while_it_is_served_breaks_nothing(served: Served) -> None:
    whole = request("POST", f"{BASE}/{served.workflows['echo.yaml']}/start", body=b"[1]")
    for cut in (len(whole), len(whole) - 1):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", served.port)) as connection:
                connection.sendall(whole[:cut])
    assert served.ended(served.start("echo.yaml"))["status"] == "FINISHED"
