"""A JSON tree with expressions in it. Compiled when the file is read, evaluated once per instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from declarative.config.places import place
from declarative.config.scanner import Found
from declarative.config.scope import Scope
from declarative.diagnostics import Span
from declarative.model.desired import Evaluated, InputPath
from declarative.model.json import Json
from declarative.source import Document

if TYPE_CHECKING:
    from declarative.config.syntax import Compiled

Segments = tuple["str | int | None", ...]
"""What stands behind a name in an expression; None where a segment is only known when evaluated."""
Reference = tuple[str, ...]
"""("var", name), ("each",), ("environment",) or ("executions", name, attribute).

The attribute may be "keys"; "*" stands for what is only known when evaluated.
"""


@dataclass(frozen=True, slots=True)
class Expression:
    """One `${...}` of a text."""

    found: Found
    compiled: Compiled

    @property
    def names(self) -> frozenset[Reference]:
        return frozenset(name for chain in self.compiled.chains for name in chain.references)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string with expressions: one expression alone keeps its type, several parts are joined as text."""

    path: InputPath
    text: str
    parts: tuple[str | Expression, ...]
    names: frozenset[Reference]

    @property
    def expressions(self) -> Iterator[Expression]:
        return (part for part in self.parts if isinstance(part, Expression))

    @property
    def files(self) -> Iterator[str]:
        """The constant paths that are given to file()."""
        chains = (chain for expression in self.expressions for chain in expression.compiled.chains)
        return (str(chain.segments[0]) for chain in chains if chain.root == "file" and chain.segments)

    @property
    def reads_executions(self) -> bool:
        return any(name[0] == "executions" for name in self.names)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part of the tree without expressions, shared by all instances."""

    value: Json


@dataclass(frozen=True, slots=True)
class MapOf:
    items: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]


Node: TypeAlias = "Fixed | Leaf | MapOf | ListOf"


@dataclass(frozen=True, slots=True)
class Template:
    """`path` is where the tree stands in `document`; the paths of leaves are relative to the tree."""

    root: Node
    known_root: Node
    """The tree without executions: leaves that read them are their own text."""
    leaves: tuple[Leaf, ...]
    names: frozenset[Reference]
    document: Document
    path: InputPath
    _spans: dict[tuple[InputPath, int], Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def expressions(self) -> Iterator[tuple[Leaf, Expression]]:
        return ((leaf, expression) for leaf in self.leaves for expression in leaf.expressions)

    @property
    def results(self) -> frozenset[tuple[str, InputPath]]:
        """What is read of results, by entry ("*": any); () where nothing less than the whole is certain."""
        chains = (chain for _, expression in self.expressions for chain in expression.compiled.chains)
        return frozenset(chain.result for chain in chains if chain.result)

    def evaluate(self, scope: Scope) -> Evaluated:
        """The tree's value in this scope. Whatever the expressions do, no exception leaves here."""
        return self._evaluated(self.root, scope)

    def evaluate_known(self, scope: Scope) -> Evaluated:
        """The same, with the text itself where an expression reads other executions."""
        return self._evaluated(self.known_root, scope)

    def span(self, path: InputPath = ()) -> Span:
        """Where a leaf, or the whole tree, stands."""
        return self.document.span((*self.path, *path))

    def expression_span(self, leaf: Leaf, expression: Expression) -> Span:
        where = (leaf.path, expression.found.ordinal)
        if where not in self._spans:
            path = (*self.path, *leaf.path)
            self._spans[where] = place(self.document, path, expression.found.ordinal, expression.found)
        return self._spans[where]

    def _evaluated(self, root: Node, scope: Scope) -> Evaluated:
        from declarative.config.evaluation import Evaluation

        return Evaluation(self, scope).evaluated(root)


def without_executions(node: Node) -> Node:
    """The tree with the text itself where an expression reads other executions."""
    match node:
        case Leaf():
            return Fixed(node.text) if node.reads_executions else node
        case MapOf():
            return MapOf(tuple((key, without_executions(item)) for key, item in node.items))
        case ListOf():
            return ListOf(tuple(map(without_executions, node.items)))
        case Fixed():
            return node
