"""The `workflow` step: what a nested run is given, and what its end means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from language_kit import Killed, MemoryJournal, Result, Stage

from declarative.engine.journal import Control, Ending, EntryStatus, Outcome, StepError


def steps(text: str) -> str:
    return 'yawl: "1.0"\nstart: a\nsteps:\n' + "".join(f"  {line}\n" for line in text.strip().splitlines())


RETRY = "retryPolicy: {errorList: [%s], retryCount: %d, initialDelay: 1s, maxDelay: 60s, backoffRate: %s}"


class Kin:
    """Children that answer from a list and remember what they were asked."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[str, Any, str]] = []

    async def run(self, workflow_id: str, input_json: str, parent_path: str) -> Outcome:
        self.asked.append((workflow_id, json.loads(input_json), parent_path))
        if workflow_id == "nobody":
            raise LookupError(workflow_id)
        return self.outcomes.pop(0)


def nested(stage: Stage, fields: str, kin: Kin, **world: Any) -> Result:
    text = steps(f"a: {{workflow: {{{fields}}}}}")
    return stage.run(text, {"n": 1}, children=kin, **world)


FINE = Outcome(Ending.FINISHED, '{"r":1}')


BAD = Outcome(Ending.FAILED, error=StepError("HTTP_CALL_500", "in there"))


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("", {"input": {"n": 1}, "n": 1}),
        (", input: '\\({m: .n})'", {"m": 1}),
        (", executionInput: '\\(.n)'", 1),
        (", executionInput: '\\({m: .n})'", {"m": 1}),
        (', executionInput: \'{"m": \\(.n), "s": "x"}\'', {"m": 1, "s": "x"}),
        (", executionInput: 'n is \\(.n)'", "n is 1"),
    ],
)
def test_what_a_nested_run_is_given(stage: Stage, field: str, given: Any) -> None:
    kin = Kin(FINE)
    result = nested(stage, f"workflowId: other{field}", kin)
    assert result.value == {"r": 1}
    assert kin.asked == [("other", given, "a")]
    assert result.journal.one("a").type == "Workflow"


def test_a_nested_failure_is_the_steps_own(stage: Stage) -> None:
    result = nested(stage, "workflowId: other", Kin(BAD))
    assert result.outcome.error == BAD.error


def test_a_retry_of_a_nested_run_is_another_run(stage: Stage) -> None:
    kin = Kin(BAD, FINE)
    result = nested(stage, "workflowId: other, " + RETRY % ("HTTP_CALL_500", 1, "1.0"), kin)
    assert [path for _, _, path in kin.asked] == ["a", "a#2"]
    assert result.value == {"r": 1}


def test_a_nested_run_is_asked_for_by_the_same_path_after_a_crash(stage: Stage) -> None:
    journal, kin = MemoryJournal(), Kin(BAD, FINE, FINE)
    journal.dies_at = 3
    fields = "workflowId: other, " + RETRY % ("HTTP_CALL_500", 1, "1.0")
    with pytest.raises(Killed):
        nested(stage, fields, kin, journal=journal)
    journal.dies_at = None
    nested(stage, fields, kin, journal=journal)
    assert [path for _, _, path in kin.asked] == ["a", "a#2", "a#2"]
    assert journal.one("a").attempts == 3


def test_no_such_workflow_a_stopped_one_and_too_deep(stage: Stage) -> None:
    stopped = Outcome(Ending.STOPPED)
    assert nested(stage, "workflowId: nobody", Kin()).code == "STEP_INVALID_ARGUMENT"
    assert nested(stage, "workflowId: other", Kin(stopped)).code == "STEP_FAILED_PRECONDITION"
    assert nested(stage, "workflowId: other", Kin(FINE), depth=9).value == {"r": 1}
    assert nested(stage, "workflowId: other", Kin(FINE), depth=10).code == "STEP_FAILED_PRECONDITION"


def test_a_child_that_stops_with_its_parent(stage: Stage) -> None:
    control = Control()

    class Stopping(Kin):
        async def run(self, workflow_id: str, input_json: str, parent_path: str) -> Outcome:
            control.stop_requested = True
            return Outcome(Ending.STOPPED)

    result = nested(stage, "workflowId: other", Stopping(), control=control)
    assert result.outcome == Outcome(Ending.STOPPED)
    assert result.journal.one("a").status is EntryStatus.CANCELLED
