"""The JSON Schema of a configuration file, made of the schema that files are checked with."""

from __future__ import annotations

from typing import Any

from declarative.config import schema

DIALECT = "http://json-schema.org/draft-07/schema#"
EXPRESSION = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "An expression, single-quoted: '${...}'.",
}
_ANY_TEXT: tuple[dict[str, Any], ...] = ({}, {"type": "string"}, {"type": "string", "minLength": 1})


def config_schema() -> dict[str, Any]:
    """Draft 7, which the YAML support of every editor understands."""
    definitions: dict[str, Any] = {}
    root = _mapping(schema.CONFIGURATION, definitions, None)
    return {
        "$schema": DIALECT,
        "title": "declarative.yaml",
        **root,
        "patternProperties": {"^x-": True},
        "definitions": {**dict(sorted(definitions.items())), "Expression": EXPRESSION},
    }


def _json(kind: Any, definitions: dict[str, Any], opens: int | None) -> dict[str, Any]:
    """What a value may be. `opens`: how many levels further down expressions may stand, None: nowhere."""
    inner = _closed(kind, definitions, opens)
    if opens is None or opens > 0 or inner in _ANY_TEXT:
        return inner
    return {"anyOf": [*inner.get("anyOf", [inner]), {"$ref": "#/definitions/Expression"}]}


def _closed(kind: Any, definitions: dict[str, Any], opens: int | None) -> dict[str, Any]:
    """As if no expression could stand in its place. What has a title is defined once and referred to."""
    title = kind.get("metadata", {}).get("title")
    if not title:
        return _inline(kind, definitions, opens)
    if title not in definitions:
        definitions[title] = _inline(kind, definitions, opens)
    return {"$ref": f"#/definitions/{title}"}


def _inline(kind: Any, definitions: dict[str, Any], opens: int | None) -> dict[str, Any]:
    shown = kind.get("metadata", {}).get("json", {})
    match kind["type"]:
        case "typed-dict":
            return _mapping(kind, definitions, opens)
        case "function-after" | "function-before":
            return {**_closed(kind["schema"], definitions, opens), **shown}
        case "nullable":
            return {"anyOf": [_closed(kind["schema"], definitions, opens), {"type": "null"}]}
        case "tagged-union":
            return {"anyOf": [_closed(member, definitions, opens) for member in kind["choices"].values()]}
        case "dict":
            values = _json(kind["values_schema"], definitions, _below(opens))
            return {
                "type": "object",
                "propertyNames": _name(kind["keys_schema"]),
                "additionalProperties": values,
            }
        case "list" | "frozenset":
            return {"type": "array", "items": _json(kind["items_schema"], definitions, _below(opens))}
        case _:
            return {**_plain(kind), **shown}


def _below(opens: int | None) -> int | None:
    return None if opens is None else opens - 1


def _plain(kind: Any) -> dict[str, Any]:
    match kind["type"]:
        case "str":
            return _present(type="string", pattern=kind.get("pattern"), minLength=kind.get("min_length"))
        case "int":
            return _present(type="integer", minimum=kind.get("ge"), maximum=kind.get("le"))
        case "bool":
            return {"type": "boolean"}
        case "enum":
            return {"enum": [member.value for member in kind["members"]]}
        case "literal":
            return {"enum": list(kind["expected"])}
        case "any":
            return {}
        case other:
            raise NotImplementedError(other)


def _present(**keywords: Any) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if value is not None}


def _name(kind: Any) -> dict[str, Any]:
    """Property names are strings anyway."""
    return {name: value for name, value in _plain(kind).items() if name != "type"}


def _mapping(kind: Any, definitions: dict[str, Any], opens: int | None) -> dict[str, Any]:
    properties = {name: _property(name, field, definitions, opens) for name, field in kind["fields"].items()}
    required = [name for name, field in kind["fields"].items() if field["required"]]
    closed = {"additionalProperties": False} if kind["extra_behavior"] == "forbid" else {}
    needs = {"required": required} if required else {}
    return {"type": "object", **kind["metadata"]["json"], "properties": properties, **closed, **needs}


def _property(name: str, field: Any, definitions: dict[str, Any], opens: int | None) -> dict[str, Any]:
    inside = schema.EXPRESSIONS_FROM.get(name) if opens is None else _below(opens)
    value = _json(field["schema"], definitions, None if name in schema.WRITTEN_OUT else inside)
    shown = field["metadata"]["json"]
    if "$ref" in value and shown:
        return {"allOf": [value], **shown}
    return {**value, **shown}
