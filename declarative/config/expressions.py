"""`${...}` in the values of a file: found, checked, bound to an instance. The way in to the rooms beside it.

Jinja is imported only where a text holds an expression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from declarative.config.checks import not_allowed, sensitive_attributes, sensitive_not_allowed
from declarative.config.known import SENSITIVE, known
from declarative.config.places import place
from declarative.config.scanner import Found, Unreadable, holds, literal, split
from declarative.config.scope import Executions, Scope
from declarative.config.template import (
    Expression,
    Fixed,
    Leaf,
    ListOf,
    MapOf,
    Node,
    Reference,
    Template,
    without_executions,
)
from declarative.diagnostics import Diagnostic, Severity
from declarative.model.desired import Evaluated, InputPath, Upstream
from declarative.model.json import Json
from declarative.source import Document

__all__ = [
    "ExpressionInput",
    "ExpressionOutput",
    "Reference",
    "Template",
    "compile_value",
    "literal",
    "not_allowed",
    "sensitive_attributes",
    "sensitive_not_allowed",
]


def compile_value(
    value: Json, path: InputPath, document: Document
) -> tuple[Template | None, list[Diagnostic]]:
    """A template of the value that stands at `path`; all problems of all its expressions.

    (None, []) when the value holds no expression: then `literal(value)` is what it means.
    """
    if not holds(value):
        return None, []
    reading = _Reading(document, path, [], [])
    root = reading.node(value, ())
    if not reading.leaves or any(problem.is_error for problem in reading.problems):
        return None, reading.problems
    names = frozenset().union(*(leaf.names for leaf in reading.leaves))
    template = Template(root, without_executions(root), tuple(reading.leaves), names, document, path)
    return template, reading.problems


@dataclass(frozen=True, slots=True)
class ExpressionInput:
    """The input of one instance: an InputSource. `scope.executions` is as declared, without upstream."""

    tree: Template
    scope: Scope

    def evaluate(self, upstream: Upstream) -> Evaluated:
        return self.tree.evaluate(_seeing(self.scope, upstream, status=False))

    def template(self) -> Json:
        """Known leaves as values; leaves over executions as text, beside what else their text refers to."""
        alone = self.tree.evaluate_known(self.scope)
        value = alone.value
        for path in alone.sensitive:
            value = _put(value, path, SENSITIVE)
        waiting = [leaf for leaf in self.tree.leaves if leaf.reads_executions]
        return {"value": value, "known": known(waiting, self.scope)}


@dataclass(frozen=True, slots=True)
class ExpressionOutput:
    """An output: an OutputSource. Evaluated over an upstream that is also a StatusUpstream."""

    tree: Template
    scope: Scope

    def evaluate(self, upstream: Upstream) -> Evaluated:
        return self.tree.evaluate(_seeing(self.scope, upstream, status=True))


@dataclass(frozen=True, slots=True)
class _Reading:
    document: Document
    path: InputPath
    leaves: list[Leaf]
    problems: list[Diagnostic]

    def node(self, value: Json, path: InputPath) -> Node:
        if not holds(value):
            return Fixed(value)
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, list):
            return ListOf(tuple(self.node(item, (*path, index)) for index, item in enumerate(value)))
        if isinstance(value, dict):
            for key in value:
                self._key(key, path)
            return MapOf(tuple((key, self.node(item, (*path, key))) for key, item in value.items()))
        return Fixed(value)

    def _text(self, text: str, path: InputPath) -> Node:
        parts = split(text)
        if isinstance(parts, Unreadable):
            span = place(self.document, (*self.path, *path), parts.ordinal)
            self.problems.append(Diagnostic("expression_syntax", parts.summary, hint=parts.hint, span=span))
            return Fixed(text)
        if not any(isinstance(part, Found) for part in parts):
            return Fixed("".join(part for part in parts if isinstance(part, str)))
        compiled = tuple(self._compiled(part, path) for part in parts)
        found = tuple(part for part in compiled if part is not None)
        names = frozenset().union(*(part.names for part in found if isinstance(part, Expression)))
        leaf = Leaf(path, text, found, names)
        self.leaves.append(leaf)
        return leaf

    def _compiled(self, part: str | Found, path: InputPath) -> str | Expression | None:
        from declarative.config.syntax import SyntaxFault, compiled

        if isinstance(part, str):
            return part
        result = compiled(part.text)
        if not isinstance(result, SyntaxFault):
            return Expression(part, result)
        span = place(self.document, (*self.path, *path), part.ordinal, part, result.offset)
        detail = f"In ${{{part.text}}}."
        self.problems.append(Diagnostic(result.code, result.summary, detail, result.hint, span=span))
        return None

    def _key(self, key: str, path: InputPath) -> None:
        if "${" in key.replace("$${", ""):
            self.problems.append(
                Diagnostic(
                    "expression_in_key",
                    f'The key "{key:.80}" is taken as it stands: keys are never expressions',
                    severity=Severity.WARNING,
                    span=self.document.span((*self.path, *path, key), key=True),
                )
            )


def _seeing(scope: Scope, upstream: Upstream, status: bool) -> Scope:
    if scope.executions is None:
        return scope
    return replace(scope, executions=Executions(scope.executions.entries, upstream, status))


def _put(value: Json, path: InputPath, leaf: Json) -> Json:
    if not path:
        return leaf
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {key: _put(item, rest, leaf) if key == step else item for key, item in value.items()}
    if isinstance(value, list):
        return [_put(item, rest, leaf) if index == step else item for index, item in enumerate(value)]
    return value
