"""The pieces that JSON Schemas of this tool are made of.

New keys may appear in any version, so that nothing is closed; what a schema names keeps its name and meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from declarative.model.json import Json
from declarative.render.dump import JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "number"}
INTEGER: JsonObject = {"type": "integer"}
FLAG: JsonObject = {"type": "boolean"}
ANY: JsonObject = {}
MOMENT: JsonObject = {"type": "string", "format": "date-time"}
MARKS: JsonObject = {
    "type": ["boolean", "object", "array"],
    "description": "true at every path concerned, nested as the value is",
}
ERROR: JsonObject = {"$ref": "#/$defs/error"}


def shared() -> JsonObject:
    return {
        "error": says("the engine's own words", object_of({"code": TEXT, "message": TEXT})),
        "diagnostic": _diagnostic(),
        "range": object_of({"filename": TEXT, "start": _point(), "end": _point()}),
        "snippet": _snippet(),
    }


def _diagnostic() -> JsonObject:
    place: JsonObject = {"range": {"$ref": "#/$defs/range"}, "snippet": {"$ref": "#/$defs/snippet"}}
    return object_of(
        {
            "severity": {"enum": ["error", "warning"]},
            "code": says("stable, for machines", TEXT),
            "summary": TEXT,
            "detail": TEXT,
        },
        optional={
            "hint": TEXT,
            "address": TEXT,
            **place,
            "notes": list_of(object_of({"text": TEXT}, optional=place)),
        },
    )


def _point() -> JsonObject:
    return object_of({"line": INTEGER, "column": INTEGER, "byte": INTEGER})


def _snippet() -> JsonObject:
    return object_of(
        {
            "context": {"type": "null"},
            "code": TEXT,
            "start_line": INTEGER,
            "highlight_start_offset": INTEGER,
            "highlight_end_offset": INTEGER,
            "values": list_of(ANY),
        }
    )


def object_of(properties: Mapping[str, Json], optional: Mapping[str, Json] | None = None) -> JsonObject:
    required: list[Json] = list(properties)
    return {"type": "object", "required": required, "properties": {**properties, **(optional or {})}}


def list_of(items: Json) -> JsonObject:
    return {"type": "array", "items": items}


def map_of(values: Json) -> JsonObject:
    return {"type": "object", "additionalProperties": values}


def says(description: str, schema: JsonObject) -> JsonObject:
    return {**schema, "description": description}


def words_of(kind: type[StrEnum]) -> JsonObject:
    return {"enum": [member.value for member in kind]}


def distinct(lists: Iterable[list[Json]]) -> list[list[Json]]:
    found: list[list[Json]] = []
    for item in lists:
        if item not in found:
            found.append(item)
    return found
