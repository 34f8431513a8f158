"""What an expression reads, as far as its text tells: `executions.load["eu"].result.path`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from declarative.config.template import Segments
from declarative.model.desired import InputPath

ATTRIBUTES = frozenset({"result", "input", "id", "status"})
_BEYOND_KEYS = frozenset({"attr", "d", "default", "dictsort", "items", "values"})
"""Filters that see more of a map than its keys."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A name and the segments behind it; of the function `file`, its path."""

    root: str
    segments: Segments
    keys_only: bool = False

    @property
    def references(self) -> Iterator[tuple[str, ...]]:
        """As Template.names has them."""
        match self.root:
            case "var":
                yield ("var", _name(self.segments))
            case "executions":
                yield from (("executions", _name(self.segments), attribute) for attribute in self._attributes)
            case "each" | "environment":
                yield (self.root,)

    @property
    def result(self) -> tuple[str, InputPath] | None:
        """The entry and the path in its result that is read; the path ends where it is not constant."""
        if self.root != "executions" or not {"result", "*"}.intersection(self._attributes):
            return None
        start = self.segments.index("result", 1) + 1 if "result" in self.segments[1:3] else len(self.segments)
        return _name(self.segments), _constant(self.segments[start:])

    @property
    def _attributes(self) -> list[str]:
        """More than one where an instance's key is spelled like an attribute."""
        if self.keys_only:
            return ["keys"]
        return [segment for segment in self.segments[1:3] if segment in ATTRIBUTES] or ["*"]


def chains(tree: nodes.Node) -> tuple[Chain, ...]:
    """Every chain of the tree, those inside the brackets of another one too."""
    found: dict[Chain, None] = {}
    _collect(tree, found)
    return tuple(found)


def _collect(node: nodes.Node, found: dict[Chain, None]) -> None:
    if isinstance(node, nodes.Filter) and (chain := _all_of(node) or _keys_of(node)):
        found[chain] = None
        return
    if isinstance(node, nodes.Call) and (chain := _file_of(node)):
        found[chain] = None
        return
    chain, brackets = _chain(node)
    if chain:
        found[chain] = None
    for child in brackets if chain else node.iter_child_nodes():
        _collect(child, found)


def _chain(node: nodes.Node | None) -> tuple[Chain | None, list[nodes.Node]]:
    """The chain that starts with a name, and what is not constant in its brackets."""
    segments: list[str | int | None] = []
    brackets: list[nodes.Node] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        segments.append(_segment(node))
        if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
            brackets.append(node.arg)
        node = node.node
    return (Chain(node.name, tuple(reversed(segments))) if isinstance(node, nodes.Name) else None), brackets


def _keys_of(node: nodes.Filter) -> Chain | None:
    """`executions.X | list`, and any other filter that sees the keys alone."""
    chain, brackets = _chain(node.node)
    if chain is None or chain.root != "executions" or len(chain.segments) != 1 or brackets:
        return None
    beyond = node.name in _BEYOND_KEYS or node.args or node.kwargs
    return None if beyond else Chain(chain.root, chain.segments, keys_only=True)


def _all_of(node: nodes.Filter) -> Chain | None:
    """`executions.X | values | map(attribute="result.path")`."""
    inner = node.node
    if node.name != "map" or not isinstance(inner, nodes.Filter) or inner.name != "values":
        return None
    chain, brackets = _chain(inner.node)
    attributes = [pair.value.value for pair in node.kwargs if isinstance(pair.value, nodes.Const)]
    if chain is None or brackets or len(attributes) != 1 or not isinstance(attributes[0], str):
        return None
    parts = (int(part) if part.isdigit() else part for part in attributes[0].split("."))
    return Chain(chain.root, (*chain.segments, None, *parts))


def _file_of(node: nodes.Call) -> Chain | None:
    """`file("a/constant/path")`."""
    paths = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    is_file = isinstance(node.node, nodes.Name) and node.node.name == "file"
    return Chain("file", (paths[0],)) if is_file and paths and isinstance(paths[0], str) else None


def _segment(node: nodes.Getattr | nodes.Getitem) -> str | int | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    value = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _name(segments: Segments) -> str:
    return segments[0] if segments and isinstance(segments[0], str) else "*"


def _constant(segments: Segments) -> InputPath:
    path: list[str | int] = []
    for segment in segments:
        if segment is None:
            break
        path.append(segment)
    return tuple(path)
