"""All schedules under their names: `seed 4711`, or what a small one is called. What a name means does not
change while the code does not, so that a failure can be played again by it."""

from __future__ import annotations

from collections.abc import Iterator

from sim_pairs import meetings, pairs
from sim_random import schedule_of
from sim_schedule import Report, Schedule, play
from sim_small import single_faults, smalls
from sim_stories import stories

Named = tuple[str, Schedule]


def random_ones(first: int, count: int) -> Iterator[Named]:
    for seed in range(first, first + count):
        yield f"seed {seed}", schedule_of(seed)


def small_ones(part: int, parts: int, stride: int) -> Iterator[Named]:
    """One part of every single fault in every small configuration, each `stride`-th of them."""
    for number, small in enumerate(smalls()):
        if number % parts == part:
            yield from _each(single_faults(small), stride, number)


def two_at_once(part: int, parts: int, stride: int) -> Iterator[Named]:
    for number, pair in enumerate(pairs()):
        if number % parts == part:
            yield from _each(meetings(pair), stride, number)


def by_name(name: str) -> Schedule:
    """Raises LookupError."""
    if name.startswith("seed "):
        return schedule_of(int(name.removeprefix("seed ")))
    if name.startswith("story: "):
        return dict(stories())[name]
    title = name.rpartition(": ")[0]
    for small in smalls():
        if small.name == title:
            return dict(single_faults(small))[name]
    for pair in pairs():
        if pair.name == title:
            return dict(meetings(pair))[name]
    raise LookupError(name)


def failure(named: Named) -> str:
    """What broke, with the name to play it again by; empty when nothing did."""
    name, schedule = named
    report = play(schedule)
    return f"{name}: {report.broken}" if report.broken else ""


def told(report: Report) -> Iterator[str]:
    """What happened, for people: every touch, every event, the executions there were."""
    for process, touch, kind, fault in report.trace:
        yield f"{process} touch {touch}: {kind} {fault}".rstrip()
    for operator in report.operators:
        yield f"{operator.process.name}: {operator.failure or 'ended in good order'}"
        yield from (f"  {event}" for event in operator.events)
    for kept in report.engine.kept.values():
        run = kept.run
        yield f"{run.id} of {kept.address or 'somebody'}: {run.workflow_id} {run.input_json} at {run.accepted_at:.2f}"
    yield f"broken: {report.broken or 'nothing'}"


def _each(schedules: Iterator[Named], stride: int, offset: int) -> Iterator[Named]:
    for number, named in enumerate(schedules):
        if (number + offset) % stride == 0:
            yield named
