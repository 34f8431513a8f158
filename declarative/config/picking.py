"""Filters that take values apart, put them together and add them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from jinja2.filters import FILTERS as JINJA
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context

from declarative.config.bounds import Fault, Meter
from declarative.config.operators import binary, kind

ROUND_MAX = 100


def _keys(context: Context, meter: Meter, value: Any) -> list[object]:
    return list(_map(value))


def _values(context: Context, meter: Meter, value: Any) -> list[object]:
    return list(_map(value).values())


def _map(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise Fault("expression_type", f"Only a map has keys and values, not {kind(value)}")
    return value


def _attr(context: Context, meter: Meter, value: Any, name: str) -> Any:
    return context.environment.getattr(value, name)


def _sum(context: Context, meter: Meter, value: Any, attribute: Any = None, start: Any = 0) -> Any:
    get = make_attrgetter(context.environment, attribute)
    for item in value:
        start = binary(meter, "+", start, get(item))
    return start


def _round(context: Context, meter: Meter, value: Any, precision: int = 0, method: str = "common") -> Any:
    if not isinstance(value, (int, float, Decimal)) or abs(precision) > ROUND_MAX:
        raise Fault("expression_type", f"round takes a number and at most {ROUND_MAX} digits")
    return JINJA["round"](value, precision, method)


FILTERS: dict[str, Callable[..., Any]] = {
    "attr": _attr,
    "keys": _keys,
    "round": _round,
    "sum": _sum,
    "values": _values,
}
