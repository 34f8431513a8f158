"""Entries that wait for each other in a circle: none of them could ever start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from declarative.diagnostics import Diagnostic, Note, Span

Edges = Mapping[str, Mapping[str, Callable[[], Span | None]]]
"""Entry -> the entries it waits for, each with a way to the place that says so."""


def problems(edges: Edges, waits: str = "waits for") -> list[Diagnostic]:
    """One for each circle, the whole way round; circles that share an entry count as one."""
    left = {name: {one for one in needed if one in edges} for name, needed in edges.items()}
    return [_problem(circle, edges, waits) for circle in _circles(left)]


def _circles(left: dict[str, set[str]]) -> Iterator[list[str]]:
    while _without_ends(left):
        circle = _circle(left)
        yield circle
        for name in circle:
            del left[name]
        for needed in left.values():
            needed.difference_update(circle)


def _without_ends(left: dict[str, set[str]]) -> bool:
    """Drops, again and again, what waits for nothing that is left; what stays leads into a circle."""
    dependents: dict[str, list[str]] = {}
    for name, needed in left.items():
        for upstream in needed:
            dependents.setdefault(upstream, []).append(name)
    free = [name for name, needed in left.items() if not needed]
    while free:
        gone = free.pop()
        del left[gone]
        for name in dependents.get(gone, ()):
            left[name].discard(gone)
            if not left[name]:
                free.append(name)
    return bool(left)


def _circle(left: dict[str, set[str]]) -> list[str]:
    """Everything left waits for something left, so walking on comes back to where it has been."""
    name = next(iter(left))
    path: dict[str, None] = {}
    while name not in path:
        path[name] = None
        name = min(left[name])
    walked = list(path)
    return walked[walked.index(name) :]


def _problem(circle: list[str], edges: Edges, waits: str) -> Diagnostic:
    around = [*circle, circle[0]]
    steps = list(pairwise(around))
    spans = [edges[name][needed]() for name, needed in steps]
    notes = [
        Note(f"{name} {waits} {needed}", span)
        for (name, needed), span in zip(steps, spans, strict=True)
        if span
    ]
    if len(circle) == 1:
        return Diagnostic("cycle", f"{circle[0]} {waits} itself", address=circle[0], span=spans[0])
    summary = f"Executions wait for each other in a circle: {' -> '.join(around)}"
    return Diagnostic("cycle", summary, address=circle[0], span=spans[0], notes=tuple(notes[1:]))
