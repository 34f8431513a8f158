"""Plans, problems and events of one made-up configuration, for every test of this room."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from declarative.diagnostics import Diagnostic, Note, Severity, Span
from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate, Seen, StartOrder, StopOrder
from declarative.model.desired import Evaluated, Policies
from declarative.model.digests import MASK
from declarative.model.event import (
    Ended,
    Event,
    LockTaken,
    Moved,
    Noted,
    Recovered,
    Started,
    StartRefused,
    StartUnknown,
    StopAsked,
    StopPending,
    StopRefused,
    Waiting,
    Warned,
    WaveBegins,
)
from declarative.model.execution import Status
from declarative.model.plan import Plan
from declarative.model.record import Cause, Outcome, StopMode

MADE_AT = 1_795_000_000.0
GOLDEN = Path(__file__).parent / "golden"
SPEC = "1:" + "ab" * 32
SPAN = Span("declarative.yaml", 12, 3, 12, 7)


def golden(name: str, text: str) -> None:
    """Holds `text` against a file; GOLDEN=write makes the files anew, to be read before they are kept."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def order(workflow: str = "load", kept: str | None = '{"day":"2026-11-01","region":"eu"}') -> StartOrder:
    return StartOrder(
        provider="yandex:b1g",
        workflow=workflow,
        workflow_id="dfqaaaaaaaaaaaaaaaa2",
        input_json=kept or "{}",
        spec=SPEC,
        revision="1",
        generation=1,
        cause=Cause.DECLARED,
        policies=Policies(),
        kept_input=kept,
    )


def stop(execution_id: str, **more: object) -> StopOrder:
    return replace(StopOrder(execution_id, "yandex:b1g", Cause.REMOVED), **more)  # type: ignore[arg-type]


def start(name: str, key: str | None = None, **more: object) -> Change:
    made = Change(
        Address(name, key),
        Action.START,
        Code.NEW,
        "it is declared and was never started",
        row=5,
        start=order(),
        spec=SPEC,
        after={"day": "2026-11-01", "region": "eu"},
        span=SPAN,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def quiet(name: str, key: str | None, code: Code, status: str, **more: object) -> Change:
    words = "it has finished" if code is Code.DONE else "it is in progress"
    seen = Seen(f"dfq-{name}-{key}", status, started_at="2026-11-20T10:00:00Z", duration=70.5)
    made = Change(Address(name, key), Action.NONE, code, words, row=10, spec=SPEC, generation=1, seen=seen)
    return replace(made, **more)  # type: ignore[arg-type]


def failed(name: str, key: str | None, message: str = "the mart answered 503") -> Change:
    return Change(
        Address(name, key),
        Action.NONE,
        Code.ENDED,
        "it failed",
        row=11,
        gate=Gate.BLOCKED,
        gate_code=Code.FAILED,
        gate_reason="it failed with HTTP_CALL_503; rerun_on does not name failed",
        spec=SPEC,
        generation=2,
        seen=Seen(f"dfq-{name}-{key}", "FAILED", "HTTP_CALL_503", message, "2026-11-20T10:00:00Z", 12.0),
        after={"day": "2026-11-02"},
        before={"day": "2026-11-02"},
    )


def rerun(name: str) -> Change:
    return Change(
        Address(name),
        Action.RERUN,
        Code.CHANGED,
        "the declaration differs from what was started",
        row=8,
        start=order(kept=None),
        stop=stop("dfq-report", grace=30.0, cause=Cause.CHANGED),
        spec=SPEC,
        generation=1,
        seen=Seen("dfq-report", "RUNNING", started_at="2026-11-20T10:00:00Z"),
        before={"mart": {"host": "a.example", "port": 5432}, "tables": ["x", "y"], "old": 1, "token": MASK},
        after={
            "mart": {"host": "b.example", "port": 5432},
            "tables": ["x", "z"],
            "new": {"a": 1},
            "token": MASK,
        },
        sensitive_paths=(("token",),),
    )


def mixed_changes() -> tuple[Change, ...]:
    """One of nearly everything that a plan can hold."""
    waits = (Address("extract", "2026-11-21"),)
    return (
        quiet("extract", "2026-11-19", Code.DONE, "finished"),
        quiet("extract", "2026-11-20", Code.DONE, "FINISHED", note="the engine no longer knows it"),
        quiet("extract", "2026-11-21", Code.IN_PROGRESS, "RUNNING"),
        start("load", "eu"),
        start("load", "us"),
        start(
            "load",
            "apac",
            gate=Gate.HELD,
            gate_code=Code.MAX_ACTIVE,
            gate_reason="max_active of its entry is reached",
        ),
        start(
            "publish",
            None,
            row=14,
            gate=Gate.DEFERRED,
            gate_code=Code.UNKNOWN_INPUT,
            gate_reason='it waits for extract["2026-11-21"]',
            by=waits,
            start=None,
            spec=None,
            template="t1:" + "cd" * 32,
            after={"path": None, "token": MASK, "tables": [{"name": "x", "rows": None}]},
            unknown_paths=(("path",), ("tables", 0, "rows")),
            sensitive_paths=(("token",),),
        ),
        quiet(
            "mart",
            None,
            Code.UNKNOWN_INPUT,
            "RUNNING",
            reason="its input is not known yet",
            row=14,
            gate=Gate.DEFERRED,
            gate_code=Code.UNKNOWN_INPUT,
            by=waits,
            may_rerun=True,
            spec=None,
            template="t1:" + "ef" * 32,
            before={"path": "s3://a"},
            after={"path": None},
            unknown_paths=(("path",),),
        ),
        rerun("report"),
        Change(
            Address("consumer"),
            Action.START_FIRST,
            Code.ROTATION,
            "it has reached its rotate_after",
            row=7,
            start=order("consume", "{}"),
            stop=stop("dfq-consumer", cause=Cause.ROTATED),
            spec=SPEC,
            generation=3,
            seen=Seen("dfq-consumer", "RUNNING"),
        ),
        Change(
            Address("consumer"),
            Action.STOP,
            Code.REPLACED,
            "a newer execution takes its place",
            row=4,
            stop=stop("dfq-consumer-old", deposed=True, cause=Cause.ROTATED),
            generation=3,
            seen=Seen("dfq-consumer-old", "RUNNING"),
        ),
        start(
            "retry",
            None,
            action=Action.AGAIN,
            code=Code.RETRY,
            row=11,
            reason="it failed, and rerun_on allows another try",
        ),
        Change(
            Address("old"),
            Action.STOP,
            Code.REMOVED,
            "it is no longer declared",
            row=7,
            stop=stop("dfq-old", mode=StopMode.TERMINATE),
            generation=1,
            seen=Seen("dfq-old", "PAUSED"),
            before={"day": "2026-11-02"},
        ),
        Change(
            Address("guarded"),
            Action.RERUN,
            Code.REVISION,
            "the revision changed",
            row=8,
            gate=Gate.BLOCKED,
            gate_code=Code.PROTECTED,
            gate_reason="it is protected",
            start=order(),
            stop=stop("dfq-guarded"),
            spec=SPEC,
            seen=Seen("dfq-guarded", "RUNNING"),
        ),
        failed("nightly", "mon"),
        failed("nightly", "tue"),
        Change(
            Address("policy"),
            Action.UPDATE,
            Code.POLICY,
            "only policies changed; the execution is not touched",
            row=7,
            spec=SPEC,
            seen=Seen("dfq-policy", "RUNNING"),
        ),
        Change(
            Address("gone"),
            Action.RETIRE,
            Code.RETIRED,
            "it is no longer declared; its outcome is remembered",
            10,
        ),
        Change(
            Address("let-go"),
            Action.ABANDON,
            Code.ABANDONED,
            "on_remove is abandon",
            7,
            seen=Seen("dfq-l", "RUNNING"),
        ),
        Change(
            Address("found"),
            Action.ADOPT,
            Code.ADOPT,
            "adopt names an execution that is as declared",
            5,
            seen=Seen("dfq-f", "RUNNING"),
        ),
        Change(
            Address("lost-answer"),
            Action.RESOLVE,
            Code.START_UNRESOLVED,
            "it is not known what became of its start",
            2,
        ),
        quiet("asleep", None, Code.SUSPENDED, "RUNNING", reason="it is suspended: budget"),
    )


def plan_of(changes: tuple[Change, ...], **more: object) -> Plan:
    made = Plan("orders", "prod", "0b1c-lineage", 41, MADE_AT, changes, calls=3, today="2026-11-22")
    return replace(made, **more)  # type: ignore[arg-type]


def mixed_plan() -> Plan:
    return plan_of(mixed_changes(), left_out=2)


def outputs() -> dict[str, Evaluated]:
    return {
        "loaded": Evaluated(12),
        "path": Evaluated(None, unknown=True),
        "secret": Evaluated({"token": "s3cr3t-token", "n": 1}, sensitive=frozenset({("token",)})),
    }


YAML = """\
version: 1
executions:
  load:
    workflow: load
    inptu: {day: '${each.key}', name: "Ж", при: 1}
\trest: 1
"""


def problems() -> tuple[Diagnostic, ...]:
    return (
        Diagnostic(
            "unknown_key",
            'The key "inptu" is not known here',
            detail="An execution takes workflow, input, run, for_each and others; each stands once."
            "\n\n  input: {day: 1}",
            hint='Did you mean "input"?',
            address='load["eu"]',
            span=Span("declarative.yaml", 5, 5, 5, 10),
        ),
        Diagnostic(
            "duplicate_key",
            'The key "load" stands here twice',
            span=Span("declarative.yaml", 3, 3, 3, 7),
            notes=(Note("first here", Span("more.declarative.yaml", 2, 3, 2, 7)),),
        ),
        Diagnostic(
            "no_state", "There is no state at s3://acme-state/orders", hint="apply --new-state creates it."
        ),
        Diagnostic(
            "ambiguous_scalar",
            "True is read as a string",
            severity=Severity.WARNING,
            span=Span("declarative.yaml", 6, 2, 6, 6),
        ),
    )


SOURCES = {"declarative.yaml": YAML, "more.declarative.yaml": "executions:\n  load: {workflow: load}\n"}


def events() -> tuple[Event, ...]:
    """At least one of each member of the union."""
    eu, us = Address("load", "eu"), Address("load", "us")
    trouble = Diagnostic("engine", "start: 429 quota of active executions", address=str(us))
    return (
        LockTaken("s3://acme-state/orders"),
        LockTaken("s3://acme-state/orders", "ci@runner-3"),
        Recovered(Address("mart"), "adopted", "dfq-mart", "the only equal one since then"),
        Recovered(Address("pub"), "ambiguous", None, "dfq-1 and dfq-2 are both equal"),
        WaveBegins(2, 1, 42),
        Started(eu, "dfq-eu"),
        Started(us, "dfq-us", again=True),
        StartRefused(us, trouble),
        StartRefused(us, trouble, held=True),
        StartUnknown(us, Diagnostic("timeout", "no answer within 30 s")),
        StopAsked(Address("old"), "dfq-old", StopMode.GRACEFUL),
        StopAsked(Address("old"), "dfq-old", StopMode.TERMINATE),
        StopRefused(Address("old"), "dfq-old", Diagnostic("denied", "permission denied")),
        StopPending(Address("old"), "dfq-old", 120.0),
        Moved(eu, "dfq-eu", Status.RUNNING),
        Ended(eu, "dfq-eu", Outcome.FINISHED, seconds=3725.0),
        Ended(us, "dfq-us", Outcome.FAILED, "HTTP_CALL_503", "bad\n\x1b[31mgateway", 0.25),
        Ended(Address("old"), "dfq-old", Outcome.STOPPED_BY_US),
        Noted(Change(Address("gone"), Action.RETIRE, Code.RETIRED, "", seen=Seen("dfq-gone"))),
        Waiting(3, 1, 340, 70.0),
        Warned(Diagnostic("note", "twelve are held", severity=Severity.WARNING)),
    )
