"""What the validator found wrong, in words a person can act on, at the place in the file where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails, ValidationError

from declarative.config import kinds
from declarative.diagnostics import Diagnostic, did_you_mean
from declarative.model.json import Json
from declarative.source import Document

Path = tuple[str | int, ...]

SHOWN_MAX = 60
_TYPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a mapping",
    "list_type": "a list",
    "frozen_set_type": "a list",
}
_LIMITS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}
_NAMES = {
    kinds.NAME_PATTERN: ("a name", "Letters, digits, _ and - make a name; the first is a letter or _."),
    kinds.CONFIGURATION_NAME_PATTERN: ("a name", "Letters, digits, ., _ and - make it; at most 128."),
    kinds.OLD_NAME_PATTERN: ("an address", 'Write the old name, or load["eu"] for one instance.'),
}
_OF_ENTRIES = ("workflow", "input", "for_each", "adopt", "moved_from")
_YES_NO = {"yes": "true", "on": "true", "True": "true", "no": "false", "off": "false", "False": "false"}


def diagnostics(error: ValidationError, kind: kinds.Kind, document: Document) -> list[Diagnostic]:
    """One for each thing that is wrong; `kind` is the schema that the whole document was checked with."""
    details = error.errors(include_url=False)
    return [_diagnostic(detail, kind, document) for detail in details if not _left_out(detail, document)]


def _diagnostic(detail: ErrorDetails, kind: kinds.Kind, document: Document) -> Diagnostic:
    path = plain(detail["loc"])
    code, summary, hint = in_words(detail, kind)
    is_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    place = path[:-1] if detail["type"] == "missing" else path
    span = document.span(place, key=is_key or detail["type"] == "missing")
    return Diagnostic(code, summary, hint=hint, address=address_of(path), span=span)


def in_words(detail: ErrorDetails, kind: kinds.Kind) -> tuple[str, str, str]:
    """(code, summary, hint)"""
    path, value, context = plain(detail["loc"]), detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "missing_key", f'The key "{path[-1]}" is missing{_inside(path)}', ""
        case "extra_forbidden":
            return "unknown_key", f'Unknown key "{path[-1]}"{_inside(path)}', _known(detail["loc"], kind)
        case "string_pattern_mismatch":
            return _not_a_name(path, value, context["pattern"])
        case _ if isinstance(value, str) and "${" in value:
            return (
                "expression_not_allowed",
                f"{named(path)} cannot hold an expression",
                "Write the value itself.",
            )
        case "enum" | "literal_error":
            words = re.findall("'([^']*)'", context["expected"])
            return "wrong_value", _must(path, _either(words), value), _nearest(value, words)
        case limit if limit in _LIMITS:
            word, key = _LIMITS[limit]
            return "wrong_value", _must(path, f"{word} {context[key]}", value), ""
        case "string_too_short":
            return "wrong_value", f"{named(path)} must not be empty", ""
        case form if form in _TYPES:
            return "wrong_type", _must(path, _TYPES[form], value), _remedy(form, value)
        case own:
            return own, _own_words(path, context.get("words", detail["msg"]), value), context.get("hint", "")


def plain(location: Sequence[str | int]) -> Path:
    """The path in the file: without the tags of unions and the mark of a key."""
    return tuple(
        step for step in location if not (isinstance(step, str) and (step == "[key]" or _is_tag(step)))
    )


def named(path: Path) -> str:
    """A path as a person would write it, beginning inside its entry."""
    inside = path[2:] if path[:1] == ("executions",) and len(path) > 2 else path
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in inside)
    return text.removeprefix(".") or "the file"


def address_of(path: Path) -> str | None:
    return str(path[1]) if path[:1] == ("executions",) and len(path) > 1 else None


def shown(value: Json) -> str:
    """A value in a sentence; never long."""
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False, default=str).replace('\\"', '"')
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def _is_tag(step: str) -> bool:
    return step in ("<plain>", "<list>", "<map>")


def _inside(path: Path) -> str:
    return f" in {'.'.join(map(str, path[:-1]))}" if len(path) > 1 else ""


def _must(path: Path, words: str, value: Json) -> str:
    return f"{named(path)} must be {words}, not {shown(value)}"


def _own_words(path: Path, words: str, value: Json) -> str:
    ending = f", not {shown(value)}" if words.startswith("must be") else ""
    return f"{named(path)} {words}{ending}"


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _nearest(value: Json, words: Sequence[str]) -> str:
    return did_you_mean(value.lower(), words) if isinstance(value, str) else ""


def _remedy(form: str, value: Json) -> str:
    is_plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    match form:
        case "string_type" if is_plain or isinstance(value, bool):
            return "Quote it."
        case "bool_type" if isinstance(value, str) and value in _YES_NO:
            return f"Write {_YES_NO[value]}."
        case "int_type" if isinstance(value, str) and value.isdecimal():
            return f"Write {value}, without quotes."
        case "list_type" | "frozen_set_type" if is_plain:
            return f"Write [{value}]."
        case _:
            return ""


def _not_a_name(path: Path, value: Json, pattern: str) -> tuple[str, str, str]:
    if isinstance(value, str) and "${" in value:
        return "expression_not_allowed", f"{named(path)} cannot hold an expression", "Write the value itself."
    what, hint = _NAMES[pattern]
    if "depends_on" in path and "[" in str(value):
        hint = "depends_on waits for all instances of an entry: write its name."
    return "bad_name", f"{shown(value)} is not {what}", hint


def _known(location: Sequence[str | int], kind: kinds.Kind) -> str:
    known = kinds.known_keys(kind, location[:-1])
    if location[-1] in _OF_ENTRIES and location[-2:-1] == ("defaults",):
        return f"It stands in each entry: defaults have no {', '.join(_OF_ENTRIES)}."
    if near := did_you_mean(str(location[-1]), known):
        return near
    return f"Known keys: {', '.join(known)}."


def _left_out(detail: ErrorDetails, document: Document) -> bool:
    """A key that is missing only because its value is an expression, which was not checked yet."""
    if detail["type"] != "missing":
        return False
    inside: Any = document.value
    for step in plain(detail["loc"])[:-1]:
        inside = inside[step]
    return detail["loc"][-1] in inside
