"""The server against the service's own messages, as the `yandexcloud` package has them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from google.api import annotations_pb2
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from process_kit import until
from server_kit import Served, status_in
from yandex.cloud.serverless.workflows.v1 import execution_pb2 as official_execution
from yandex.cloud.serverless.workflows.v1 import execution_service_pb2 as official
from yandex.cloud.serverless.workflows.v1 import workflow_service_pb2 as official_workflows

BASE = "/workflows/v1/execution"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
SERVED_ONCE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(answer: httpx.Response, message: Message) -> Any:
    """The answer as the official message; a field the message does not have is an error."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return json_format.Parse(answer.content, message, ignore_unknown_fields=False)


def routes() -> list[tuple[str, str, str]]:
    found = []
    for method in official.DESCRIPTOR.services_by_name["ExecutionService"].methods:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        for one in (rule, *rule.additional_bindings):
            verb = str(one.WhichOneof("pattern"))
            found.append((method.name, verb.upper(), getattr(one, verb)))
    return found


@pytest.mark.parametrize(("method", "verb", "path"), routes())
def test_every_route_of_the_service_is_there(served: Served, method: str, verb: str, path: str) -> None:
    """An id that nobody has is refused as such, which only the method behind the route can do."""
    answer = served.http.request(verb, path.format(workflow_id="nobody", execution_id="nobody"))
    expected = (400, "workflowId") if "{" not in path else (404, "nobody not found")
    assert answer.status_code == expected[0]
    assert expected[1] in answer.json()["message"]


def test_the_routes_are_those_the_tests_know() -> None:
    """A route that the service gains shows here."""
    assert [method for method, _, _ in routes()] == [
        "Start",
        "Start",
        "Stop",
        "Terminate",
        "Get",
        "GetHistory",
        "List",
    ]


def test_a_finished_execution_reads_as_the_official_messages(served: Served) -> None:
    execution_id = served.start("sum.yaml", '{"a": 1, "b": 2}')
    served.ended(execution_id)
    found = read(served.http.get(f"{BASE}/{execution_id}"), official.GetExecutionResponse()).execution
    assert (found.id, found.workflow_id) == (execution_id, served.workflows["sum.yaml"])
    assert official.GetExecutionResponse.DESCRIPTOR.file.package.startswith("yandex.cloud")
    assert found.input.input_json == '{"a": 1, "b": 2}'
    assert json.loads(found.result.result_json) == {"sum": 3}
    assert found.Status.Name(found.status) == "FINISHED"
    assert found.started_at.ToNanoseconds() > 1_700_000_000 * 10**9
    assert 0 < found.duration.ToNanoseconds() < 60 * 10**9
    assert not found.HasField("error")


def test_a_history_reads_as_the_official_message(served: Served) -> None:
    execution_id = served.start("sum.yaml", '{"a": 1, "b": 2}')
    served.ended(execution_id)
    answer = served.http.get(f"{BASE}/{execution_id}/history")
    found = read(answer, official.GetExecutionHistoryResponse())
    assert found.execution.id == execution_id
    (entry,) = found.entries
    assert (entry.id, entry.type, entry.attempts) == ("a", "NoOp", 1)
    assert entry.Status.Name(entry.status) == "COMPLETED"
    assert json.loads(entry.input.input_json) == {"input": {"a": 1, "b": 2}, "a": 1, "b": 2}
    assert json.loads(entry.output.output_json) == {"sum": 3}
    assert answer.json()["entries"][0]["attempts"] == "1", "proto3 JSON has int64 as strings"


def test_a_failure_reads_as_the_official_message(served: Served) -> None:
    execution_id = served.start("fail.yaml", '{"why": "money"}')
    served.ended(execution_id)
    found = read(served.http.get(f"{BASE}/{execution_id}"), official.GetExecutionResponse()).execution
    assert (found.error.error_code, found.error.message) == ("STEP_FAIL", "no money")
    assert not found.HasField("result")
    history = read(served.http.get(f"{BASE}/{execution_id}/history"), official.GetExecutionHistoryResponse())
    assert history.entries[0].error.error_code == "STEP_FAIL"


def test_an_active_execution_has_no_duration_yet(served: Served) -> None:
    execution_id = served.start("hour.yaml")
    found = read(served.http.get(f"{BASE}/{execution_id}"), official.GetExecutionResponse()).execution
    assert found.Status.Name(found.status) in ("QUEUED", "RUNNING")
    assert not found.HasField("duration")
    answer = served.http.post(f"{BASE}/{execution_id}/terminate")
    assert read(answer, official.TerminateExecutionResponse()).execution_id == execution_id
    assert served.ended(execution_id)["status"] == "STOPPED"


def test_a_list_is_paged_newest_first(served: Served) -> None:
    ids = [served.start("echo.yaml", str(n)) for n in range(5)]
    query: dict[str, Any] = {"workflowId": served.workflows["echo.yaml"], "pageSize": 2}
    first = read(served.http.get(BASE, params=query), official.ListExecutionsResponse())
    served.start("echo.yaml", "5")
    snake = {"workflow_id": query["workflowId"], "page_size": 2, "page_token": first.next_page_token}
    second = read(served.http.get(BASE, params=snake), official.ListExecutionsResponse())
    assert [one.id for one in (*first.executions, *second.executions)] == ids[:0:-1]


def test_a_list_is_filtered(served: Served) -> None:
    done, active = served.start("echo.yaml"), served.start("hour.yaml")
    served.ended(done)
    query = {"workflowId": served.workflows["hour.yaml"], "filter": "status=RUNNING"}
    until_running(served, active)
    found = read(served.http.get(BASE, params=query), official.ListExecutionsResponse())
    assert active in [one.id for one in found.executions]
    query["filter"] = "status = FINISHED"
    found = read(served.http.get(BASE, params=query), official.ListExecutionsResponse())
    assert list(found.executions) == []
    served.http.post(f"{BASE}/{active}/stop")
    served.http.post(f"{BASE}/{active}/terminate")


def until_running(served: Served, execution_id: str) -> None:
    until(lambda: served.get(execution_id)["status"] == "RUNNING")


def test_workflows_read_as_the_official_messages(served: Served) -> None:
    query = {"folderId": "b1gaaaaaaaaaaaaaaaaa", "filter": 'name = "sum"'}
    answer = served.http.get("/workflows/v1/workflow", params=query)
    (found,) = read(answer, official_workflows.ListWorkflowsResponse()).workflows
    assert (found.name, found.folder_id) == ("sum", "b1gaaaaaaaaaaaaaaaaa")
    answer = served.http.get(f"/workflows/v1/workflow/{found.id}")
    whole = read(answer, official_workflows.GetWorkflowResponse()).workflow
    assert whole.specification.spec_yaml == (served.place / "sum.yaml").read_text()
    assert whole.Status.Name(whole.status) == "ACTIVE"
    started = served.http.post(whole.execution_url, content=b'{"a": 1, "b": 1}')
    assert json.loads(served.ended(started.json()["executionId"])["result"]["resultJson"]) == {"sum": 2}


def test_a_refusal_reads_as_the_official_status(served: Served) -> None:
    answer = served.http.get(f"{BASE}/nobody", headers={"x-request-id": "my-request"})
    status = status_in(answer.content)
    assert (answer.status_code, status.code) == (404, 5)
    assert answer.headers["x-request-id"] == "my-request"
    details = [json_format.MessageToDict(detail) for detail in status.details]
    assert details[0]["requestId"] == "my-request"
    assert details[1]["fieldViolations"][0]["field"] == "executionId"


# ── what official clients send ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("snake", [False, True])
def test_a_printed_start_request_is_understood(served: Served, snake: bool) -> None:
    message = official.StartExecutionRequest(workflow_id=served.workflows["echo.yaml"])
    message.input.input_json = '{"big": 9007199254740993}'
    body = json_format.MessageToJson(message, preserving_proto_field_name=snake)
    answer = served.http.post(f"{BASE}/start", content=body)
    execution_id = read(answer, official.StartExecutionResponse()).execution_id
    assert served.get(execution_id)["input"] == {"inputJson": '{"big": 9007199254740993}'}


@SERVED_ONCE
@given(JSON)
def test_any_input_arrives_as_it_was(served: Served, value: Any) -> None:
    text = json.dumps(value)
    execution_id = served.start("hour.yaml", text)
    assert served.get(execution_id)["input"]["inputJson"] == text
    served.http.post(f"{BASE}/{execution_id}/terminate")


@SERVED_ONCE
@given(JSON)
def test_a_value_arrives_as_protobuf_reads_it(served: Served, value: Any) -> None:
    """By both bindings. What protobuf's Value cannot carry (an integer too large for a double) is refused."""
    try:
        expected = json_format.MessageToDict(json_format.ParseDict(value, Value()))
        body = json_format.MessageToJson(
            official.StartExecutionRequest(
                workflow_id=served.workflows["hour.yaml"],
                input=official_execution.ExecutionInput(input_value=json_format.ParseDict(value, Value())),
            )
        )
    except (json_format.Error, OverflowError, UnicodeError):
        return
    wrapped = served.http.post(f"{BASE}/start", content=body.encode(errors="surrogatepass"))
    link = served.http.post(
        f"{BASE}/{served.workflows['hour.yaml']}/start", content=json.dumps(value).encode()
    )
    for answer in (wrapped, link):
        execution_id = read(answer, official.StartExecutionResponse()).execution_id
        assert json.loads(served.get(execution_id)["input"]["inputJson"]) == expected
        served.http.post(f"{BASE}/{execution_id}/terminate")


def test_the_body_of_a_start_by_link_is_the_input(served: Served) -> None:
    url = f"{BASE}/{served.workflows['echo.yaml']}/start"
    wrapped = {"input": {"inputJson": "{}"}}
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body, expected in ((b"", {}), (json.dumps(wrapped).encode(), wrapped), (b" [1, null] ", [1, None])):
        answer = served.http.post(url, content=body, headers=form)
        found = served.ended(read(answer, official.StartExecutionResponse()).execution_id)
        assert json.loads(found["input"]["inputJson"]) == expected
        assert json.loads(found["result"]["resultJson"]) == {"given": expected}


def test_no_input_is_an_empty_object(served: Served) -> None:
    for body in ({}, {"input": None}):
        answer = served.http.post(f"{BASE}/start", json={"workflowId": served.workflows["echo.yaml"], **body})
        assert served.get(answer.json()["executionId"])["input"] == {"inputJson": "{}"}
