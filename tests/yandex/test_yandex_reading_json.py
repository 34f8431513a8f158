"""Tolerant reading: whatever JSON comes, it is either understood or refused as unusable, never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declarative.model.execution import ExecutionError, Status
from declarative.model.json import canonical, parse
from declarative.providers.yandex import wire

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
PATIENT = settings.get_profile("patient")

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "0", "1", "{}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "id",
    "workflowId",
    "status",
    "startedAt",
    "duration",
    "input",
    "inputJson",
    "inputValue",
    "result",
    "resultJson",
    "error",
    "message",
    "errorCode",
    "entries",
    "executions",
    "nextPageToken",
    "attempts",
    "lastError",
    "output",
    "outputJson",
    "type",
    "title",
    "execution",
]
OBJECT = st.recursive(
    ANY,
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6) | st.lists(inner, max_size=2),
)


def usable(call: Any, argument: Any) -> Any:
    try:
        return call(argument)
    except wire.Unusable:
        return None


@settings(PATIENT, max_examples=300)
@given(OBJECT)
def test_nothing_crashes_it(found: Any) -> None:
    anything: tuple[Any, ...] = (wire.execution, wire.step, wire.duration, wire.integer)
    for call in anything:
        usable(call, found)
    if isinstance(found, dict):
        for call in (wire.executions, wire.steps, wire.workflow_names, wire.next_page, wire.started_id):
            usable(call, found)


@settings(PATIENT, max_examples=300)
@given(st.binary() | ANY.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_unusable(body: bytes) -> None:
    found = usable(wire.decode, body)
    assert found is None or isinstance(found, dict)


@settings(PATIENT, max_examples=200)
@given(st.dictionaries(st.sampled_from(FIELDS), ANY), st.sampled_from(["", None, 0, {}, []]))
def test_missing_empty_and_zero_are_alike(fields: dict[str, Any], nothing: Any) -> None:
    base = {**fields, "id": "dfq-1"}
    for name in ("startedAt", "result", "error", "workflowId"):
        without = {key: value for key, value in base.items() if key != name}
        assert wire.execution({**without, name: nothing}) == wire.execution(without)


@settings(PATIENT)
@given(st.dictionaries(st.text(min_size=12).map(lambda text: f"x{text}"), ANY))
def test_unknown_fields_are_ignored(more: dict[str, Any]) -> None:
    known = {"id": "dfq-1", "status": "FAILED", "error": {"message": "m", "errorCode": "C"}}
    assert wire.execution({**more, **known}) == wire.execution(known)


@pytest.mark.parametrize(
    ("found", "status", "raw"),
    [
        ("RUNNING", Status.RUNNING, "RUNNING"),
        (6, Status.FINISHED, "FINISHED"),
        ("SUSPENDED", Status.UNKNOWN, "SUSPENDED"),
        (99, Status.UNKNOWN, "99"),
        (0, Status.UNKNOWN, "STATUS_UNSPECIFIED"),
        (None, Status.UNKNOWN, "STATUS_UNSPECIFIED"),
        (True, Status.UNKNOWN, "STATUS_UNSPECIFIED"),
    ],
)
def test_statuses(found: Any, status: Status, raw: str) -> None:
    seen = wire.execution({"id": "a", "status": found})
    assert (seen.status, seen.raw_status) == (status, raw)


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        ("1.070697344s", 1.070697344),
        ("3s", 3.0),
        ("0s", 0.0),
        ("-1.5s", -1.5),
        (2, 2.0),
        ("s", None),
        ("1m", None),
        ("nan s", None),
        ("9" * 400 + "s", None),
        (True, None),
        (None, None),
    ],
)
def test_durations(found: Any, seconds: float | None) -> None:
    assert wire.duration(found) == seconds


@pytest.mark.parametrize(
    ("found", "count"), [("3", 3), (3, 3), ("", 1), (None, 1), ("many", 1), ("9" * 30, 1)]
)
def test_attempts_are_numbers_in_text(found: Any, count: int) -> None:
    assert wire.step({"attempts": found}).attempts == count


def test_a_real_answer() -> None:
    found = wire.execution(
        {
            "id": "dfqapb31gq758qil1r8b-b3e3dade-4903-4a6f-9df7-a4b6aaaaaaaa",
            "workflowId": "dfqapb31gq758qil1r8b",
            "input": {"inputJson": "{}"},
            "result": {"resultJson": '{"big":9007199254740993}'},
            "error": {},
            "status": "FINISHED",
            "startedAt": "2025-03-10T15:54:44.304781814+03:00",
            "duration": "1.070697344s",
            "express": True,
        }
    )
    assert found.started_at == "2025-03-10T15:54:44.304781814+03:00", "nine digits and an offset are kept"
    assert (found.input_json, found.result_json) == ("{}", '{"big":9007199254740993}')
    assert found.error is None and found.duration == 1.070697344


def test_a_failure() -> None:
    found = wire.execution(
        {"id": "a", "status": "FAILED", "error": {"message": "no", "errorCode": "STEP_FAIL"}}
    )
    assert found.error == ExecutionError("STEP_FAIL", "no")


@pytest.mark.parametrize("value", [{"a": [1, None]}, "text", 0, False, None, [], 1.5])
def test_an_input_given_as_a_value_becomes_text(value: Any) -> None:
    found = wire.execution({"id": "a", "input": {"inputValue": value}}).input_json
    assert found is not None and canonical(parse(found)) == canonical(value)


@settings(PATIENT)
@given(st.text())
def test_any_input_text_travels_unharmed(text: str) -> None:
    body = json.loads(wire.start_body("dfq", text))
    assert body == {"workflowId": "dfq", "input": {"inputJson": text}}


@pytest.mark.parametrize("row", [{}, {"id": ""}, {"id": 7}, None, "x", {"id": "a\nb"}])
def test_an_execution_needs_an_id(row: Any) -> None:
    with pytest.raises(wire.Unusable):
        wire.execution(row)
