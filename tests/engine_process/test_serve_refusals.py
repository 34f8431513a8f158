"""What the server refuses, and that every refusal is a google.rpc.Status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from process_kit import CLOUD, HOUR, engine_at
from server_kit import Served, problem, request, serving, status_in, talk

from declarative.diagnostics import Refused
from declarative.engine import server
from declarative.engine.client import Engine
from declarative.engine.settings import Settings

BASE = "/workflows/v1/execution"


# ── requests ───────────────────────────────────────────────────────────────────────────────────────────────

WRONG_BODIES = {
    b"": "workflowId",
    b"[]": "must be an object",
    b"{": "not JSON",
    b"\xff": "not JSON",
    b'{"workflowId": 1}': "must be a string",
    b'{"workflowId": ""}': "required",
    b'{"workflowId": "W", "workflow_id": "W"}': "twice",
    b'{"workflowId": "W", "inputs": {}}': '"inputs"',
    b'{"workflowId": "W", "input": {}}': "exactly one",
    b'{"workflowId": "W", "input": {"inputJson": null}}': "exactly one",
    b'{"workflowId": "W", "input": {"inputJson": "1", "inputValue": 1}}': "exactly one",
    b'{"workflowId": "W", "input": {"inputJson": {"a": 1}}}': "must be a string",
    b'{"workflowId": "W", "input": {"inputJson": "{"}}': "not JSON",
    b'{"workflowId": "W", "input": {"inputJson": ""}}': "not JSON",
    b'{"workflowId": "W", "input": {"inputJson": "NaN"}}': "not JSON",
    b'{"workflowId": "W", "input": {"inputJson": "\\"\\ud800\\""}}': "not JSON",
    b'{"workflowId": "W", "input": {"inputJson": "{\\"a\\":1,\\"a\\":2}"}}': "not JSON",
    b'{"workflowId": "W", "input": {"inputValue": NaN}}': "not JSON",
    b'{"workflowId": "W", "input": {"json": "1"}}': '"input.json"',
    b'{"workflowId": "W", "input": "1"}': "must be an object",
    b"[" * 100_000: "not JSON",
}


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: body.decode("latin-1")[:60])
def test_a_wrong_body_starts_nothing(served: Served, body: bytes) -> None:
    workflow = served.workflows["hour.yaml"]
    before = served.http.get(BASE, params={"workflowId": workflow}).json()
    answer = served.http.post(f"{BASE}/start", content=body.replace(b'"W"', f'"{workflow}"'.encode()))
    assert problem(answer) == (400, 3)
    assert WRONG_BODIES[body] in status_in(answer.content).message
    assert served.http.get(BASE, params={"workflowId": workflow}).json() == before


@pytest.mark.parametrize("body", [b"{", b"NaN", b"\xff", b'"\\ud800"', b"1 2", b"1e999"])
def test_a_wrong_body_by_link_starts_nothing(served: Served, body: bytes) -> None:
    answer = served.http.post(f"{BASE}/{served.workflows['hour.yaml']}/start", content=body)
    assert problem(answer) == (400, 3)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("", "workflowId"),
        ("?workflowId=", "workflowId"),
        ("?workflowId=W&pageSize=-1", "pageSize"),
        ("?workflowId=W&pageSize=2147483648", "pageSize"),
        ("?workflowId=W&pageSize=1_0", "pageSize"),
        ("?workflowId=W&pageSize=many", "pageSize"),
        ("?workflowId=W&pageToken=x", "pageToken"),
        ("?workflowId=W&filter=status%3DERROR", "filter"),
        ("?workflowId=W&workflow_id=W", "workflowId"),
        ("?workflowId=W&orderBy=id", "orderBy"),
        ("/some?view=full", "view"),
        ("/some/history?pageSize=1", "pageSize"),
    ],
)
def test_a_wrong_parameter_is_named(served: Served, path: str, field: str) -> None:
    answer = served.http.get(BASE + path.replace("=W", f"={served.workflows['hour.yaml']}"))
    assert problem(answer) == (400, 3)
    assert answer.json()["details"][1]["fieldViolations"][0]["field"] == field


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", (404, 5)),
        ("GET", f"{BASE}/", (404, 5)),
        ("GET", "/workflows/v2/execution", (404, 5)),
        ("DELETE", f"{BASE}/some", (405, 12)),
        ("GET", f"{BASE}/some/stop", (405, 12)),
        ("POST", "/workflows/v1/workflow", (405, 12)),
        ("GET", f"{BASE}/start", (404, 5)),
        ("GET", f"{BASE}?workflowId=nobody", (404, 5)),
        ("POST", f"{BASE}/nobody/start", (404, 5)),
        ("POST", f"{BASE}/nobody/stop", (404, 5)),
        ("GET", f"{BASE}/nobody/history", (404, 5)),
        ("GET", "/workflows/v1/workflow/nobody", (404, 5)),
        ("GET", "/workflows/v1/workflow", (400, 3)),
        ("GET", f"{BASE}/%FF", (400, 3)),
        ("GET", f"{BASE}/%00", (404, 5)),
    ],
)
def test_every_refusal_is_a_status(served: Served, method: str, path: str, expected: tuple[int, int]) -> None:
    answer = served.http.request(method, path)
    assert problem(answer) == expected
    assert status_in(answer.content).message


def test_a_slash_in_an_id_leads_to_no_other_route(served: Served) -> None:
    execution_id = served.start("hour.yaml")
    code, body = talk(served.port, request("POST", f"{BASE}/{execution_id}%2Fstop"))
    assert (code, status_in(body).code) == (405, 12)
    code, body = talk(served.port, request("POST", f"{BASE}/{execution_id}%2Fterminate/stop"))
    assert (code, f"{execution_id}/terminate not found" in status_in(body).message) == (404, True)
    assert served.get(execution_id)["status"] in ("QUEUED", "RUNNING")
    served.http.post(f"{BASE}/{execution_id}/terminate")


def test_an_ended_execution_cannot_be_stopped(served: Served) -> None:
    execution_id = served.start("echo.yaml")
    served.ended(execution_id)
    for verb in ("stop", "terminate"):
        assert problem(served.http.post(f"{BASE}/{execution_id}/{verb}")) == (400, 9)


def test_an_input_over_the_limit_is_refused_and_one_at_the_limit_is_not(served: Served) -> None:
    limit = 2 << 20
    body = {"workflowId": served.workflows["hour.yaml"], "input": {"inputJson": f'"{"x" * (limit - 2)}"'}}
    execution_id = served.http.post(f"{BASE}/start", json=body).json()["executionId"]
    served.http.post(f"{BASE}/{execution_id}/terminate")
    body["input"] = {"inputJson": f'"{"x" * (limit - 1)}"'}
    assert problem(served.http.post(f"{BASE}/start", json=body)) == (400, 3)
    answer = served.http.post(f"{BASE}/start", content=b" " * (5 << 20))
    assert problem(answer) == (400, 3)
    assert "larger" in answer.json()["message"]


def test_what_is_no_http_is_answered_with_a_status_too(served: Served) -> None:
    code, body = talk(served.port, b"GET / HTTP/1.1\r\n\r\n")
    assert (code, status_in(body).code) == (400, 3)


def test_a_file_that_is_not_valid_is_refused_and_a_cloud_step_fails_when_it_is_reached(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    flows = {"cloud.yaml": CLOUD, "wrong.yaml": "yawl: 3\n"}
    with serving(tmp_path_factory.mktemp("cloud"), flows) as served:
        answer = served.http.post(f"{BASE}/start", json={"workflowId": served.workflows["wrong.yaml"]})
        assert problem(answer) == (400, 9)
        assert "not valid" in answer.json()["message"]
        error = served.ended(served.start("cloud.yaml"))["error"]
        assert error["errorCode"] == "STEP_FAILED_PRECONDITION"
        assert "providers.embedded.mocks.a or .functionCall" in error["message"]


# ── who may call ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        ["Origin: https://evil.example"],
        ["Origin: null"],
        ["Origin: http://127.0.0.1"],
        ["Sec-Fetch-Site: cross-site"],
        ["Sec-Fetch-Site: same-site"],
        ["Host: evil.example"],
        ["Host: 127.0.0.1.evil.example"],
        ["Host: localhost.evil.example:80"],
        ["Host: 10.0.0.1"],
        ["Host: [::2]:80"],
        ["Host:"],
    ],
)
def test_a_web_page_may_not_call_a_server_without_a_token(served: Served, headers: list[str]) -> None:
    workflow = served.workflows["hour.yaml"]
    before = served.http.get(BASE, params={"workflowId": workflow}).json()
    code, body = talk(served.port, request("POST", f"{BASE}/{workflow}/start", headers, b"{}"))
    assert (code, status_in(body).code) == (403, 7)
    assert served.http.get(BASE, params={"workflowId": workflow}).json() == before


@pytest.mark.parametrize(
    "headers", [["Host: localhost:8080"], ["Host: [::1]:80"], ["Host: 127.8.9.10"], ["Sec-Fetch-Site: none"]]
)
def test_a_program_on_this_machine_may(served: Served, headers: list[str]) -> None:
    assert talk(served.port, request("GET", f"{BASE}/nobody", headers))[0] == 404


def authorization(text: str) -> dict[bytes, bytes]:
    return {b"authorization": text.encode()}


def test_with_a_token_every_call_needs_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("token"), {"hour.yaml": HOUR}, token="sésame") as served:
        link = f"{BASE}/{served.workflows['hour.yaml']}/start"
        for path in ("/", f"{BASE}/nobody", link):
            for given in ("", "Bearer", "Bearer no", "sésame", "Basic sésame", "Bearer sésame2"):
                answer = served.http.request("POST", path, headers=authorization(given))
                assert problem(answer) == (401, 16), (path, given)
                assert answer.headers["www-authenticate"] == "Bearer"
        right = authorization("Bearer sésame")
        assert problem(served.http.get(f"{BASE}/nobody", headers=right)) == (404, 5)
        # A key is for links only; and whoever has the token may come from anywhere.
        key = authorization("Api-Key sésame")
        assert problem(served.http.get(f"{BASE}/nobody", headers=key)) == (401, 16)
        assert served.http.post(link, headers={**key, b"origin": b"https://ours.example"}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_a_token_only_loopback_is_served(engine: Engine, host: str) -> None:
    with pytest.raises(Refused) as refused:
        server.serve(engine, host=host)
    assert [one.code for one in refused.value.diagnostics] == ["server_unguarded"]


def test_settings_that_start_nothing_are_refused_at_once(tmp_path: Path) -> None:
    unset = Settings(secrets={"vault": {"key": {"env": "SURELY_NOT_SET"}}})
    with engine_at(tmp_path, unset) as engine, pytest.raises(Refused) as refused:
        server.serve(engine)
    assert [one.code for one in refused.value.diagnostics] == ["secrets_unset"]


def test_an_address_that_is_taken_is_refused(engine: Engine, served: Served) -> None:
    with pytest.raises(Refused) as refused:
        server.serve(engine, port=served.port)
    assert [one.code for one in refused.value.diagnostics] == ["server_address"]


# ── headers ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_has_a_date_and_a_request_id(served: Served) -> None:
    for path in (f"{BASE}/nobody", f"{BASE}?workflowId={served.workflows['hour.yaml']}", "/nowhere"):
        answer = served.http.get(path)
        assert len(answer.headers["x-request-id"]) == 36
        assert answer.headers["date"].endswith("GMT")
        unusable = {"x-request-id": "two words"}
        assert served.http.get(path, headers=unusable).headers["x-request-id"] != "two words"
        usable = {"x-request-id": "abc-1"}
        assert served.http.get(path, headers=usable).headers["x-request-id"] == "abc-1"


def test_an_idempotency_key_counts_only_where_it_was_asked_for(
    served: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = {"idempotency-key": "5f1d"}
    link = f"{BASE}/{served.workflows['echo.yaml']}/start"
    ids = {served.http.post(link, headers=key).json()["executionId"] for _ in range(2)}
    assert len(ids) == 2
    place = tmp_path_factory.mktemp("keys")
    with serving(place, {"hour.yaml": HOUR}, idempotency_keys=True) as other:
        link = f"{BASE}/{other.workflows['hour.yaml']}/start"
        ids = {other.http.post(link, headers=key, content=b"1").json()["executionId"] for _ in range(2)}
        assert len(ids) == 1
        assert problem(other.http.post(link, headers=key, content=b"2")) == (409, 6)
        (execution_id,) = ids
        assert json.loads(other.get(execution_id)["input"]["inputJson"]) == 1
        other.http.post(f"{BASE}/{execution_id}/terminate")
