"""Parts of the file with the values of their expressions, checked once more now that these are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic_core import ErrorDetails, SchemaValidator, ValidationError

from declarative.config import kinds, problems, schema
from declarative.config.entries import Entry
from declarative.config.parts import Part
from declarative.config.scope import Scope
from declarative.diagnostics import Diagnostic
from declarative.model.json import Json

Values = Mapping[str, Json]


def entry_values(entry: Entry, parts: Iterable[Part], scope: Scope) -> tuple[Values, list[Diagnostic]]:
    """The entry's constants, and what these parts of it come to in this scope; labels join."""
    values, wrong = dict(entry.constants), []
    moved: dict[str, Part] = {}
    for part in parts:
        value, found = _value(part, scope)
        wrong += found
        before = values.get(part.where)
        if part.where in moved and isinstance(before, dict) and isinstance(value, dict):
            value = {**before, **value}
        values[part.where] = value
        moved[part.where] = part
    if not wrong and moved:
        wrong = _misshapen(values, moved)
    return values, wrong


def section_values(
    section: str, parts: Mapping[str, Part], scope: Scope
) -> tuple[dict[str, Json], list[Diagnostic]]:
    """What stands under `providers`, `workflows`, ... by name."""
    values: dict[str, Json] = {}
    wrong: list[Diagnostic] = []
    for name, part in parts.items():
        values[name], found = part.evaluate(scope)
        wrong += found
    if not wrong and any(part.template for part in parts.values()):
        wrong = _misshapen_section(section, values, parts)
    return values, wrong


def _value(part: Part, scope: Scope) -> tuple[Json, list[Diagnostic]]:
    if part.where == "description" and part.reads("executions"):
        # People read it long before there is a result: its own text has to do.
        return part.placed.value, []
    return part.evaluate(scope, may_be_sensitive=part.where == "enabled")


def _misshapen(values: Values, moved: Mapping[str, Part]) -> list[Diagnostic]:
    made = {key: values[key] for key in moved}
    return [
        _problem(detail, schema.EVALUATED, moved[key], 1)
        for key, detail in _details(schema.evaluated(), made, 0)
    ]


def _misshapen_section(section: str, values: Values, parts: Mapping[str, Part]) -> list[Diagnostic]:
    return [
        _problem(detail, schema.CONFIGURATION, parts[name], 2)
        for name, detail in _details(schema.configuration(), {section: dict(values)}, 1)
    ]


def _details(validator: SchemaValidator, value: Values, step: int) -> Iterable[tuple[str, ErrorDetails]]:
    """Each error with the step of its path that tells which part it is about."""
    try:
        validator.validate_python(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield str(problems.plain(detail["loc"])[step]), detail


def _problem(detail: ErrorDetails, kind: kinds.Kind, part: Part, depth: int) -> Diagnostic:
    code, summary, hint = problems.in_words(detail, kind)
    inner = problems.plain(detail["loc"])[depth:]
    if part.template is None:
        return Diagnostic(code, summary, hint=hint, span=part.placed.span(*inner))
    hint = "Make it text: ${... | string}." if detail["type"] == "string_type" else ""
    return Diagnostic(code, summary, "An expression made this value.", hint, span=part.placed.span(*inner))


def addressed(found: Iterable[Diagnostic], address: str) -> list[Diagnostic]:
    return [replace(problem, address=problem.address or address) for problem in found]
