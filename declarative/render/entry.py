"""One change -> one entry of the plan document, in the shape of Terraform's `resource_changes[]`.

What the text of a plan says is made from these entries, so that people and machines never read two stories.
"""

from __future__ import annotations

from math import isfinite

from declarative.diagnostics import Span
from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate, Seen, StartOrder, StopOrder
from declarative.model.digests import MASK
from declarative.model.execution import Status
from declarative.model.json import Json, NotJson, parse
from declarative.model.record import Outcome
from declarative.render.dump import JsonObject
from declarative.render.marks import tree
from declarative.render.words import clean

ACTIONS: dict[Action, list[Json]] = {
    Action.NONE: ["no-op"],
    Action.START: ["create"],
    Action.AGAIN: ["create"],
    Action.RERUN: ["delete", "create"],
    Action.START_FIRST: ["create", "delete"],
    Action.STOP: ["delete"],
    Action.UPDATE: ["update"],
    Action.RETIRE: ["forget"],
    Action.ABANDON: ["forget"],
    Action.ADOPT: ["no-op"],
    Action.RESOLVE: ["read"],
}
"""Terraform's words. An adoption is its import (`importing`), a start to be looked for its read."""

_STATUS_OF = {
    Outcome.FINISHED.value: Status.FINISHED.value,
    Outcome.FAILED.value: Status.FAILED.value,
    Outcome.STOPPED_OUTSIDE.value: Status.STOPPED.value,
    Outcome.STOPPED_BY_US.value: Status.STOPPED.value,
    Outcome.LOST.value: "LOST",
    Outcome.ACCEPTED.value: "ACCEPTED",
}
_ENDS = frozenset({Action.STOP, Action.RETIRE, Action.ABANDON})
_REPLACE_REASON = {
    Code.CHANGED: "replace_because_cannot_update",
    Code.REVISION: "replace_by_triggers",
    Code.ROTATION: "replace_by_triggers",
    Code.REQUESTED: "replace_by_request",
    Code.RETRY: "replace_because_tainted",
}


def change_entry(change: Change) -> JsonObject:
    """The entry of one address; `before` and `after` come masked and stay so."""
    entry: JsonObject = {"address": str(change.address)}
    if change.moved_from is not None:
        entry["previous_address"] = str(change.moved_from)
    entry.update(identity(change.address))
    entry["provider_name"] = _provider(change)
    entry["change"] = _change(change)
    reason = _action_reason(change)
    if reason:
        entry["action_reason"] = reason
    entry["declarative"] = _ours(change)
    return entry


def brief_entry(change: Change) -> JsonObject:
    """What one line needs of it: ten thousand lines are printed, and nobody reads their inputs."""
    return {
        "address": str(change.address),
        "change": {"actions": ACTIONS[change.action]},
        "declarative": _ours(change),
    }


def identity(address: Address) -> JsonObject:
    """How Terraform's readers name an object: `index` only for an instance of `for_each`."""
    parts: JsonObject = {"mode": "managed", "type": "execution", "name": address.name}
    if address.key is not None:
        parts["index"] = address.key
    return parts


def _provider(change: Change) -> str:
    order: StartOrder | StopOrder | None = change.start or change.stop
    return order.provider if order else ""


def _action_reason(change: Change) -> str | None:
    if change.action.starts and change.action is not Action.START:
        return _REPLACE_REASON.get(change.code)
    if change.action is Action.STOP and change.code is Code.REMOVED:
        keyed = change.address.key is not None
        return "delete_because_each_key" if keyed else "delete_because_no_resource_config"
    return None


# ── the change itself ──────────────────────────────────────────────────────────────────────────────────


def _change(change: Change) -> JsonObject:
    before, after = _before(change), _after(change)
    found: JsonObject = {
        "actions": ACTIONS[change.action],
        "before": before,
        "after": after,
        "after_unknown": _unknown(change) if after is not None else {},
        "before_sensitive": _sensitive(change, before),
        "after_sensitive": _sensitive(change, after),
    }
    if change.action is Action.ADOPT and change.seen.execution_id:
        found["importing"] = {"id": change.seen.execution_id}
    return found


def _before(change: Change) -> JsonObject | None:
    found = _standing(change)
    if change.before is not None:
        found["input"] = change.before
    return found or None


def _after(change: Change) -> JsonObject | None:
    if change.action in _ENDS:
        return None
    found = {} if change.action.starts else _standing(change)
    if change.start is not None:
        found["workflow"] = change.start.workflow
        found["revision"] = change.start.revision
    if change.after is not None:
        found["input"] = change.after
    elif change.start is not None and change.start.kept_input is not None:
        found["input"] = _parsed(change.start.kept_input)
    return found if found or change.action.starts else None


def _standing(change: Change) -> JsonObject:
    found: JsonObject = {}
    execution_id = execution_of(change)
    if execution_id:
        found["id"] = execution_id
    if change.seen.status:
        found["status"] = status_word(change.seen.status)
    return found


def _parsed(text: str) -> Json:
    try:
        return parse(text)
    except NotJson:
        return text


def _unknown(change: Change) -> Json:
    if not change.action.starts:
        return {} if not change.unknown_paths else {"input": tree(change.unknown_paths)}
    found: JsonObject = {"id": True}
    if change.unknown_paths:
        found["input"] = tree(change.unknown_paths)
    elif change.spec is None and change.after is None and change.start is None:
        found["input"] = True
    return found


def _sensitive(change: Change, side: JsonObject | None) -> Json:
    if side is None:
        return False
    if "input" not in side or not (change.sensitive_paths or side["input"] == MASK):
        return {}
    return {"input": True if side["input"] == MASK else tree(change.sensitive_paths)}


# ── what only we know ──────────────────────────────────────────────────────────────────────────────────


def execution_of(change: Change) -> str | None:
    """The execution that the change is about: the one to be stopped, else the one that was seen."""
    return change.stop.execution_id if change.stop else change.seen.execution_id


def _ours(change: Change) -> JsonObject:
    found: JsonObject = {
        "action": change.action.value,
        "code": change.code.value,
        "reason": clean(change.reason),
        "row": change.row,
        "gate": change.gate.value,
        "generation": change.generation,
    }
    if change.gate is not Gate.READY:
        _add_gate(found, change)
    _add_bindings(found, change)
    _add_orders(found, change)
    if change.seen.status:
        found["seen"] = seen_entry(change.seen)
    _add_remarks(found, change)
    return found


def _add_gate(found: JsonObject, change: Change) -> None:
    found["gate_code"] = (change.gate_code or change.code).value
    found["gate_reason"] = clean(change.gate_reason)
    if change.by:
        found["by"] = [str(address) for address in change.by]


def _add_bindings(found: JsonObject, change: Change) -> None:
    for key, value in (
        ("spec", change.spec),
        ("template", change.template),
        ("execution_id", execution_of(change)),
    ):
        if value is not None:
            found[key] = value


def _add_orders(found: JsonObject, change: Change) -> None:
    if change.start is not None:
        found["workflow"] = change.start.workflow
        found["workflow_id"] = change.start.workflow_id
    if change.stop is not None:
        found["stop"] = _stop(change.stop)


def _stop(order: StopOrder) -> JsonObject:
    found: JsonObject = {"mode": order.mode.value, "cause": order.cause.value, "deposed": order.deposed}
    if order.grace is not None:
        found["grace"] = _plain(order.grace)
    return found


def _add_remarks(found: JsonObject, change: Change) -> None:
    if change.note:
        found["note"] = clean(change.note)
    if change.may_rerun:
        found["may_rerun"] = True
    if change.span is not None:
        found["span"] = span_entry(change.span)


def status_word(status: str) -> str:
    """The engine's word, also where only state's outcome is known; LOST and ACCEPTED are ours alone."""
    return _STATUS_OF.get(status, status)


def seen_entry(seen: Seen) -> JsonObject:
    """What was read of the execution; the engine's own words are cleaned."""
    found: JsonObject = {}
    if seen.status is not None:
        found["status"] = status_word(seen.status)
    if seen.started_at is not None:
        found["started_at"] = clean(seen.started_at)
    if seen.duration is not None and isfinite(seen.duration):
        found["duration"] = _plain(seen.duration)
    if seen.error_code or seen.error_message:
        found["error"] = {"code": clean(seen.error_code or ""), "message": clean(seen.error_message or "")}
    return found


def _plain(seconds: float) -> float:
    """Whole seconds as a whole number, the form in which a document is sealed."""
    return int(seconds) if float(seconds).is_integer() else seconds


def span_entry(span: Span) -> JsonObject:
    return {"file": span.file, "line": span.line, "column": span.column}
