"""Finds `${...}` in a text. Knows where an expression ends, not what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from declarative.config.bounds import TEXT_MAX_BYTES
from declarative.model.json import Json

_TOKEN = re.compile(r"""[^'"{}]+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}'"]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """One expression. `ordinal` counts every `${` of the text before it, escaped ones too, from 0."""

    text: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the text cannot be split. `ordinal` as in Found."""

    summary: str
    hint: str
    ordinal: int


Parts = tuple["str | Found", ...]


def split(text: str) -> Parts | Unreadable:
    """Literal texts and expressions, in order; `$${` is the literal `${`."""
    parts: list[str | Found] = []
    literal = ""
    at = ordinal = 0
    while (dollar := text.find("${", at)) >= 0:
        escaped = dollar > at and text[dollar - 1] == "$"
        literal += text[at : dollar - 1 if escaped else dollar]
        at = dollar + 2
        if escaped:
            literal += "${"
        else:
            end = _end(text, at)
            if problem := _unreadable(text, at, end, ordinal):
                return problem
            parts += [literal, Found(text[at:end], ordinal)] if literal else [Found(text[at:end], ordinal)]
            literal, at = "", end + 1
            ordinal += text.count("${", dollar + 2, end)
        ordinal += 1
    literal += text[at:]
    return tuple([*parts, literal] if literal else parts)


def holds(value: Json) -> bool:
    """Whether `${` stands anywhere in the strings or keys of the value."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, list):
        return any(map(holds, value))
    return isinstance(value, dict) and (any(map(holds, value.values())) or any(map(holds, value)))


def has_expression(value: Json) -> bool:
    """Whether a string of the value holds an expression, readable or not; `$${` is none."""
    if isinstance(value, str):
        parts = split(value) if "${" in value else ()
        return isinstance(parts, Unreadable) or any(isinstance(part, Found) for part in parts)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(has_expression, items))


def literal(value: Json) -> Json:
    """The value with each `$${` read as `${`."""
    if not holds(value):
        return value
    if isinstance(value, str):
        return value.replace("$${", "${")
    if isinstance(value, list):
        return [literal(item) for item in value]
    return {key: literal(item) for key, item in value.items()} if isinstance(value, dict) else value


def _end(text: str, at: int) -> int:
    """The index of the closing brace; -1 without one. Braces in quotes and in pairs do not count."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token.group() == "{":
            depth += 1
        elif token.group() == "}":
            depth -= 1
            if depth < 0:
                return token.start()
        elif token.group() in ("'", '"'):
            return -1
    return -1


def _unreadable(text: str, at: int, end: int, ordinal: int) -> Unreadable | None:
    if end < 0:
        return Unreadable(
            "The expression is not closed", "End it with }, or write $${ for a plain ${.", ordinal
        )
    if not text[at:end].strip():
        return Unreadable("The expression is empty", "Write $${ for a plain ${.", ordinal)
    if len(text[at:end].encode(errors="replace")) > TEXT_MAX_BYTES:
        return Unreadable("The expression is longer than 4 KiB", "Use variables or for_each.", ordinal)
    return None
