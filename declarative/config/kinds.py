"""The kinds of values that a file holds, as schemas for pydantic's validator, each with its check and words.

They are written for the validator itself (pydantic_core): importing pydantic and building models from classes
takes 100 ms of every command, this takes 20.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as core

from declarative.config import durations

Kind: TypeAlias = core.CoreSchema
Key: TypeAlias = core.TypedDictField

NAME_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,127}$"
CONFIGURATION_NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
OLD_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,127}(\[.+\]|\..+)?$"
_IGNORED = re.compile(r"[^.]+(?:\.[^.]+)*\Z")


def wrong(code: str, words: str, hint: str = "") -> PydanticCustomError:
    """`words` go on where the name of the key ends, such as `must be a duration`."""
    return PydanticCustomError(code, "{words}", {"words": words, "hint": hint})


# ── simple values ──────────────────────────────────────────────────────────────────────────────────────


def text(pattern: str | None = None, least: int = 1) -> Kind:
    return core.str_schema(strict=True, pattern=pattern, min_length=None if pattern else least or None)


def whole(least: int | None = None, most: int | None = None) -> Kind:
    return core.int_schema(strict=True, ge=least, le=most)


def choice(members: type[StrEnum]) -> Kind:
    return core.enum_schema(members, list(members), sub_type="str")


def word(*words: str) -> Kind:
    return core.literal_schema(list(words))


def anything(**json: Any) -> Kind:
    """Any JSON value; `json` is what the JSON Schema says about it."""
    return core.any_schema(metadata={"json": json})


FLAG = core.bool_schema(strict=True)
TEXT = text()
NAME = text(NAME_PATTERN)


# ── values with a check of their own ───────────────────────────────────────────────────────────────────


def checked(check: Callable[[Any], Any], kind: Kind, title: str = "", **json: Any) -> Kind:
    """`check` sees what `kind` lets through, returns the value and raises `wrong(...)`."""
    return core.no_info_after_validator_function(check, kind, metadata={"title": title, "json": json})


def checked_first(check: Callable[[Any], Any], kind: Kind, **json: Any) -> Kind:
    """As `checked`, for what is to be said before anything inside the value."""
    return core.no_info_before_validator_function(check, kind, metadata={"json": json})


def _duration(value: object) -> float:
    found = durations.seconds(value) if isinstance(value, str) else None
    if found is None:
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        hint = f"Write the unit: {value}s." if is_number else "The largest unit first: w, d, h, m, s."
        raise wrong("duration", "must be a duration such as 90s, 2m, 1h30m or 1d", hint)
    return found


def _ignored(value: str) -> str:
    if not _IGNORED.match(value):
        raise wrong("path", "must be a path into the input such as a.b or items.*.id")
    return value


def _scalar(value: object) -> object:
    if value is None or isinstance(value, (dict, list)):
        raise wrong("wrong_type", "must be text or a number")
    return value


DURATION = checked(
    _duration,
    anything(),
    "Duration",
    type="string",
    pattern=f"^(?=.){durations.PATTERN}$",
    examples=["90s", "2m", "1h30m", "1d"],
)
IGNORED_PATH = checked(_ignored, TEXT)
SCALAR = checked(_scalar, anything(), type=["string", "number", "boolean"])


# ── values made of others ──────────────────────────────────────────────────────────────────────────────


def or_null(kind: Kind) -> Kind:
    return core.nullable_schema(kind)


def list_of(kind: Kind) -> Kind:
    return core.list_schema(kind, strict=True)


def set_of(kind: Kind) -> Kind:
    return core.frozenset_schema(kind)


def map_of(key: Kind, value: Kind) -> Kind:
    return core.dict_schema(key, value)


def key(kind: Kind, about: str = "", *, required: bool = False, **json: Any) -> Key:
    """One key of a mapping. `about` and `json` (such as a default) are what an editor shows."""
    shown = {"description": about, **json} if about else json
    return core.typed_dict_field(kind, required=required, metadata={"json": shown})


def keys(title: str, about: str, known: Mapping[str, Key], *, is_open: bool = False) -> Kind:
    """A mapping with known keys; unless it is open, every other key is a mistake."""
    return core.typed_dict_schema(
        dict(known),
        total=False,
        extra_behavior="allow" if is_open else "forbid",
        metadata={"title": title, "json": {"description": about}},
    )


def by_shape(**members: Kind) -> Kind:
    """A union told apart by the kind of YAML node, so that only the member that is meant complains.

    Members are called plain, list and map; what is none of them counts as the first. The tag comes to stand
    in the path of an error, so no key of a file may look like it.
    """
    first = f"<{next(iter(members))}>"

    def tag(value: object) -> str:
        shape = "map" if isinstance(value, dict) else "list" if isinstance(value, list) else "plain"
        return f"<{shape}>" if shape in members else first

    return core.tagged_union_schema({f"<{shape}>": kind for shape, kind in members.items()}, tag)


def known_keys(kind: Any, location: Sequence[str | int]) -> list[str]:
    """The keys of the mapping at a location of a validation error, tags included."""
    match kind["type"]:
        case "nullable" | "function-after" | "function-before":
            return known_keys(kind["schema"], location)
        case "typed-dict" if not location:
            return list(kind["fields"])
        case "typed-dict":
            return known_keys(kind["fields"][location[0]]["schema"], location[1:])
        case "tagged-union":
            return known_keys(kind["choices"][location[0]], location[1:])
        case "list":
            return known_keys(kind["items_schema"], location[1:])
        case "dict":
            return known_keys(kind["values_schema"], location[1:])
        case _:
            return []
