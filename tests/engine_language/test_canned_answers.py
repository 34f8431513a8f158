"""Steps that need the cloud are answered by mocks."""

from __future__ import annotations

from typing import Any

import pytest
from language_kit import Server, Stage

from declarative.engine import mocks


def steps(text: str) -> str:
    return 'yawl: "1.0"\nstart: a\nsteps:\n' + "".join(f"  {line}\n" for line in text.strip().splitlines())


def call(fields: str = "", following: str = "") -> str:
    return steps(f"a: {{functionCall: {{functionId: f, {fields}}}}}\n{following}")


RETRY = "retryPolicy: {errorList: [%s], retryCount: %d, initialDelay: 1s, maxDelay: 60s, backoffRate: %s}"


def test_a_cloud_step_without_a_mock_says_which_would_do(stage: Stage) -> None:
    result = stage.run(call())
    assert result.code == "STEP_FAILED_PRECONDITION"
    assert result.outcome.error is not None
    assert "providers.embedded.mocks.a or .functionCall" in result.outcome.error.message


def test_a_missing_mock_is_not_waited_for_but_caught(stage: Stage) -> None:
    fields = RETRY % ("ALL", 5, "1.0") + ", catch: [{errorList: [ALL], output: '\\({x: .error})', next: b}]"
    result = stage.run(call(fields, "b: {noOp: {}}"))
    assert result.value == {"input": {}, "x": "STEP_FAILED_PRECONDITION"}
    assert result.journal.one("a").attempts == 1


@pytest.mark.parametrize("mock", [{"a": {"x": 1}}, {"functionCall": {"x": 1}}])
def test_a_mock_is_the_raw_output(stage: Stage, mock: Any) -> None:
    result = stage.run(call("output: '\\({y: .x})'"), mocks=mock)
    assert result.value == {"y": 1}
    assert result.journal.one("a").type == "FunctionCall"


def test_a_mocked_step_still_evaluates_its_templates(stage: Stage) -> None:
    text = steps("a: {ymq: {queueArn: q, put: {body: ['\\(error(\"boo\"))']}}}")
    result = stage.run(text, mocks={"ymq": {}})
    assert result.code == "STEP_INVALID_TEMPLATE_EXPRESSION"


def test_the_nearest_mock_wins_and_every_item_begins_anew(stage: Stage) -> None:
    inner = "i: {functionCall: {functionId: f, " + RETRY % ("ALL", 1, "1.0") + "}}"
    text = steps(
        "a: {foreach: {input: '\\([{}, {}])', output: '\\({l: .})', do: {start: i, steps: {" + inner + "}}}}"
    )
    answers = {
        "a/i": {"sequence": [{"error": "HTTP_CALL_500"}, {"n": 1}]},
        "i": {"n": 2},
        "functionCall": {"n": 3},
    }
    result = stage.run(text, mocks=answers)
    assert result.value == {"l": [{"n": 1}, {"n": 1}]}
    assert [entry.attempts for entry in result.journal.of("i")] == [2, 2]


def test_a_mock_also_answers_for_steps_that_need_no_cloud(stage: Stage, server: Server) -> None:
    text = steps("a: {httpCall: {url: 'http://h/x'}}")
    assert stage.run(text, mocks={"a": {"m": 1}}).value == {"m": 1}
    assert server.calls == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "mocks_type"),
        ({"a": {"sequence": []}}, "mocks_sequence"),
        ({"a": {"sequence": {}}}, "mocks_sequence"),
        ({"a": {"error": "not found"}}, "mocks_error"),
        ({"a": {"sequence": [{"error": 5}]}}, "mocks_error"),
        ({"a": {"error": "X", "message": 1}}, "mocks_error"),
    ],
)
def test_mocks_that_cannot_be_read(given: Any, code: str) -> None:
    found, problems = mocks.read(given)
    assert found is None
    assert [problem.code for problem in problems] == [code]


def test_mocks_in_every_form() -> None:
    found, problems = mocks.read(
        {
            "a": None,
            "b": {"error": "X", "more": 1},
            "c": {"value": {"error": "no code"}},
            "d": {"sequence": [1, 2]},
        }
    )
    assert found is not None
    assert problems == []
    assert [found.answer(key, 1) for key in "abcd"] == [
        None,
        {"error": "X", "more": 1},
        {"error": "no code"},
        1,
    ]
    assert [found.answer("d", attempt) for attempt in (1, 2, 3)] == [1, 2, 2]
