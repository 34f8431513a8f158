"""The NDJSON stream of `--json`, one object per line, in the manner of Terraform's.

Every line has `@level @message @module @timestamp type`, and the payload of its type beside them. The types
are stable; `schemas/events.schema.json` describes each. `hook` holds what an event is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from declarative.diagnostics import Diagnostic
from declarative.model.change import Action, Change, Gate
from declarative.model.event import Event
from declarative.render.dump import JsonObject
from declarative.render.entry import ACTIONS
from declarative.render.events import INFO, Said, problem_said, resource, said
from declarative.render.reading import object_at
from declarative.render.redaction import redact_at
from declarative.render.summary import Summary, plan_line
from declarative.render.tally import Left, Tally
from declarative.render.words import clean

VERSION = "1.0"

TYPES = (
    "version",
    "lock_taken",
    "start_recovered",
    "planned_change",
    "change_summary",
    "wave_begins",
    "execution_started",
    "start_refused",
    "start_unknown",
    "stop_asked",
    "stop_refused",
    "stop_pending",
    "status_moved",
    "execution_ended",
    "noted",
    "waiting",
    "diagnostic",
    "outputs",
)

_PLANNED = {
    Action.NONE: "nothing is planned",
    Action.START: "plan to start",
    Action.AGAIN: "plan to start again",
    Action.RERUN: "plan to stop and start again",
    Action.START_FIRST: "plan to start again, then stop the old one",
    Action.STOP: "plan to stop",
    Action.UPDATE: "plan to update in state",
    Action.RETIRE: "plan to retire from state",
    Action.ABANDON: "plan to forget",
    Action.ADOPT: "plan to adopt",
    Action.RESOLVE: "plan to resolve an earlier start",
}


def event_document(event: Event, at: float) -> JsonObject:
    """One line of the stream; `at`: epoch seconds."""
    return _line(said(event), at)


def version_event(version: str, at: float) -> JsonObject:
    """The first line of every stream."""
    payload: JsonObject = {"declarative": version, "ui": VERSION}
    return _line(Said("version", INFO, f"declarative {version}", payload), at)


def planned_change_events(changes: Iterable[Change], at: float) -> Iterator[JsonObject]:
    """One line per change that does something or waits."""
    for change in changes:
        if change.action is not Action.NONE or change.gate is not Gate.READY:
            yield _line(_planned(change), at)


def change_summary_event(summary: Summary, operation: str, at: float) -> JsonObject:
    """`operation`: plan, apply or destroy."""
    payload: JsonObject = {"changes": {**summary, "operation": operation}}
    return _line(Said("change_summary", INFO, plan_line(summary), payload), at)


def apply_summary_event(tally: Tally, at: float) -> JsonObject:
    """The last line of an apply or destroy: what was done."""
    message = tally.text(Left()).splitlines()[0]
    return _line(Said("change_summary", INFO, message, {"changes": tally.document()}), at)


def diagnostic_event(problem: Diagnostic, sources: Mapping[str, str], at: float) -> JsonObject:
    return _line(problem_said(problem, sources), at)


def outputs_event(outputs: JsonObject, at: float) -> JsonObject:
    """`outputs`: as `outputs.output_document` makes them."""
    message = f"Outputs: {len(outputs)}"
    return _line(Said("outputs", INFO, message, {"outputs": outputs}), at)


def redacted(line: JsonObject, secrets: frozenset[str]) -> JsonObject:
    """The line without known secrets in its words and values; types, names and ids stay as they are."""
    redact_at(
        line, ("@message", "diagnostic", "error", "detail", "outputs", "backend", "taken_from"), secrets
    )
    redact_at(object_at(line, "change"), ("reason",), secrets)
    return line


def _line(told: Said, at: float) -> JsonObject:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    head: JsonObject = {
        "@level": told.level,
        "@message": told.message,
        "@module": "declarative.ui",
        "@timestamp": moment,
        "type": told.type,
    }
    return head | told.payload


def _planned(change: Change) -> Said:
    payload: JsonObject = {
        "change": {
            "resource": resource(change.address),
            "action": change.action.value,
            "actions": ACTIONS[change.action],
            "code": change.code.value,
            "gate": change.gate.value,
            "gate_code": change.gate_code.value if change.gate_code else None,
            "reason": clean(change.reason),
        }
    }
    gate = "" if change.gate is Gate.READY else f" ({change.gate.value})"
    message = f"{clean(str(change.address))}: {_PLANNED[change.action]}{gate}"
    return Said("planned_change", INFO, message, payload)
