"""Time, steps and sizes are bounded, over restarts as well."""

from __future__ import annotations

from typing import Any

import pytest
from language_kit import Killed, MemoryJournal, Stage

from declarative.engine.journal import EntryStatus, StepError
from declarative.engine.world import Limits


def steps(text: str) -> str:
    return 'yawl: "1.0"\nstart: a\nsteps:\n' + "".join(f"  {line}\n" for line in text.strip().splitlines())


def call(fields: str = "", following: str = "") -> str:
    return steps(f"a: {{functionCall: {{functionId: f, {fields}}}}}\n{following}")


def test_a_day_of_retries_is_enough(stage: Stage) -> None:
    policy = "retryPolicy: {errorList: [ALL], retryCount: 100, initialDelay: 3600s, maxDelay: 3600s}"
    result = stage.run(call(policy), mocks={"a": {"error": "HTTP_CALL_500"}})
    assert (result.code, result.journal.one("a").attempts) == ("HTTP_CALL_500", 24)


def test_a_run_has_two_days(stage: Stage) -> None:
    text = steps(
        "a: {wait: {duration: 100000, next: b}}\nb: {wait: {duration: 100000, next: c}}\nc: {noOp: {}}"
    )
    result = stage.run(text)
    assert (result.code, result.clock.slept) == ("STEP_TIMEOUT", [100000, 72800])
    assert "48 h" in (result.outcome.error or StepError("", "")).message
    assert result.journal.one("b").status is EntryStatus.FAILED


def test_two_days_count_from_the_first_step_also_after_a_restart(stage: Stage) -> None:
    text = steps("a: {wait: {duration: 100000, next: b}}\nb: {wait: {duration: 100000}}")
    journal = MemoryJournal()
    journal.dies_at = 2
    with pytest.raises(Killed):
        stage.run(text, journal=journal)
    journal.dies_at = None
    clock = stage.run(text, journal=journal, clock=_later(100_000)).clock
    assert clock.slept == [72800]


def _later(seconds: float) -> Any:
    from language_kit import StillClock

    return StillClock(StillClock().time + seconds)


SPIN = """
a: {wait: {duration: 0, next: b}}
b: {parallel: {branches: {x: {start: c, steps: {c: {noOp: {next: d}}, d: {noOp: {}}}}}, next: a}}
"""


def test_a_run_has_a_thousand_steps(stage: Stage) -> None:
    result = stage.run(steps(SPIN), limits=Limits(steps=10))
    assert (result.code, len(result.journal.entries)) == ("STEP_QUOTA_EXCEEDED", 10)


def test_steps_are_counted_over_a_restart(stage: Stage) -> None:
    journal = MemoryJournal()
    journal.dies_at = 13
    with pytest.raises(Killed):
        stage.run(steps(SPIN), journal=journal, limits=Limits(steps=14))
    journal.dies_at = None
    result = stage.run(steps(SPIN), journal=journal, limits=Limits(steps=14))
    assert (result.code, len(result.journal.entries)) == ("STEP_QUOTA_EXCEEDED", 14)


@pytest.mark.parametrize(
    "text",
    [
        "a: {noOp: {output: '\\({x: (.s * 20)})'}}",
        "a: {functionCall: {functionId: f, input: '\\({x: (.s * 20)})'}}",
        "a: {functionCall: {functionId: g, output: '\\({})'}}",
        "a: {noOp: {output: '\\({x: (.s * 9)})', next: b}}\nb: {noOp: {output: '\\({y: .x})', next: c}}\nc: {wait: {duration: 0}}",
    ],
)
def test_a_steps_input_and_output_are_bounded(stage: Stage, text: str) -> None:
    answers = {"a": "x" * 1000}
    result = stage.run(steps(text), {"s": "x" * 50}, mocks=answers, limits=Limits(data_bytes=1000))
    assert result.code == "STEP_DATA_LIMIT_EXCEEDED"
