"""Filters that make texts. Values become text as JSON has it: `true`, not `True`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from jinja2.filters import FILTERS as JINJA
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context

from declarative.config import moments
from declarative.config.bounds import Fault, Meter, text_fits
from declarative.config.functions import joined, replaced
from declarative.config.operators import FORMAT_WIDTH_MAX, formatted
from declarative.config.values import plain, text
from declarative.model.json import Json, NotJson, canonical, parse


def concat(context: Context, meter: Meter, values: list[object]) -> str:
    return joined(meter, "", values)


def _string(context: Context, meter: Meter, value: Any) -> str:
    return text(value, meter)


def _join(context: Context, meter: Meter, value: Any, d: str = "", attribute: Any = None) -> str:
    get = make_attrgetter(context.environment, attribute)
    return joined(meter, text(d, meter), (get(item) for item in value))


def _replace(context: Context, meter: Meter, value: Any, old: Any, new: Any, count: int | None = None) -> str:
    times = -1 if count is None else count
    return replaced(meter, text(value, meter), text(old, meter), text(new, meter), times)


def _format(context: Context, meter: Meter, value: Any, *args: Any, **kwargs: Any) -> str:
    if args and kwargs:
        raise Fault("expression_type", "format takes values or names, not both")
    return formatted(meter, text(value, meter), kwargs or args)


def _center(context: Context, meter: Meter, value: Any, width: int = 80) -> str:
    text_fits(width)
    return text(value, meter).center(width)


def _indent(
    context: Context, meter: Meter, value: Any, width: int | str = 4, first: bool = False, blank: bool = False
) -> str:
    shown = text(value, meter)
    wide = len(width) if isinstance(width, str) else width
    text_fits(wide)
    text_fits(len(shown) + wide * (len(shown.splitlines()) + 1))
    indented: str = JINJA["indent"](shown, width, first, blank)
    return indented


def _tojson(context: Context, meter: Meter, value: Any, indent: int | None = None) -> str:
    found = plain(value, meter)
    if not indent:
        return canonical(found)
    if not 0 < indent <= 16:
        raise Fault("expression_limit", "tojson indents by at most 16")
    return _pretty(found, indent, 0, meter)


def _pprint(context: Context, meter: Meter, value: Any) -> str:
    return _pretty(plain(value, meter), 2, 0, meter)


def _pretty(value: Json, indent: int, level: int, meter: Meter) -> str:
    if not value or not isinstance(value, (list, dict)):
        return canonical(value)
    pad = "\n" + " " * indent * (level + 1)
    meter.keep(len(pad) * len(value))
    if isinstance(value, list):
        lines = [_pretty(item, indent, level + 1, meter) for item in value]
        return f"[{','.join(pad + line for line in lines)}{pad[:-indent]}]"
    lines = [f"{canonical(key)}: {_pretty(value[key], indent, level + 1, meter)}" for key in sorted(value)]
    return f"{{{','.join(pad + line for line in lines)}{pad[:-indent]}}}"


def _fromjson(context: Context, meter: Meter, value: Any) -> Json:
    if not isinstance(value, str):
        raise Fault("expression_type", "fromjson reads a text")
    meter.work(len(value) >> 2)
    try:
        return parse(value)
    except NotJson as error:
        raise Fault("expression_type", f"This is not JSON: {error}") from None


def _sha256(context: Context, meter: Meter, value: Any) -> str:
    return hashlib.sha256(text(value, meter).encode()).hexdigest()


def _strftime(context: Context, meter: Meter, value: Any, form: str = "%Y-%m-%dT%H:%M:%S%z") -> str:
    return _of_time(meter, moments.written, value, form)


def _dateadd(context: Context, meter: Meter, value: Any, step: str) -> str:
    return _of_time(meter, moments.add, value, step)


def _of_time(meter: Meter, call: Callable[[Any, str], str], value: Any, argument: Any) -> str:
    if not isinstance(argument, str) or isinstance(value, bool):
        raise Fault("expression_type", "The arguments of strftime and dateadd are texts")
    text_fits(len(argument) * FORMAT_WIDTH_MAX)
    meter.work(len(argument))
    try:
        return call(value if isinstance(value, (int, float)) else str(value), argument)
    except (ValueError, OverflowError, OSError) as error:
        raise Fault("expression_type", str(error).capitalize()) from None


def _urlencode(context: Context, meter: Meter, value: Any) -> str:
    if isinstance(value, dict):
        value = list(value.items())
    if not isinstance(value, list):
        return quote(text(value, meter).encode())
    return "&".join(
        "=".join(quote(text(part, meter).encode(), safe="").replace("%20", "+") for part in pair)
        for pair in value
    )


def _xmlattr(context: Context, meter: Meter, value: Any, autospace: bool = True) -> str:
    shown = {text(key, meter): text(item, meter) for key, item in value.items() if item is not None}
    attributes: str = JINJA["xmlattr"](context.eval_ctx, shown, autospace)
    return attributes


FILTERS: dict[str, Callable[..., Any]] = {
    "center": _center,
    "dateadd": _dateadd,
    "format": _format,
    "fromjson": _fromjson,
    "indent": _indent,
    "join": _join,
    "pprint": _pprint,
    "replace": _replace,
    "safe": _string,
    "sha256": _sha256,
    "strftime": _strftime,
    "string": _string,
    "tojson": _tojson,
    "urlencode": _urlencode,
    "xmlattr": _xmlattr,
}
