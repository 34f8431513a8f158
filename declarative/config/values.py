"""Jinja's values as JSON, as text and by weight; each of them bounded.

Lists made by `*`, `map` or `batch` may hold one large list many times over, so whatever walks a value in full
(comparing, printing, copying) is paid for here, before Python does it in one uninterruptible call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

from jinja2.runtime import Undefined

from declarative.config.bounds import DEPTH_MAX, ITEMS_MAX, Fault, Meter, bits_fit, items_fit, text_fits
from declarative.config.trace import Unknown
from declarative.config.views import View
from declarative.model.json import Json, NotJson, canonical, number


class Function:
    """Something that can be called, with the Meter first: `range`, or a method of a text. Never a value."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[..., object]) -> None:
        self.name = name
        self.call = call


def plain(value: object, meter: Meter) -> Json:
    """The value as JSON. Raises Fault for what JSON cannot carry, and for an Undefined anywhere in it."""
    return _plain(value, meter, 0)


def text(value: object, meter: Meter) -> str:
    """Strings as they are, everything else as compact JSON."""
    if type(value) is str:
        return value
    found = plain(value, meter)
    return found if isinstance(found, str) else canonical(found)


def weigh(value: object, meter: Meter) -> None:
    """Pays for a walk over everything in the value."""
    heap = [value]
    while heap:
        item = heap.pop()
        if isinstance(item, str):
            meter.work(1 + (len(item) >> 5))
        elif isinstance(item, dict):
            meter.work(1 + len(item))
            heap.extend(item)
            heap.extend(item.values())
        elif isinstance(item, (list, tuple)):
            meter.work(1 + len(item))
            heap.extend(item)
        else:
            meter.work(1)


def glance(value: object, meter: Meter) -> None:
    """Pays for a walk over the value's own items, or over a text."""
    if isinstance(value, str):
        meter.work(1 + (len(value) >> 5))
    elif isinstance(value, (list, tuple, dict)):
        meter.work(1 + (len(value) >> 2))
    else:
        meter.work(1)


def scan(meter: Meter, length: int, given: int) -> None:
    """Pays for a search that at worst compares each character of a text with each of an argument."""
    meter.work(length * given >> 11)


def made(value: object, meter: Meter) -> object:
    """What a filter or a function made: paid for, an iterator read to its end, Markup a plain text."""
    if isinstance(value, Iterator):
        value = list(islice(value, ITEMS_MAX + 1))
    glance(value, meter)
    if isinstance(value, str):
        text_fits(len(value))
        return value if type(value) is str else str.__str__(value)
    if isinstance(value, (list, tuple)):
        items_fit(len(value))
    elif isinstance(value, int):
        bits_fit(value.bit_length())
    return value


def fail_if_undefined(value: object) -> None:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()


def _plain(value: object, meter: Meter, depth: int) -> Json:
    meter.work(1)
    kind = type(value)
    if kind is str:
        return _string(value, meter)  # type: ignore[arg-type]
    if value is None or kind is bool:
        meter.keep(5)
        return value  # type: ignore[return-value]
    if isinstance(value, (int, float, Decimal)):
        meter.keep(8)
        return _number(value)
    if depth > DEPTH_MAX:
        raise Fault("expression_limit", f"The result is nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, (list, tuple, range)):
        meter.keep(16)
        return [_plain(item, meter, depth + 1) for item in value]
    if kind is dict:
        return _map(value, meter, depth)  # type: ignore[arg-type]
    return _other(value, meter, depth)


def _other(value: object, meter: Meter, depth: int) -> Json:
    if isinstance(value, str):
        return _string(str.__str__(value), meter)
    if isinstance(value, Unknown):
        raise value.pending
    if isinstance(value, View):
        return _plain(value.whole(), meter, depth)
    if isinstance(value, Function):
        raise Fault("expression_type", f"{value.name} is a function", f"Call it: {value.name}(...)")
    fail_if_undefined(value)
    raise Fault("expression_type", f"The result is not JSON but {type(value).__name__}")


def _map(value: Mapping[object, object], meter: Meter, depth: int) -> Json:
    found: dict[str, Json] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise Fault("expression_type", f"The key {key!s:.40} of a map is not a text", "Quote it.")
        found[_string(key, meter)] = _plain(item, meter, depth + 1)
    meter.keep(16)
    return found


def _string(value: str, meter: Meter) -> str:
    meter.keep(len(value) + 3)
    if not value.isascii():
        meter.work(len(value) >> 5)
        try:
            meter.keep(len(value.encode()) - len(value))
        except UnicodeEncodeError:
            raise Fault("expression_type", "The result holds half of a surrogate pair") from None
    return value


def _number(value: int | float | Decimal) -> int | float | Decimal:
    if isinstance(value, int):
        bits_fit(value.bit_length())
        return value
    if not math.isfinite(value):
        raise Fault("expression_type", "The result is not a finite number")
    try:
        return value if isinstance(value, float) else number(str(value))
    except NotJson as error:
        raise Fault("expression_limit", f"The result is not a number of JSON: {error}") from None
