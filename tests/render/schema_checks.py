"""Documents held against schemas, and schemas made stricter than they are published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import jsonschema  # type: ignore[import-untyped]

from declarative.model.json import Json
from declarative.render.dump import JsonObject, dump


def fits(schema: Mapping[str, Json], document: Json) -> bool:
    """Whether the document, as it is written, is what the schema says."""
    return next(complaints(schema, document), None) is None


def complaints(schema: Mapping[str, Json], document: Json) -> Iterator[object]:
    yield from jsonschema.Draft202012Validator(schema).iter_errors(json.loads(dump(document)))


def is_schema(schema: Mapping[str, Json]) -> bool:
    jsonschema.Draft202012Validator.check_schema(schema)
    return True


def closed(schema: JsonObject) -> JsonObject:
    """No object may hold a key that the schema does not name."""
    found = _closed(schema)
    assert isinstance(found, dict)
    return found


def _closed(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(item) for key, item in schema.items()}
    if schema.get("type") == "object" and "properties" in schema and "oneOf" not in schema:
        found["additionalProperties"] = False
    return found
