"""The JSON Schema of the state document, derived from the same annotations as its codec."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from declarative.model.json import Json
from declarative.model.record import Pending, Record, Watermark
from declarative.model.state import State
from declarative.state.codec import VERSION

_TEXT: dict[str, Json] = {"type": "string"}
_SCALARS: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def state_schema() -> dict[str, Json]:
    """Closed: a field that is not named here is refused, not kept. What has its default may be left out."""
    named: dict[str, Json] = {}
    head, required = _properties(State, named)
    own: dict[str, Json] = {
        "version": {"const": VERSION},
        "serial": {"type": "integer"},
        "written_by": _TEXT,
        "watermarks": {"type": "object", "additionalProperties": _reference(Watermark, named)},
    }
    rows: dict[str, Json] = {"type": "array", "items": _row(named)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The state of declarative: what it remembers between two runs",
        **_closed({**own, **head, "records": rows}, ["version", "serial", "records", *required]),
        "$defs": named,
    }


def _row(named: dict[str, Json]) -> dict[str, Json]:
    """A record beside the address it is of."""
    properties, required = _properties(Record, named)
    return _closed({"name": _TEXT, "key": _TEXT, **properties}, ["name", *required])


def _properties(kind: type, named: dict[str, Json]) -> tuple[dict[str, Json], list[Json]]:
    hints = get_type_hints(kind, localns={"Json": Any})
    fields = [field for field in dataclasses.fields(kind) if field.name not in ("records", "serial")]
    required: list[Json] = [field.name for field in fields if not _has_default(field)]
    found: dict[str, Json] = {field.name: _of(hints[field.name], named) for field in fields}
    if kind is Pending:
        # By its name in `watermarks`: the intents of a wave share it.
        found["watermark"] = {"anyOf": [_TEXT, _reference(Watermark, named), {"type": "null"}]}
    return found, required


def _of(hint: Any, named: dict[str, Json]) -> dict[str, Json]:
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if dataclasses.is_dataclass(hint):
        return _reference(hint, named)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (kind,) = (part for part in parts if part is not type(None))
        return {"anyOf": [_of(kind, named), {"type": "null"}]}
    if origin is tuple:
        return _tuple(parts, named)
    if origin is not None:
        return {"type": "object", "additionalProperties": _of(parts[1], named)}
    return {}


def _tuple(parts: tuple[Any, ...], named: dict[str, Json]) -> dict[str, Json]:
    if len(parts) == 2 and parts[1] is ...:
        return {"type": "array", "items": _of(parts[0], named)}
    items: list[Json] = [_of(part, named) for part in parts]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _reference(kind: Any, named: dict[str, Json]) -> dict[str, Json]:
    name = kind.__name__
    if name not in named:
        named[name] = None
        properties, required = _properties(kind, named)
        named[name] = _closed(properties, required)
    return {"$ref": f"#/$defs/{name}"}


def _closed(properties: dict[str, Json], required: list[Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing
