"""Who waits for whom, entry by entry, for mermaid and for Graphviz."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from declarative.model.desired import Instance
from declarative.render.dump import JsonObject
from declarative.render.words import escape_html, one_line


@dataclass(frozen=True, slots=True)
class Node:
    """An entry and how many instances it has."""

    name: str
    workflow: str
    instances: int


@dataclass(frozen=True, slots=True)
class Edge:
    """`waiting` waits for `upstream`; `need` is a word of `depends_on`, or `result` for an expression."""

    upstream: str
    waiting: str
    need: str


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(instances: Iterable[Instance]) -> Graph:
    """Entries in the order of the files. What is named but has no instance is a node all the same."""
    found = list(instances)
    numbers = Counter(instance.address.name for instance in found)
    workflows = {instance.address.name: instance.workflow.named for instance in found}
    edges = dict.fromkeys(edge for instance in found for edge in _edges(instance))
    named = dict.fromkeys([*numbers, *(edge.upstream for edge in edges)])
    nodes = (Node(name, workflows.get(name, ""), numbers[name]) for name in named)
    return Graph(tuple(nodes), tuple(edges))


def _edges(instance: Instance) -> Iterable[Edge]:
    name = instance.address.name
    yield from (Edge(upstream, name, "result") for upstream in instance.reads)
    yield from (Edge(needed.name, name, needed.need.value) for needed in instance.depends_on)


def graph_document(graph: Graph) -> JsonObject:
    return {
        "format_version": "1.0",
        "nodes": [{"name": n.name, "workflow": n.workflow, "instances": n.instances} for n in graph.nodes],
        "edges": [{"from": e.upstream, "to": e.waiting, "need": e.need} for e in graph.edges],
    }


def mermaid(graph: Graph) -> str:
    """Nodes get ids of ours: `end` and others are words of mermaid's own."""
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [f'  {ids[node.name]}["{_label(node, "<br/>", escape_html)}"]' for node in graph.nodes]
    lines += [f"  {ids[e.upstream]} -->|{e.need}| {ids[e.waiting]}" for e in graph.edges]
    return "".join(f"{line}\n" for line in ["flowchart LR", *lines])


def dot(graph: Graph) -> str:
    lines = [
        f'  {_quoted(node.name)} [label="{_label(node, chr(92) + "n", _escaped)}"];' for node in graph.nodes
    ]
    lines += [
        f"  {_quoted(e.upstream)} -> {_quoted(e.waiting)} [label={_quoted(e.need)}];" for e in graph.edges
    ]
    return "".join(
        f"{line}\n"
        for line in ["digraph executions {", "  rankdir = LR;", "  node [shape = box];", *lines, "}"]
    )


def _label(node: Node, line_break: str, escape: Callable[[str], str]) -> str:
    times = f" × {node.instances}" if node.instances != 1 else ""
    below = line_break + escape(one_line(node.workflow)) if node.workflow not in ("", node.name) else ""
    return f"{escape(node.name)}{times}{below}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
