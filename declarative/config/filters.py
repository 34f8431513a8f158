"""The filters and tests of expressions: Jinja's, each behind a guard, and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from jinja2 import pass_context
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.tests import TESTS as JINJA_TESTS

from declarative.config import picking, texts
from declarative.config.bounds import Fault, Meter, items_fit
from declarative.config.operators import kind
from declarative.config.rewrite import COMPARED, CONCAT, OTHERWISE, SLICED
from declarative.config.trace import Unknown
from declarative.config.values import fail_if_undefined, glance, made, scan, text, weigh

METER = " meter"
"""Where the context carries the meter; no expression can name it."""

Callee = Callable[..., Any]

_ON_TEXT = (
    *("capitalize", "lower", "title", "trim", "truncate", "upper", "wordcount"),
    *("escape", "e", "forceescape"),
)
_SLOW_ON_TEXT = ("striptags", "urlize", "wordwrap")
"""Their regular expressions and loops are quadratic at worst."""
_COUNTING = ("batch", "slice")
_COMPARING = ("dictsort", "groupby", "max", "min", "sort", "unique")
_AS_THEY_ARE = (
    *("abs", "count", "default", "d", "filesizeformat", "first", "float", "int", "items", "last", "length"),
    *("list", "map", "reject", "rejectattr", "reverse", "select", "selectattr"),
)
_EACH_ITEM = frozenset(
    {
        *("groupby", "join", "map", "max", "min", "reject", "rejectattr"),
        *("select", "selectattr", "sort", "sum", "unique"),
    }
)
"""Filters that look at each item, perhaps along a path such as `attribute="a.b"`."""
_SLOW_ARGUMENT_MAX = 256
_TOLERANT = frozenset({"default", "d"})
_PRESENCE = frozenset({"defined", "undefined"})
_NUMERIC_TESTS = frozenset({"divisibleby", "even", "odd"})
_TEXT_TESTS = frozenset({"lower", "upper"})


def _guarded(name: str, call: Callee) -> Callee:
    """`call(context, meter, value, ...)`, only for values that exist, and paid for."""

    @pass_context
    def guarded(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        for given in (value, *args, *kwargs.values()):
            if isinstance(given, Unknown):
                return given
        if name not in _TOLERANT:
            fail_if_undefined(value)
        meter: Meter = context.parent[METER]
        glance(value, meter)
        if name in _EACH_ITEM:
            _pay_for_items(meter, value, (*args, *kwargs.values()))
        try:
            return made(call(context, meter, value, *args, **kwargs), meter)
        except (TypeError, AttributeError):
            raise _misfit(f'The filter "{name}"', value, args, kwargs) from None

    return guarded


def _pay_for_items(meter: Meter, value: Any, arguments: tuple[Any, ...]) -> None:
    """With a default, a path is followed to its end even where there is nothing."""
    if isinstance(value, str):
        items_fit(len(value))
    if isinstance(value, (str, list, tuple, Mapping)):
        steps = sum(given.count(".") + given.count(",") for given in arguments if isinstance(given, str))
        meter.work(len(value) * (1 + steps))


def _jinja(name: str) -> Callee:
    """Jinja's own filter with the argument that it asks to be passed first."""
    inner: Callee = JINJA_FILTERS[name]
    passed = getattr(getattr(inner, "jinja_pass_arg", None), "name", "")

    def call(context: Context, meter: Meter, *args: Any, **kwargs: Any) -> Any:
        match passed:
            case "context":
                return inner(context, *args, **kwargs)
            case "eval_context":
                return inner(context.eval_ctx, *args, **kwargs)
            case "environment":
                return inner(context.environment, *args, **kwargs)
        return inner(*args, **kwargs)

    return call


def _on_text(name: str, slow: bool = False) -> Callee:
    inner = _jinja(name)

    def call(context: Context, meter: Meter, value: Any, *args: Any, **kwargs: Any) -> Any:
        shown = text(value, meter)
        meter.work((len(shown) >> 8) ** 2 if slow else len(shown) >> 3)
        given = sum(len(argument) for argument in (*args, *kwargs.values()) if isinstance(argument, str))
        if slow and given > _SLOW_ARGUMENT_MAX:
            raise Fault("expression_limit", f"The arguments of {name} are at most {_SLOW_ARGUMENT_MAX} long")
        scan(meter, len(shown), given)
        return inner(context, meter, shown, *args, **kwargs)

    return call


def _comparing(name: str) -> Callee:
    inner = _jinja(name)

    def call(context: Context, meter: Meter, value: Any, *args: Any, **kwargs: Any) -> Any:
        weigh(value, meter)
        return inner(context, meter, value, *args, **kwargs)

    return call


def _counting(name: str) -> Callee:
    inner = _jinja(name)

    def call(context: Context, meter: Meter, value: Any, count: int, *args: Any, **kwargs: Any) -> Any:
        items_fit(count)
        meter.work(count >> 2)
        return inner(context, meter, value, count, *args, **kwargs)

    return call


def _tested(name: str) -> Callee:
    """A test is a question: asked of what does not exist yet it stops, of what is not there it fails."""
    inner = cast(Callee, JINJA_TESTS[name])
    passes_environment = hasattr(inner, "jinja_pass_arg")

    @pass_context
    def tested(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Undefined) and name in _PRESENCE:
            return name == "undefined"
        meter: Meter = context.parent[METER]
        for given in (value, *args, *kwargs.values()):
            _answerable(given)
            weigh(given, meter)
        if name in _NUMERIC_TESTS and not isinstance(value, (int, float, Decimal)):
            raise Fault("expression_type", f'"{name}" asks about numbers')
        value = text(value, meter) if name in _TEXT_TESTS else value
        first = (context.environment,) if passes_environment else ()
        try:
            return inner(*first, value, *args, **kwargs)
        except TypeError:
            raise _misfit(f'The test "{name}"', value, args, kwargs) from None

    return tested


def _answerable(value: Any) -> None:
    if isinstance(value, Unknown):
        raise value.pending
    fail_if_undefined(value)


def _misfit(what: str, value: object, args: tuple[object, ...], kwargs: dict[str, object]) -> Fault:
    """Python's own words name functions of ours, which mean nothing to who wrote the expression."""
    arguments = " with these arguments" if args or kwargs else ""
    return Fault("expression_type", f"{what} does not work on {kind(value)}{arguments}")


def _compared(context: Context, meter: Meter, value: Any) -> Any:
    weigh(value, meter)
    return value


def _sliced(context: Context, meter: Meter, value: Any) -> Any:
    if not isinstance(value, (str, list, tuple)):
        raise Fault("expression_type", "Only texts and lists can be sliced")
    return value


def _otherwise(context: Context, meter: Meter, value: Any) -> Any:
    return context.environment.undefined("The condition is false and there is no else")


FILTERS: dict[str, Callee] = {
    name: _guarded(name, call)
    for name, call in {
        **{name: _jinja(name) for name in _AS_THEY_ARE},
        **{name: _on_text(name) for name in _ON_TEXT},
        **{name: _on_text(name, slow=True) for name in _SLOW_ON_TEXT},
        **{name: _comparing(name) for name in _COMPARING},
        **{name: _counting(name) for name in _COUNTING},
        **texts.FILTERS,
        **picking.FILTERS,
        CONCAT: texts.concat,
        COMPARED: _compared,
        SLICED: _sliced,
        OTHERWISE: _otherwise,
    }.items()
}
TESTS: dict[str, Callee] = {name: _tested(name) for name in JINJA_TESTS if name != "callable"}
