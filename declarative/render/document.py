"""A plan -> one versioned, masked document, in the shape of Terraform's plan JSON.

Changes that are ready (or nothing) stand in `resource_changes`; those that wait stand in `deferred_changes`,
each with its reason. `declarative` in each entry holds what Terraform has no word for. The saved plan is this
document.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.change import Change, Code, Gate
from declarative.model.json import Json, canonical
from declarative.model.moment import format_moment
from declarative.model.plan import Plan
from declarative.render.diagnostics import diagnostic_documents
from declarative.render.drift import DriftItem, drift_entry
from declarative.render.dump import JsonObject
from declarative.render.entry import change_entry
from declarative.render.outputs import PlannedOutputs, output_changes
from declarative.render.reading import object_at
from declarative.render.redaction import redact_at
from declarative.render.summary import summarize

FORMAT_VERSION = "1.2"
"""Of Terraform's plan JSON, whose shape this is."""
OUR_VERSION = 1
"""Of what is ours in it; a reader refuses a higher one."""

DEFERRED = frozenset(
    {
        Code.UPSTREAM,
        Code.UNKNOWN_INPUT,
        Code.STOP_FIRST,
        Code.STOPPING,
        Code.DEPENDENTS_FIRST,
        Code.NEW_ONE_FIRST,
        Code.START_UNRESOLVED,
        Code.UPSTREAM_BLOCKED,
    }
)
HELD = frozenset({Code.MAX_ACTIVE, Code.GROUP_LIMIT, Code.PROVIDER_LIMIT, Code.QUOTA, Code.BACKOFF})
BLOCKED = frozenset(
    {
        Code.FAILED,
        Code.STOPPED,
        Code.LOST,
        Code.PAUSED,
        Code.FORBIDDEN,
        Code.PROTECTED,
        Code.DUPLICATE,
        Code.AMBIGUOUS_START,
        Code.START_UNKNOWN,
        Code.PROVIDER_SUSPECT,
        Code.RESULT_UNAVAILABLE,
        Code.EMPTY_REFERENCE,
        Code.UPSTREAM_BLOCKED,
        Code.ADOPT_REFUSED,
        Code.UNREADABLE,
        Code.REPLACEMENT_FAILED,
    }
)
REASONS = {Gate.DEFERRED: DEFERRED, Gate.HELD: HELD, Gate.BLOCKED: BLOCKED}
"""The closed list behind `deferred_changes[].reason`, which reads `blocked:failed`."""

_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_NOT_NORMAL = re.compile(r"\.0[,\]}]|e\+")
"""How Python prints floats that are whole numbers; found in a string by chance, it only costs time."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan does not know of itself and its document has to tell.

    `version`: of this tool. `variables`: the ones that are not sensitive. `options`: what selected the plan
    (targets, replacements, ...), so that apply can decide again in the same way. `sources`: file -> text.
    """

    version: str
    variables: Mapping[str, Json] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)
    outputs: PlannedOutputs = field(default_factory=dict)
    drift: tuple[DriftItem, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def plan_document(
    plan: Plan, surroundings: Surroundings, secrets: frozenset[str] = frozenset()
) -> JsonObject:
    """The whole document, redacted and sealed with its checksum."""
    document = _head(plan, surroundings)
    document["variables"] = {name: {"value": value} for name, value in surroundings.variables.items()}
    document["options"] = dict(surroundings.options)
    document["resource_drift"] = [_redacted(drift_entry(item), secrets) for item in surroundings.drift]
    document["resource_changes"] = _ready(plan.changes, secrets)
    document["deferred_changes"] = _waiting(plan.changes, secrets)
    document["output_changes"] = output_changes(surroundings.outputs)
    problems = (*plan.warnings, *surroundings.diagnostics)
    document["diagnostics"] = list(diagnostic_documents(problems, surroundings.sources))
    redact_at(document, ("variables", "options", "output_changes", "diagnostics"), secrets)
    document["checksum"] = checksum(document)
    return document


def _redacted(entry: JsonObject, secrets: frozenset[str]) -> JsonObject:
    """Values and words; never what binds or what machines compare."""
    redact_at(object_at(entry, "change"), ("before", "after"), secrets)
    redact_at(object_at(entry, "declarative"), ("reason", "gate_reason", "note", "seen", "error"), secrets)
    return entry


def checksum(document: Mapping[str, Json]) -> str:
    """Over the canonical text, so that a file laid out anew is still the same plan. Finds accidents only.

    A lone surrogate, which only a strange file can hold, counts as itself: what is read must not raise here.
    """
    content: Json = {key: value for key, value in document.items() if key != "checksum"}
    return "sha256:" + hashlib.sha256(_canonical(content).encode(errors="surrogatepass")).hexdigest()


def _canonical(content: Json) -> str:
    """The same text as `canonical`, three times as fast where no number needs its normal form."""
    try:
        text = _sorted.encode(content)
    except TypeError:
        return canonical(content)
    return canonical(content) if _NOT_NORMAL.search(text) else text


def _head(plan: Plan, surroundings: Surroundings) -> JsonObject:
    return {
        "format_version": FORMAT_VERSION,
        "declarative_version": surroundings.version,
        "declarative_format": OUR_VERSION,
        "name": plan.name,
        "environment": plan.environment,
        "lineage": plan.lineage,
        "serial": plan.serial,
        "timestamp": format_moment(plan.made_at),
        "today": plan.today,
        "acted": plan.acted,
        "destroy": plan.destroy,
        "applyable": plan.is_applyable,
        "complete": plan.complete,
        "errored": errors_in(surroundings.diagnostics),
        "calls": plan.calls,
        "left_out": plan.left_out,
        "summary": dict(summarize(plan.changes)),
    }


def _ready(changes: Iterable[Change], secrets: frozenset[str]) -> list[Json]:
    return [_redacted(change_entry(change), secrets) for change in changes if change.gate is Gate.READY]


def _waiting(changes: Iterable[Change], secrets: frozenset[str]) -> list[Json]:
    return [
        {"reason": reason_of(change), "resource_change": _redacted(change_entry(change), secrets)}
        for change in changes
        if change.gate is not Gate.READY
    ]


def reason_of(change: Change) -> str:
    return f"{change.gate.value}:{(change.gate_code or change.code).value}"
