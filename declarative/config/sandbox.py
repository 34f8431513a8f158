"""Jinja's sandbox, closed further: data has no attributes but its keys, and whatever can grow is bounded.

Everything that an expression does passes one of the methods here, a filter or a test, so that the meter of
the evaluation, which travels in the context, sees it. Nothing is folded while compiling: that would be work
without a meter.
"""

from __future__ import annotations

from typing import Any, NoReturn, cast

from jinja2 import StrictUndefined, Template, nodes
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from declarative.config.bounds import Fault, Meter
from declarative.config.filters import FILTERS, METER, TESTS
from declarative.config.functions import method
from declarative.config.operators import PLAIN, binary, kind, unary
from declarative.config.rewrite import Metered
from declarative.config.suggest import nearest
from declarative.config.trace import Unknown
from declarative.config.values import Function, fail_if_undefined, made
from declarative.config.views import View
from declarative.model.json import canonical


class _Bare(Template):
    def new_context(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Context:
        """Jinja's would copy the names and an empty set of globals for every evaluation: half of its time."""
        return Context(self.environment, vars, self.name, self.blocks)


class Sandbox(ImmutableSandboxedEnvironment):
    """Used for `compile_expression` only."""

    template_class = _Bare
    intercepted_binops = frozenset(PLAIN)
    intercepted_unops = frozenset("+-")

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, optimized=False, autoescape=False, cache_size=0)
        self.filters = dict(FILTERS)
        self.tests = dict(TESTS)
        self.globals = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`a.b`: the key of a map, an attribute of an execution, a method of a text."""
        if type(obj) is dict:
            return obj[attribute] if attribute in obj else self._missing(obj, attribute)
        if isinstance(obj, View):
            return obj[attribute]
        if isinstance(obj, str):
            return method(obj, attribute) or self._missing(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`a[b]`: never anything but data."""
        if isinstance(obj, Unknown):
            return obj
        if isinstance(argument, Unknown):
            return argument
        fail_if_undefined(obj)
        fail_if_undefined(argument)
        if isinstance(obj, View):
            return obj[_key(argument)]
        if type(obj) is dict:
            found = isinstance(argument, str) and argument in obj
            return obj[argument] if found else self._missing(obj, argument)
        return self._item(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Only what was made to be called; whatever else the context holds is data."""
        for value in (obj, *args, *kwargs.values()):
            if isinstance(value, Unknown):
                return value
            fail_if_undefined(value)
        if not isinstance(obj, Function):
            raise Fault("expression_type", f"This is {kind(obj)}, not a function")
        meter: Meter = context.parent[METER]
        meter.work(1)
        try:
            return made(obj.call(meter, *args, **kwargs), meter)
        except TypeError:
            raise Fault("expression_type", f"{obj.name}() does not take these arguments") from None

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return binary(context.parent[METER], operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        return unary(operator, arg)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        return super()._generate(Metered().visit(source), *args, **kwargs)

    def _item(self, obj: Any, argument: Any) -> Any:
        is_index = isinstance(argument, int) and not isinstance(argument, bool)
        if is_index and isinstance(obj, (list, tuple, str)) and -len(obj) <= argument < len(obj):
            return obj[argument]
        if isinstance(obj, tuple) and argument in getattr(obj, "_fields", ()):
            return getattr(obj, argument)
        return self._missing(obj, argument)

    def _missing(self, obj: Any, argument: Any) -> Undefined:
        def refuse(_: str | None = None) -> NoReturn:
            raise missing(obj, argument)

        return self.undefined(obj=obj, name=str(argument), exc=cast(Any, refuse))


def missing(obj: object, argument: object) -> Fault:
    """Why `obj` has no `argument`."""
    if isinstance(argument, str) and argument.startswith("__") and type(obj) is not dict:
        return Fault("expression_refused", f'"{argument:.40}" is out of reach', _DATA_ONLY)
    if isinstance(obj, str) and argument in ("format", "format_map"):
        return Fault("expression_refused", f'"{argument}" of a text is not offered', _FORMAT)
    if isinstance(obj, dict):
        return _missing_key(obj, argument)
    if isinstance(obj, (list, tuple, str)) and isinstance(argument, int):
        summary = f"There is no item {argument}: {kind(obj)} of {len(obj)} ends before"
        return Fault("empty_reference", summary)
    return Fault("empty_reference", f'{kind(obj).capitalize()} has no "{argument!s:.80}"')


def _missing_key(obj: dict[str, object], argument: object) -> Fault:
    hint = nearest(argument, obj) if isinstance(argument, str) else "The keys of a map are texts."
    if argument in ("items", "keys", "values", "get"):
        hint = f"On a map, a.b is always the key. There are filters: x | {argument}."
        hint = "Write x.key | default(...)." if argument == "get" else hint
    return Fault("empty_reference", f'There is no key "{argument!s:.80}"', hint)


def _key(argument: object) -> str:
    """Instances made from a list of numbers have texts as keys."""
    if isinstance(argument, str):
        return argument
    if isinstance(argument, (bool, int, float)):
        return canonical(argument)
    raise Fault("expression_type", f"A key is a text, not {kind(argument)}")


_DATA_ONLY = "Expressions see data, not Python's objects."
_FORMAT = 'Write a ~ b, or "%s-%s" | format(a, b).'
