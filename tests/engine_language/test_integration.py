"""What integration steps share: retries, catch rules, mocks, secrets, nested runs, limits."""

# The workflows in here are texts.

from __future__ import annotations

import json
from typing import Any

import pytest
from language_kit import Killed, MemoryJournal, Result, Server, Stage, inputs, outputs

from declarative.engine import mocks, secrets
from declarative.engine.journal import Control, Ending, EntryStatus, Outcome, StepError
from declarative.engine.retry import ErrorMatch, RetryPolicy
from declarative.engine.secrets import Secrets
from declarative.engine.world import Limits


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


def test_a_cloud_step_without_a_mock_says_which_would_do(stage: Stage) -> None:
    result = stage.run(call())
    assert result.code == "STEP_FAILED_PRECONDITION"
    assert result.outcome.error is not None
    assert "providers.embedded.mocks.a or .functionCall" in result.outcome.error.message


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


TABLE = Secrets({"e6q": {"token": 's3cr3t-é"x'}})


def test_a_secret_reaches_the_call_and_nothing_else(stage: Stage, server: Server) -> None:
    server.json("/x", {"echo": 'you sent s3cr3t-é"x', "n": 1})
    server.json("/y", {"error": 's3cr3t-é"x is wrong'}, status=403)
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token"), v: lockboxPayload("e6q"; "token"; "v1")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, method: POST, body: 'Bearer \\(.t)', output: '\\({echo: .echo, n: .n})', next: c}}\n"
        "c: {httpCall: {url: 'http://h/y', catch: [{errorList: [ALL], output: '\\({m: .message})', next: d}]}}\n"
        "d: {noOp: {output: '\\({m, same: (.t == .v)})', next: e}}\n"
        "e: {noOp: {output: '\\({echo, same})'}}"
    )
    result = stage.run(text, secrets=TABLE)
    assert server.calls[0].body == 'Bearer s3cr3t-é"x'
    assert result.value == {"echo": "you sent (secret)", "same": True}
    assert all("s3cr3t" not in repr(entry) for entry in result.journal.writes)
    assert "you sent (secret " in outputs(result.journal.of("b"))[0]["echo"]


def test_a_secret_is_still_one_after_a_restart(stage: Stage, server: Server) -> None:
    server.json("/x", {})
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, method: POST, input: '\\({u: .t})', body: \\(.u)}}"
    )
    for dies_at in (1, 2):
        journal = MemoryJournal()
        journal.dies_at = dies_at
        with pytest.raises(Killed):
            stage.run(text, journal=journal, secrets=TABLE)
        journal.dies_at = None
        stage.run(text, journal=journal, secrets=TABLE)
        assert server.calls.pop().body == 's3cr3t-é"x'


def test_a_placeholder_from_outside_is_never_a_secret(stage: Stage, server: Server) -> None:
    """An answer may repeat the text of an earlier run's placeholder."""
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, output: '\\({back: .p})', next: c}}\nc: {noOp: {output: '\\({back})'}}"
    )
    server.json("/x", {})
    shown = outputs(stage.run(text, secrets=TABLE).journal.of("a"))[0]["t"]
    server.json("/x", {"p": shown})
    journal = MemoryJournal()
    journal.dies_at = 3
    with pytest.raises(Killed):
        stage.run(text, journal=journal, secrets=TABLE)
    journal.dies_at = None
    assert stage.run(text, journal=journal, secrets=TABLE).value == {"back": shown}


def test_a_secret_that_is_not_there(stage: Stage) -> None:
    result = stage.run(
        steps('a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "other")})\'}}'), secrets=TABLE
    )
    assert result.outcome.error is not None
    assert "no secret e6q with the key other" in result.outcome.error.message


def test_secrets_come_from_the_environment() -> None:
    found, problems = secrets.read({"e6q": {"token": {"env": "TOKEN"}}}, {"TOKEN": "x"})
    assert (found, problems) == (Secrets({"e6q": {"token": "x"}}), [])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "secrets_type"),
        ({"e6q": "x"}, "secrets_type"),
        ({"e6q": {"token": "in clear"}}, "secrets_type"),
        ({"e6q": {"token": {"env": "NOT_THERE"}}}, "secrets_unset"),
    ],
)
def test_secrets_that_cannot_be_read(given: Any, code: str) -> None:
    found, problems = secrets.read(given, {})
    assert found is None
    assert [problem.code for problem in problems] == [code]
    assert "in clear" not in str(problems)


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


def test_input_is_shown_as_the_step_was_given_it(stage: Stage) -> None:
    result = stage.run(call("input: '\\({only: .n})'"), {"n": 1}, mocks={"a": {}})
    assert inputs(result.journal.of("a")) == [{"only": 1}]
