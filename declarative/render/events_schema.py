"""The JSON Schema of one line of the stream; `schemas/events.schema.json` is written from it."""

from __future__ import annotations

from declarative.model.change import Action, Code, Gate
from declarative.model.execution import Status
from declarative.model.record import Outcome, StopMode
from declarative.render.dump import JsonObject
from declarative.render.entry import ACTIONS
from declarative.render.schema_parts import (
    ANY,
    DIALECT,
    ERROR,
    FLAG,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    distinct,
    map_of,
    object_of,
    shared,
    words_of,
)
from declarative.render.stream import TYPES
from declarative.render.summary import COUNTS


def events_schema() -> JsonObject:
    """Of one line of the stream of `--json`."""
    return {
        "$schema": DIALECT,
        "title": "One line of declarative's stream of events",
        **object_of(
            {
                "@level": {"enum": ["info", "warn", "error"]},
                "@message": TEXT,
                "@module": {"const": "declarative.ui"},
                "@timestamp": MOMENT,
                "type": {"enum": list(TYPES)},
            }
        ),
        "oneOf": [_line(type_, payload) for type_, payload in _payloads().items()],
        "$defs": {"resource": _stream_resource(), "hook": _hook(), **shared()},
    }


def _payloads() -> dict[str, JsonObject]:
    hook: JsonObject = {"hook": {"$ref": "#/$defs/hook"}}
    trouble: JsonObject = {**hook, "diagnostic": {"$ref": "#/$defs/diagnostic"}}
    return {
        "version": object_of({"declarative": TEXT, "ui": TEXT}),
        "lock_taken": object_of({"backend": TEXT}, optional={"taken_from": TEXT}),
        "start_recovered": object_of({**hook, "finding": TEXT, "detail": TEXT}),
        "planned_change": object_of({"change": _planned()}),
        "change_summary": object_of({"changes": _changes()}),
        "wave_begins": object_of(dict.fromkeys(("starts", "stops", "serial"), INTEGER)),
        "execution_started": object_of({**hook, "again": FLAG}),
        "start_refused": object_of({**trouble, "held": FLAG}),
        "start_unknown": object_of(trouble),
        "stop_asked": object_of({**hook, "mode": words_of(StopMode)}),
        "stop_refused": object_of(trouble),
        "stop_pending": object_of(hook),
        "status_moved": object_of({**hook, "status": words_of(Status)}),
        "execution_ended": object_of({**hook, "outcome": words_of(Outcome)}, optional={"error": ERROR}),
        "noted": object_of({**hook, "action": words_of(Action), "code": words_of(Code)}),
        "waiting": object_of(
            {**dict.fromkeys(("active", "deferred", "held"), INTEGER), "elapsed_seconds": NUMBER}
        ),
        "diagnostic": object_of({"diagnostic": {"$ref": "#/$defs/diagnostic"}}),
        "outputs": object_of(
            {"outputs": map_of(object_of({"sensitive": FLAG, "known": FLAG, "value": ANY}))}
        ),
    }


def _line(type_: str, payload: JsonObject) -> JsonObject:
    properties = payload["properties"]
    assert isinstance(properties, dict)
    return payload | {"title": type_, "properties": {"type": {"const": type_}, **properties}}


def _output() -> JsonObject:
    return object_of({"sensitive": FLAG, "known": FLAG, "value": ANY})


def _planned() -> JsonObject:
    return object_of(
        {
            "resource": {"$ref": "#/$defs/resource"},
            "action": words_of(Action),
            "actions": {"enum": [list(found) for found in distinct(ACTIONS.values())]},
            "code": words_of(Code),
            "gate": words_of(Gate),
            "gate_code": {"enum": [None, *(code.value for code in Code)]},
            "reason": TEXT,
        }
    )


def _changes() -> JsonObject:
    """A plan's counts, or what an apply came to."""
    plan = dict.fromkeys(COUNTS, INTEGER)
    done = dict.fromkeys(
        ("import", "forget", "finished", "failed", "refused", "unknown", "stopping"), INTEGER
    )
    required = {**dict.fromkeys(("add", "change", "remove"), INTEGER), "operation": _operation()}
    return object_of(required, optional={**plan, **done})


def _operation() -> JsonObject:
    return {"enum": ["plan", "apply", "destroy"]}


def _stream_resource() -> JsonObject:
    return object_of(
        {
            "addr": TEXT,
            "resource_type": {"const": "execution"},
            "resource_name": TEXT,
            "resource_key": {"type": ["string", "null"]},
        }
    )


def _hook() -> JsonObject:
    return object_of(
        {"resource": {"$ref": "#/$defs/resource"}},
        optional={"id_key": {"const": "id"}, "id_value": TEXT, "elapsed_seconds": NUMBER},
    )
