"""Which failures are tried again and after how long, and what a catch rule makes of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from language_kit import Stage, inputs

from declarative.engine.journal import EntryStatus, StepError
from declarative.engine.retry import ErrorMatch, RetryPolicy


def steps(text: str) -> str:
    return 'yawl: "1.0"\nstart: a\nsteps:\n' + "".join(f"  {line}\n" for line in text.strip().splitlines())


def call(fields: str = "", following: str = "") -> str:
    return steps(f"a: {{functionCall: {{functionId: f, {fields}}}}}\n{following}")


RETRY = "retryPolicy: {errorList: [%s], retryCount: %d, initialDelay: 1s, maxDelay: 60s, backoffRate: %s}"


def fails(*codes: str) -> dict[str, Any]:
    return {"a": {"sequence": [{"error": code, "message": f"{code}!"} for code in codes] + [{"ok": 1}]}}


@pytest.mark.parametrize(
    ("listed", "code", "exclude", "matches"),
    [
        ("HTTP_CALL_503", "HTTP_CALL_503", False, True),
        ("HTTP_CALL_503", "HTTP_CALL_500", False, False),
        ("HTTP_CALL_503", "HTTP_CALL_500", True, True),
        ("HTTP_CALL_503", "HTTP_CALL_503", True, False),
        ("ALL", "ANYTHING", False, True),
        ("ALL", "ANYTHING", True, False),
        ("ALL", "STEP_INTERNAL", False, False),
        ("STEP_INTERNAL", "STEP_INTERNAL", False, False),
        ("HTTP_CALL_503", "STEP_INTERNAL", True, False),
    ],
)
def test_which_errors_a_list_matches(listed: str, code: str, exclude: bool, matches: bool) -> None:
    assert ErrorMatch(frozenset([listed]), exclude).matches(code) is matches


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        (RetryPolicy(ErrorMatch(frozenset()), 9), [1, 1, 1]),
        (RetryPolicy(ErrorMatch(frozenset()), 9, 2.0, 3.0, 5.0), [2, 5, 5]),
        (RetryPolicy(ErrorMatch(frozenset()), 9, 2.0, 2.0), [1, 1, 1]),
        (RetryPolicy(ErrorMatch(frozenset()), 9, 1.0, 1.5, 60.0), [1, 1.5, 2.25]),
        (RetryPolicy(ErrorMatch(frozenset()), 100, 1.0, 1e300, 3600.0), [1, 3600, 3600]),
    ],
)
def test_delays_grow_up_to_the_greatest(policy: RetryPolicy, delays: list[float]) -> None:
    assert [policy.delay(tries) for tries in (1, 2, 3)] == delays
    assert policy.delay(100) == policy.max_delay


def test_retries_used_up(stage: Stage) -> None:
    result = stage.run(
        call(RETRY % ("ALL", 2, "2.0")), mocks=fails("HTTP_CALL_500", "HTTP_CALL_501", "HTTP_CALL_502")
    )
    entry = result.journal.one("a")
    assert (entry.attempts, result.clock.slept) == (3, [1, 2])
    assert result.outcome.error == StepError("HTTP_CALL_502", "HTTP_CALL_502!")
    assert entry.error == entry.last_error == result.outcome.error


def test_a_policy_without_a_count_never_retries(stage: Stage) -> None:
    result = stage.run(call("retryPolicy: {errorList: [ALL]}"), mocks=fails("HTTP_CALL_500"))
    assert (result.journal.one("a").attempts, result.code) == (1, "HTTP_CALL_500")
    assert result.journal.one("a").last_error is None


def test_a_steps_policy_replaces_the_default_one(stage: Stage) -> None:
    text = call(
        "next: b",
        "b: {functionCall: {functionId: f, retryPolicy: {errorList: [STEP_TIMEOUT], retryCount: 1}}}",
    )
    text = text.replace(
        "start: a", "start: a\ndefaultRetryPolicy: {errorList: [HTTP_CALL_500], retryCount: 1}"
    )
    answers = {**fails("HTTP_CALL_500"), "b": {"error": "HTTP_CALL_500"}}
    result = stage.run(text, mocks=answers)
    assert (result.journal.one("a").attempts, result.journal.one("b").attempts) == (2, 1)


def test_an_internal_error_is_neither_retried_nor_caught(stage: Stage) -> None:
    fields = RETRY % ("ALL", 3, "1.0") + ", catch: [{errorList: [ALL], output: '\\({})', next: b}]"
    result = stage.run(call(fields, "b: {noOp: {}}"), mocks=fails("STEP_INTERNAL"))
    assert (result.code, result.journal.one("a").attempts) == ("STEP_INTERNAL", 1)


def test_catch_after_the_retries(stage: Stage) -> None:
    fields = RETRY % ("HTTP_CALL_500", 1, "1.0") + (
        ", output: '\\({not: .ok})', next: c, catch: ["
        "{errorList: [HTTP_CALL_500], errorListMode: EXCLUDE, output: '\\({wrong: 1})', next: c},"
        "{errorList: [ALL], output: '\\({e: .})', next: b}]"
    )
    text = call(
        fields,
        "b: {switch: {choices: [{condition: .e.error, next: c}], default: d}}\nc: {noOp: {}}\nd: {wait: {duration: 0}}",
    )
    result = stage.run(text, mocks=fails("HTTP_CALL_500", "HTTP_CALL_500"))
    entry = result.journal.one("a")
    assert result.value == {"e": {"error": "HTTP_CALL_500", "message": "HTTP_CALL_500!"}}
    assert (entry.status, entry.attempts) == (EntryStatus.FAILED, 2)
    assert result.journal.of("c") == []


@pytest.mark.parametrize("fields", ["input: '\\(.x.y | error)'", "output: '\\(error)'", "output: '\\([])'"])
def test_templates_around_the_call_are_caught_but_not_retried(stage: Stage, fields: str) -> None:
    rest = RETRY % ("ALL", 3, "1.0") + ", catch: [{errorList: [ALL], output: '\\({code: .error})', next: b}]"
    result = stage.run(call(f"{fields}, {rest}", "b: {noOp: {output: '\\({code})'}}"), mocks={"a": 1})
    assert result.value["code"] in ("STEP_INVALID_TEMPLATE_EXPRESSION", "STEP_INVALID_OUTPUT")
    assert result.clock.slept == []


def test_a_catch_output_must_be_an_object(stage: Stage) -> None:
    text = call("catch: [{errorList: [ALL], output: text, next: b}]", "b: {noOp: {}}")
    assert stage.run(text, mocks=fails("HTTP_CALL_500")).code == "STEP_INVALID_OUTPUT"


def test_input_is_shown_as_the_step_was_given_it(stage: Stage) -> None:
    result = stage.run(call("input: '\\({only: .n})'"), {"n": 1}, mocks={"a": {}})
    assert inputs(result.journal.of("a")) == [{"only": 1}]
