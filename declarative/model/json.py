"""JSON as this tool means it: exact numbers, one canonical text, digests over that text."""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None"

NUMBER_EXPONENT_MAX = 400
"""Numbers beyond 1e±400 are refused: written out as decimals they would be a memory bomb."""

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


class NotJson(ValueError):
    """A text or a value that JSON cannot carry: NaN, a lone surrogate, a repeated key, a huge exponent."""


def number(text: str) -> int | float | Decimal:
    """The value of a JSON number; a Decimal only where a float would lose digits."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        # Its exponent has more digits than any Decimal may have.
        raise _out_of_range(text) from None
    if not exact.is_finite() or abs(exact.adjusted()) > NUMBER_EXPONENT_MAX:
        raise _out_of_range(text)
    if exact == exact.to_integral_value():
        return int(exact)
    near = float(exact)
    return near if Decimal(repr(near)) == exact else exact


def _out_of_range(text: str) -> NotJson:
    return NotJson(f"the number {text[:40]} is out of range")


def parse(text: str) -> Json:
    """Reads JSON text exactly. Raises NotJson."""
    try:
        value: Json = json.loads(
            text, parse_float=number, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error
    return value


def canonical(value: Json) -> str:
    """The one text of a value: keys sorted by code point, numbers decimal (1 = 1.0 = 1e0). Raises NotJson."""
    try:
        text = _text(_normal(value))
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise NotJson(str(error)) from error
    return text


def digest(value: Json) -> str:
    """SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def loose(value: Json) -> Json:
    """The value as a lossy engine may echo it: numbers as doubles; null, {} and absent are one."""
    if isinstance(value, dict):
        kept = {key: loose(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        return [loose(item) for item in value]
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        near = _double(value)
        return int(near) if near.is_integer() else near
    return value


def _normal(value: Json) -> Json:
    if isinstance(value, dict):
        return {_key(key): _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _double(value: int | float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(1e308, value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotJson(f"the key {key!r} is not a string")
    return key


def _text(value: Json) -> str:
    try:
        return _compact.encode(value)
    except TypeError:
        return _slow_text(value)


def _slow_text(value: Json) -> str:
    """For values that hold a Decimal, which the C encoder cannot print without a float on the way."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact.encode(k)}:{_slow_text(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_slow_text, value)) + "]"
    if isinstance(value, Decimal):
        return str(value.normalize()).replace("E", "e")
    return _compact.encode(value)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("an object has the same key twice")
    return found


def _refuse_constant(name: str) -> Json:
    raise NotJson(f"{name} is not JSON")
