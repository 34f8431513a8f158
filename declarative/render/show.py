"""Everything known of one address: what is declared, what state keeps, what was decided and from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from declarative.model.address import Address
from declarative.model.change import Change
from declarative.model.desired import Instance
from declarative.model.digests import MASK
from declarative.model.json import Json, NotJson, parse
from declarative.model.moment import format_moment
from declarative.model.record import Bound, Record
from declarative.render.dump import JsonObject, dump
from declarative.render.entry import change_entry
from declarative.render.fields import laid_out
from declarative.render.reading import object_at, objects_at
from declarative.render.style import PLAIN, Style
from declarative.render.words import KNOWN_AFTER, clean


def show_document(
    address: Address, instance: Instance | None, record: Record | None, changes: Sequence[Change]
) -> JsonObject:
    """`instance`: None where the files do not declare it; `changes`: of the plan, usually one."""
    document: JsonObject = {"format_version": "1.0", "address": str(address)}
    document["declared"] = None if instance is None else _declared(instance)
    document["state"] = None if record is None else _record(record)
    document["decision"] = [change_entry(change) for change in changes]
    return document


def _declared(instance: Instance) -> JsonObject:
    policies = instance.policies
    found: JsonObject = {
        "workflow": instance.workflow.named,
        "provider": instance.provider,
        "revision": instance.revision,
        "run": policies.run.value,
        "on_change": policies.on_change.value,
        "on_remove": policies.on_remove.value,
        "rerun_on": [end.value for end in sorted(policies.rerun_on)],
        "protected": policies.protected,
        "depends_on": {need.name: need.need.value for need in instance.depends_on},
        "labels": dict(policies.labels),
        "description": clean(policies.description) or None,
        "file": instance.span.file if instance.span else None,
        "line": instance.span.line if instance.span else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _record(record: Record) -> JsonObject:
    found: JsonObject = {"generation": record.generation, "retired": record.retired}
    if record.failures:
        found["failures"] = record.failures
    if record.not_before is not None:
        found["not_before"] = format_moment(record.not_before)
    if record.suspended is not None:
        since = format_moment(record.suspended.since)
        found["suspended"] = {"reason": clean(record.suspended.reason), "since": since}
    if record.pending is not None:
        found["start_unresolved"] = {
            "attempt": record.pending.attempt,
            "since": format_moment(record.pending.fenced_at),
            "cause": record.pending.cause.value,
            "reason": record.pending.reason,
        }
    if record.current is not None:
        found["execution"] = _bound(record.current)
    if record.deposed:
        found["old_executions"] = [{"id": old.id, "cause": old.cause.value} for old in record.deposed]
    earlier = _earlier(record)
    if earlier:
        found["earlier_executions"] = earlier
    return found


def _earlier(record: Record) -> list[Json]:
    """Ids that were bound before, as long as state has to remember them."""
    known = {record.current.id if record.current else "", *(old.id for old in record.deposed)}
    return [clean(one) for one, _ in record.spent if one not in known]


def _bound(bound: Bound) -> JsonObject:
    found: JsonObject = {
        "id": clean(bound.id),
        "workflow": bound.workflow,
        "workflow_id": bound.workflow_id,
        "provider": bound.provider,
        "revision": bound.revision,
        "spec": bound.spec,
        "outcome": bound.outcome.value if bound.outcome else None,
        "started_at": clean(bound.started_at) if bound.started_at else None,
        "duration": bound.duration,
        "ended_at": format_moment(bound.ended_at) if bound.ended_at is not None else None,
        "input": _kept(bound.input_json),
        "results": _results(bound),
        "protected": bound.applied.protected,
        "on_remove": bound.applied.on_remove.value,
    }
    if bound.error_code or bound.error_message:
        found["error"] = {"code": clean(bound.error_code or ""), "message": clean(bound.error_message or "")}
    if bound.stopping is not None:
        asked = format_moment(bound.stopping.asked_at)
        found["stopping"] = {
            "mode": bound.stopping.mode.value,
            "cause": bound.stopping.cause.value,
            "asked_at": asked,
        }
    if bound.accepted_because is not None:
        found["accepted_because"] = clean(bound.accepted_because)
    return {key: value for key, value in found.items() if value is not None}


def _results(bound: Bound) -> Json:
    """What state keeps of the result: all of it under the empty path, else the paths that others read."""
    if bound.results is None:
        return None
    return bound.results[""] if "" in bound.results else dict(bound.results)


def _kept(text: str | None) -> Json:
    try:
        return None if text is None else parse(text)
    except NotJson:
        return text


# ── text, from the document ────────────────────────────────────────────────────────────────────────────


def show_text(document: Mapping[str, Json], style: Style = PLAIN, width: int = 80) -> str:
    """The document, indented; absent things are said to be so."""
    lines = [style.bold(clean(str(document.get("address", ""))))]
    for key, missing in (("declared", "not declared"), ("state", "state keeps nothing of it")):
        value = document.get(key)
        lines += ["", f"{key}: {missing}"] if value is None else ["", f"{key}:", *_lines(value, 1)]
    for entry in objects_at(document, "decision"):
        lines += ["", "decision:", *_lines(_decision(object_at(entry, "declarative")), 1)]
        changes = laid_out(object_at(entry, "change"), style, width, verbose=False)
        lines += ["  what changes:", *changes] if changes else []
    return "".join(f"{line}\n" for line in lines)


_ROWS = (
    "could not be read",
    "a start whose outcome is unknown",
    "our stop has not acted yet",
    "an old one beside its replacement",
    "never started",
    "declared again after it was gone",
    "active, as declared",
    "active, declared differently",
    "paused by somebody",
    "finished",
    "failed",
    "stopped by somebody else",
    "stopped by us, for a reason that is over",
    "its input needs results that are not there yet",
    "the engine has forgotten an end that we know",
    "the engine lost it while it was active",
)
"""Of the decision table, from 1."""


def _decision(ours: JsonObject) -> JsonObject:
    """For people: the row in words; the place is told with the declaration."""
    row = ours.get("row")
    told: JsonObject = {key: value for key, value in ours.items() if key != "span"}
    if isinstance(row, int) and 0 < row <= len(_ROWS):
        told["row"] = f"{row} of the decision table: {_ROWS[row - 1]}"
    return told


def _lines(value: Json, depth: int) -> Iterator[str]:
    lead = "  " * depth
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _field(f"{lead}{clean(key)}:", inner, depth)
    elif isinstance(value, list):
        for inner in value:
            yield from _item(lead, inner, depth)
    else:
        yield lead + _scalar(value)


def _item(lead: str, value: Json, depth: int) -> Iterator[str]:
    """A list's item: its first line stands behind the dash."""
    first, *rest = list(_lines(value, depth + 1)) or [lead + "  " + dump(value)]
    yield f"{lead}- {first.lstrip()}"
    yield from rest


def _field(label: str, value: Json, depth: int) -> Iterator[str]:
    if isinstance(value, (dict, list)) and value:
        yield label
        yield from _lines(value, depth + 1)
    elif not isinstance(value, (dict, list)):
        yield f"{label} {_scalar(value)}"


def _scalar(value: Json) -> str:
    if isinstance(value, str) and (value in (MASK, KNOWN_AFTER) or _reads_plainly(value)):
        return value
    return dump(value)


def _reads_plainly(text: str) -> bool:
    return bool(text) and "\n" not in text and text == clean(text).strip()
