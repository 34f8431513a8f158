"""One evaluation of one tree: every leaf in turn, traced and metered, errors as Diagnostics."""

from __future__ import annotations

import re
from dataclasses import replace

from jinja2 import TemplateError

from declarative.config.bounds import Fault, Meter
from declarative.config.filters import METER
from declarative.config.functions import functions
from declarative.config.scope import Scope
from declarative.config.template import Expression, Fixed, Leaf, ListOf, MapOf, Node, Template
from declarative.config.trace import Trace
from declarative.config.values import plain, text
from declarative.config.views import Closed, ExecutionsView, VariablesView
from declarative.diagnostics import Diagnostic, Note, Refused
from declarative.model.address import Address
from declarative.model.desired import Evaluated, InputPath, Pending
from declarative.model.json import Json


class Evaluation:
    """Used once."""

    __slots__ = (
        *("context", "meter", "problems", "sensitive"),
        *("template", "trace", "unknown_paths", "waits_for"),
    )

    def __init__(self, template: Template, scope: Scope) -> None:
        self.template = template
        self.trace = Trace()
        self.meter = Meter()
        self.context = _context(scope, self.trace, self.meter)
        self.problems: list[Diagnostic] = []
        self.waits_for: dict[Address, None] = {}
        self.sensitive: list[InputPath] = []
        self.unknown_paths: list[InputPath] = []

    def evaluated(self, root: Node) -> Evaluated:
        return Evaluated(
            self._value(root),
            unknown=bool(self.unknown_paths),
            waits_for=tuple(self.waits_for),
            touched=tuple(self.trace.touched),
            sensitive=frozenset(self.sensitive),
            unknown_paths=frozenset(self.unknown_paths),
            problem=self._problem(),
        )

    def _value(self, node: Node) -> Json:
        match node:
            case Leaf():
                return self._leaf(node)
            case MapOf():
                return {key: self._value(item) for key, item in node.items}
            case ListOf():
                return [self._value(item) for item in node.items]
            case Fixed():
                return node.value

    def _leaf(self, leaf: Leaf) -> Json:
        self.trace.next_leaf()
        self.meter.reset()
        before = len(self.problems)
        first = leaf.parts[0]
        if len(leaf.parts) == 1 and isinstance(first, Expression):
            value = self._run(leaf, first, as_text=False)
        else:
            value = self._joined(leaf)
        if self.trace.tainted:
            self.sensitive.append(leaf.path)
        if self.trace.waits:
            # What was raised, or returned, rests on a value that does not exist: neither means anything.
            del self.problems[before:]
            self.waits_for.update(self.trace.waits)
            self.unknown_paths.append(leaf.path)
            return None
        return None if len(self.problems) > before else value

    def _joined(self, leaf: Leaf) -> str:
        pieces = (p if isinstance(p, str) else self._run(leaf, p, as_text=True) for p in leaf.parts)
        return "".join(str(piece) for piece in pieces)

    def _run(self, leaf: Leaf, expression: Expression, as_text: bool) -> Json:
        try:
            value = expression.compiled.run(self.context)
            return text(value, self.meter) if as_text else plain(value, self.meter)
        except Pending:
            return None
        except Exception as error:
            self.problems.append(self._diagnostic(leaf, expression, error))
            return None

    def _diagnostic(self, leaf: Leaf, expression: Expression, error: Exception) -> Diagnostic:
        span = self.template.expression_span(leaf, expression)
        detail = f"In ${{{expression.found.text}}}"
        if self.trace.touched:
            detail += f", which reads {', '.join(str(address) for address in list(self.trace.touched)[:5])}"
        if isinstance(error, Refused) and error.diagnostics:
            return replace(error.diagnostics[0], span=error.diagnostics[0].span or span)
        if self.trace.tainted:
            # The words of an error often quote the value.
            return Diagnostic("expression_failed", _HIDDEN, f"{detail}.", _HIDDEN_HINT, span=span)
        fault = _fault(error)
        return Diagnostic(fault.code, fault.summary, f"{detail}.", fault.hint, span=span)

    def _problem(self) -> Diagnostic | None:
        if not self.problems:
            return None
        first, *others = self.problems
        notes = tuple(Note(other.summary, other.span) for other in others if other.span)
        return replace(first, notes=(*first.notes, *notes)) if notes else first


def _context(scope: Scope, trace: Trace, meter: Meter) -> dict[str, object]:
    return {
        METER: meter,
        "var": VariablesView(scope.variables, trace),
        "environment": scope.environment,
        "each": _NO_EACH if scope.each is None else {"key": scope.each.key, "value": scope.each.value},
        "executions": _NO_EXECUTIONS if scope.executions is None else ExecutionsView(scope.executions, trace),
        **functions(scope.folder),
    }


def _fault(error: Exception) -> Fault:
    match error:
        case Fault():
            return error
        case TemplateError():
            return Fault("expression_failed", f"{error.message or 'The expression failed':.300}")
        case ZeroDivisionError():
            return Fault("expression_failed", "The expression divides by zero")
        case RecursionError() | MemoryError() | OverflowError():
            return Fault("expression_limit", "The expression makes something too large or too deep")
    words = _PYTHON_TYPE.sub(lambda found: _TYPES.get(found[1], found[0]), str(error))
    return Fault("expression_failed", f"The expression failed: {words:.300}")


_PYTHON_TYPE = re.compile(r"'(\w+)'")
_TYPES = {
    **dict.fromkeys(("int", "float", "Decimal"), "a number"),
    **dict.fromkeys(("list", "tuple", "range"), "a list"),
    **dict.fromkeys(("InstanceView", "InstancesView", "ExecutionsView"), "an execution"),
    "str": "a text",
    "dict": "a map",
    "bool": "a boolean",
    "NoneType": "null",
    "Function": "a function",
}
_NO_EACH = Closed("each", "It is the instance of a for_each: there is none here.")
_NO_EXECUTIONS = Closed("executions", "Here only var, each and environment are known.")
_HIDDEN = "The expression failed; why is hidden, because it reads a sensitive value"
_HIDDEN_HINT = "Try it with a variable that is not sensitive."
