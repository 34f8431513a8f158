"""The arithmetic of expressions: bounded before it is done, exact where a Decimal takes part."""

from __future__ import annotations

import decimal
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from declarative.config.bounds import INT_BITS_MAX, Fault, Meter, bits_fit, items_fit, text_fits
from declarative.config.trace import Unknown
from declarative.config.values import fail_if_undefined, glance, text
from declarative.config.views import View
from declarative.model.json import NotJson, number

PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "**": operator.pow,
    "%": operator.mod,
}
FORMAT_WIDTH_MAX = 1_000
_EXACT = frozenset("+-*")
_CONTEXT = decimal.Context(prec=2_000)
_DIRECTIVE = re.compile(r"%(?:\(([^)]*)\))?[#0\- +]*(\*|\d*)(?:\.(\*|\d*))?")


def binary(meter: Meter, sign: str, left: Any, right: Any) -> Any:
    """`left sign right`. Raises Fault."""
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    fail_if_undefined(left)
    fail_if_undefined(right)
    meter.work(1)
    if sign == "%" and isinstance(left, str):
        return formatted(meter, left, right)
    if isinstance(left, (int, float, Decimal)) and isinstance(right, (int, float, Decimal)):
        return _calculated(sign, left, right)
    if sign == "+":
        return _joined(meter, left, right)
    if sign == "*":
        return _repeated(meter, left, right)
    raise _mismatch(sign, left, right)


def unary(sign: str, value: Any) -> Any:
    """`-value` or `+value`. Raises Fault."""
    if isinstance(value, Unknown):
        return value
    fail_if_undefined(value)
    if isinstance(value, Decimal):
        return value.copy_negate() if sign == "-" else value
    if not isinstance(value, (int, float)):
        raise Fault("expression_type", f"{sign} needs a number, not {kind(value)}")
    return -value if sign == "-" else +value


def formatted(meter: Meter, form: str, values: Any) -> str:
    """printf-style formatting. Raises Fault."""
    directives = _DIRECTIVE.findall(form)
    for key, *widths in directives:
        # Python pairs the parentheses of a key, this pattern does not: what follows would go unseen.
        if "(" in key or any(w == "*" or len(w) > 4 or int(w or 0) > FORMAT_WIDTH_MAX for w in widths):
            raise Fault("expression_limit", f"A width in a format is a number of at most {FORMAT_WIDTH_MAX}")
    many = isinstance(values, (tuple, dict))
    shown = _shown(meter, values) if many else (_printable(meter, values),)
    glance(form, meter)
    text_fits(len(form) + len(directives) * FORMAT_WIDTH_MAX + _length(shown) * max(1, len(directives)))
    result: str = form % shown
    return result


def kind(value: object) -> str:
    """What people call it."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    names: tuple[tuple[Any, str], ...] = (
        ((int, float, Decimal), "a number"),
        (str, "a text"),
        ((list, tuple, range), "a list"),
        (View, "an execution"),
        (dict, "a map"),
    )
    return next((name for types, name in names if isinstance(value, types)), "a function")


def _calculated(sign: str, left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        _integers_fit(sign, left, right)
    elif isinstance(left, Decimal) or isinstance(right, Decimal):
        return _with_decimal(sign, left, right)
    result = PLAIN[sign](left, right)
    if isinstance(result, complex):
        raise Fault("expression_type", "The root of a negative number is not a number of JSON")
    return result


def _integers_fit(sign: str, left: int, right: int) -> None:
    if sign == "*":
        bits_fit(left.bit_length() + right.bit_length())
    elif sign == "**" and abs(left) > 1:
        bits_fit(left.bit_length() * min(abs(right), INT_BITS_MAX + 1))
    else:
        bits_fit(max(left.bit_length(), right.bit_length()))


def _with_decimal(sign: str, left: Any, right: Any) -> Any:
    if sign not in _EXACT:
        return _calculated(sign, float(left), float(right))
    with decimal.localcontext(_CONTEXT):
        result = PLAIN[sign](_decimal(left), _decimal(right))
    try:
        return number(str(result))
    except NotJson as error:
        raise Fault("expression_limit", f"The result is not a number of JSON: {error}") from None


def _decimal(value: Any) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _joined(meter: Meter, left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        text_fits(len(left) + len(right))
    elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        left, right = list(left), list(right)
        items_fit(len(left) + len(right))
    else:
        raise _mismatch("+", left, right)
    result = left + right
    glance(result, meter)
    return result


def _repeated(meter: Meter, left: Any, right: Any) -> Any:
    if isinstance(left, int):
        left, right = right, left
    if not isinstance(right, int):
        raise _mismatch("*", left, right)
    if isinstance(left, str):
        text_fits(len(left) * right)
    elif isinstance(left, (list, tuple)):
        left = list(left)
        items_fit(len(left) * right)
    else:
        raise _mismatch("*", left, right)
    result = left * right
    glance(result, meter)
    return result


def _shown(meter: Meter, values: Any) -> Any:
    if isinstance(values, tuple):
        return tuple(_printable(meter, value) for value in values)
    return {key: _printable(meter, value) for key, value in values.items()}


def _printable(meter: Meter, value: Any) -> Any:
    """Numbers stay numbers for %d and %f; the rest prints as JSON, never as Python."""
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return value if is_number else text(value, meter)


def _length(shown: Any) -> int:
    values = shown.values() if isinstance(shown, dict) else shown
    return sum(len(value) if isinstance(value, str) else 500 for value in values)


def _mismatch(sign: str, left: object, right: object) -> Fault:
    either = isinstance(left, str) or isinstance(right, str)
    hint = "~ joins anything as text." if sign == "+" and either else ""
    if sign == "-" and isinstance(left, View):
        hint = 'A name with a hyphen is reached by executions["a-name"].'
    return Fault("expression_type", f"{sign} does not work on {kind(left)} and {kind(right)}", hint)
