"""The JSON Schema of the plan document; `schemas/plan.schema.json` is written from it."""

from __future__ import annotations

from declarative.model.change import Action, Code, Gate
from declarative.model.json import Json
from declarative.model.record import Cause, StopMode
from declarative.render.document import REASONS
from declarative.render.drift import DriftKind
from declarative.render.dump import JsonObject
from declarative.render.entry import ACTIONS
from declarative.render.schema_parts import (
    ANY,
    DIALECT,
    ERROR,
    FLAG,
    INTEGER,
    MARKS,
    MOMENT,
    NUMBER,
    TEXT,
    distinct,
    list_of,
    map_of,
    object_of,
    says,
    shared,
    words_of,
)
from declarative.render.summary import COUNTS


def plan_schema() -> JsonObject:
    """Of `plan --out FILE`, `plan --json` and `show --json PLANFILE`."""
    return {
        "$schema": DIALECT,
        "title": "A plan of declarative, in the shape of Terraform's plan JSON",
        **object_of(
            {
                "format_version": says("of Terraform's plan JSON", TEXT),
                "declarative_version": TEXT,
                "declarative_format": says(
                    "of what is not Terraform's; a reader refuses a higher one", INTEGER
                ),
                "name": TEXT,
                "environment": TEXT,
                "lineage": TEXT,
                "serial": INTEGER,
                "timestamp": MOMENT,
                "today": says("the day that `today` meant", TEXT),
                "acted": says("digest of the instances that last acted", TEXT),
                "destroy": FLAG,
                "applyable": says("something is ready to be done", FLAG),
                "complete": says("everything could be read", FLAG),
                "errored": FLAG,
                "calls": says("calls made to engines", INTEGER),
                "left_out": says("instances that the selection left out", INTEGER),
                "summary": object_of(dict.fromkeys(COUNTS, INTEGER)),
                "variables": map_of(object_of({"value": ANY})),
                "options": map_of(ANY),
                "resource_drift": list_of({"$ref": "#/$defs/drift"}),
                "resource_changes": list_of({"$ref": "#/$defs/resource_change"}),
                "deferred_changes": list_of({"$ref": "#/$defs/deferred_change"}),
                "output_changes": map_of(_output_change()),
                "diagnostics": list_of({"$ref": "#/$defs/diagnostic"}),
                "checksum": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
            }
        ),
        "$defs": {
            "resource_change": _resource_change(),
            "deferred_change": object_of(
                {
                    "reason": {"enum": _reasons()},
                    "resource_change": {"$ref": "#/$defs/resource_change"},
                }
            ),
            "declarative": _declarative(),
            "drift": _drift(),
            **shared(),
        },
    }


def _resource_change() -> JsonObject:
    return object_of(
        {
            "address": TEXT,
            **_identity(),
            "change": object_of(
                {
                    "actions": {"enum": [list(found) for found in distinct(ACTIONS.values())]},
                    "before": {"type": ["object", "null"]},
                    "after": {"type": ["object", "null"]},
                    "after_unknown": MARKS,
                    "before_sensitive": MARKS,
                    "after_sensitive": MARKS,
                },
                optional={"importing": object_of({"id": TEXT})},
            ),
            "declarative": {"$ref": "#/$defs/declarative"},
        },
        optional={"previous_address": TEXT, "index": TEXT, "action_reason": TEXT},
    )


def _identity() -> JsonObject:
    return {
        "mode": {"const": "managed"},
        "type": {"const": "execution"},
        "name": TEXT,
        "provider_name": TEXT,
    }


def _declarative() -> JsonObject:
    return object_of(
        {
            "action": words_of(Action),
            "code": says("why", words_of(Code)),
            "reason": says("why, in words", TEXT),
            "row": says("of the decision table", INTEGER),
            "gate": words_of(Gate),
            "generation": INTEGER,
        },
        optional={
            "gate_code": words_of(Code),
            "gate_reason": TEXT,
            "by": says("addresses waited for, or to blame", list_of(TEXT)),
            "spec": says("digest of the declaration", TEXT),
            "template": says("binds a declaration whose input is not known yet", TEXT),
            "execution_id": TEXT,
            "workflow": TEXT,
            "workflow_id": TEXT,
            "stop": _stop(),
            "seen": object_of(
                {}, optional={"status": TEXT, "started_at": TEXT, "duration": NUMBER, "error": ERROR}
            ),
            "note": TEXT,
            "may_rerun": FLAG,
            "span": object_of({"file": TEXT, "line": INTEGER, "column": INTEGER}),
        },
    )


def _stop() -> JsonObject:
    return object_of(
        {"mode": words_of(StopMode), "cause": words_of(Cause), "deposed": FLAG},
        optional={"grace": says("seconds until it is terminated", NUMBER)},
    )


def _drift() -> JsonObject:
    return object_of(
        {
            "address": TEXT,
            **_identity(),
            "change": {"type": "object"},
            "declarative": object_of(
                {"kind": words_of(DriftKind), "execution_id": TEXT}, optional={"error": ERROR}
            ),
        },
        optional={"index": TEXT},
    )


def _output_change() -> JsonObject:
    return object_of(
        {
            "actions": {"enum": [["no-op"], ["create"]]},
            "before": ANY,
            "after": ANY,
            "after_unknown": FLAG,
            "before_sensitive": MARKS,
            "after_sensitive": MARKS,
        }
    )


def _reasons() -> list[Json]:
    return sorted(f"{gate.value}:{code.value}" for gate, codes in REASONS.items() for code in codes)  # type: ignore[return-value]
