"""Whether a file has the shape that it should have, before anything in it is evaluated."""

from __future__ import annotations

from typing import Any

from pydantic_core import ValidationError

from declarative.config import problems, schema
from declarative.diagnostics import Diagnostic
from declarative.model.json import Json
from declarative.source import Document

_LEFT_OUT = object()
_FREE = frozenset({"input", "for_each"})
"""Any value may stand there: large ones need not be searched."""


def check(document: Document) -> list[Diagnostic]:
    """Everything wrong in one file; expressions are not looked into."""
    value = document.value
    if value is None:
        return []
    if not isinstance(value, dict):
        summary = "A configuration is a mapping of keys such as executions"
        return [Diagnostic("wrong_type", summary, span=document.span())]
    try:
        schema.configuration().validate_python(_checkable(value, may_hold_expressions(document)))
    except ValidationError as error:
        return problems.diagnostics(error, schema.CONFIGURATION, document)
    return []


def may_hold_expressions(document: Document) -> bool:
    """A cheap look that spares most large files the search: an escape could spell `${` differently."""
    return "${" in document.text or "\\" in document.text


def _checkable(value: dict[str, Json], with_expressions: bool) -> dict[str, Any]:
    own = {key: item for key, item in value.items() if not key.startswith("x-")}
    if not with_expressions:
        return own
    return {key: _section(key, item) for key, item in own.items()}


def _section(key: str, value: Json) -> Any:
    if key == "environments" and isinstance(value, dict):
        return {name: _environment(item) for name, item in value.items()}
    return _without(value, schema.EXPRESSIONS_FROM.get(key))


def _environment(value: Json) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without(item, schema.EXPRESSIONS_FROM.get(key)) for key, item in value.items()}


def _without(value: Json, opens: int | None) -> Any:
    """A copy without the expressions that may stand there: they are checked once they have a value.

    A list with one of them is left out as a whole, for its other items must keep their places.
    """
    if opens is None or (not isinstance(value, (dict, list)) and opens > 0):
        return value
    if isinstance(value, str):
        return _LEFT_OUT if "${" in value else value
    if isinstance(value, list):
        items = [_without(item, opens - 1) for item in value]
        return _LEFT_OUT if any(item is _LEFT_OUT for item in items) else items
    if isinstance(value, dict):
        return _mapping(value, opens - 1)
    return value


def _mapping(value: dict[str, Json], opens: int) -> dict[str, Any]:
    kept = {}
    for key, item in value.items():
        found = _without(item, None if key in schema.WRITTEN_OUT or key in _FREE else opens)
        if found is not _LEFT_OUT:
            kept[key] = found
    return kept
