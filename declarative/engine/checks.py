"""Finds loops that would spin without ever waiting: the run's step limit would be their only end."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from declarative.diagnostics import Diagnostic, Span
from declarative.engine.steps.parallel import Parallel
from declarative.engine.steps.while_loop import While
from declarative.engine.workflow import Block, Body

_WANTED = "an integration step, wait, success or fail"


def idle_loops(block: Block) -> Iterator[Diagnostic]:
    """Cycles through `next` of idle steps only, and `while` bodies with an idle path, at any depth."""
    yield from _idle_cycle(block)
    for step in block.steps.values():
        if isinstance(step.body, While) and not _always_waits(step.body.do):
            summary = f"A path through the body of {step.id} never waits"
            yield _problem(summary, f"Every path needs {_WANTED}.", step.span)
        for inner in step.body.blocks.values():
            yield from idle_loops(inner)


def _idle_cycle(block: Block) -> Iterator[Diagnostic]:
    idle = {name for name, step in block.steps.items() if not _waits(step.body)}
    graph = {name: idle.intersection(block.steps[name].body.successors) for name in idle}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = _from_first(list(reversed(error.args[1])), list(block.steps))
        summary = f"The steps {' -> '.join(names)} are a loop that never waits"
        yield _problem(summary, f"Put {_WANTED} into it.", block.steps[names[0]].span)


def _from_first(cycle: list[str], order: list[str]) -> list[str]:
    """A closed cycle, told from the step that stands first in the file."""
    around = cycle[1:]
    first = around.index(min(around, key=order.index))
    return [*around[first:], *around[: first + 1]]


def _always_waits(block: Block) -> bool:
    """Whether no path from the block's start to its end consists of idle steps alone."""
    seen: set[str] = set()
    ahead = [block.start]
    while ahead:
        name = ahead.pop()
        body = block.steps[name].body
        if name in seen or _waits(body):
            continue
        if body.may_end:
            return False
        seen.add(name)
        ahead += body.successors
    return True


def _waits(body: Body) -> bool:
    """A loop counts by its body, as if it always ran; of branches one is enough."""
    if body.waits or not body.blocks:
        return body.waits
    held = map(_always_waits, body.blocks.values())
    return any(held) if isinstance(body, Parallel) else all(held)


def _problem(summary: str, hint: str, span: Span) -> Diagnostic:
    return Diagnostic("yawl_idle_loop", summary, hint=hint, span=span)
