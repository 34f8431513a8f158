"""What the embedded engine can carry: starts, steps, executions that wait, a long history. Lines of a table."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from declarative.engine.client import Engine, StartCall
from declarative.engine.settings import Settings

STARTS = 1000
WAITING = 10_000
ROUNDS = 990
"""Steps of one run; the language allows a thousand."""
_SIDE_BY_SIDE = 20
_WATCHED_SECONDS = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")

_LOOP = f"""yawl: "1.0"
start: a
steps:
  a:
    foreach:
      input: '\\([range({ROUNDS}) | {{n: .}}])'
      output: '\\({{all: length}})'
      do: {{start: b, steps: {{b: {{noOp: {{output: '\\({{n: .n}})'}}}}}}}}
"""
_HOUR = 'yawl: "1.0"\nstart: a\nsteps: {a: {wait: {duration: "3600"}}}\n'
_QUICK = "yawl: \"1.0\"\nstart: a\nsteps: {a: {noOp: {output: '\\({ok: true})'}}}\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` with its unit, as text."""

    what: str
    value: str


def figures(place: Path) -> Iterator[Figure]:
    """Each on an engine of its own, whose runner is a process of its own."""
    place.mkdir(parents=True)
    yield from _starts(place)
    yield from _steps(place)
    yield from _waiting(place)


def _starts(place: Path) -> Iterator[Figure]:
    engine, (quick,) = _engine(place / "starts", _QUICK)
    took = _seconds(lambda: [engine.start(StartCall(quick)) for _ in range(STARTS)])
    yield Figure("starts, each a durable commit", f"{STARTS / took:,.0f} a second")
    took = _seconds(lambda: engine.start_many([StartCall(quick)] * STARTS))
    yield Figure(f"starts, {STARTS:,} in one commit", f"{STARTS / took:,.0f} a second")
    _await_none_active(engine, quick)
    engine.close()


def _steps(place: Path) -> Iterator[Figure]:
    engine, (loop,) = _engine(place / "steps", _LOOP)
    begun = time.perf_counter()
    one = engine.start(StartCall(loop))
    _await_none_active(engine, loop)
    yield Figure("steps of one run, each durable", f"{_entries(engine, one) / _since(begun):,.0f} a second")
    begun = time.perf_counter()
    engine.start_many([StartCall(loop)] * _SIDE_BY_SIDE)
    _await_none_active(engine, loop)
    steps = _entries(engine, one) * _SIDE_BY_SIDE
    yield Figure(f"steps of {_SIDE_BY_SIDE} runs side by side", f"{steps / _since(begun):,.0f} a second")
    took = _seconds(lambda: engine.history(one))
    yield Figure(f"history of a run of {_entries(engine, one):,} entries", f"{took * 1000:.0f} ms")
    engine.close()


def _waiting(place: Path) -> Iterator[Figure]:
    engine, (hour,) = _engine(place / "waiting", _HOUR)
    begun = time.perf_counter()
    started = engine.start_many([StartCall(hour)] * WAITING)
    while not all(engine.history(one) for one in (started[0], started[-1])):
        time.sleep(0.1)
    yield Figure(f"until {WAITING:,} executions wait", f"{_since(begun):.1f} s")
    runner = int((place / "waiting" / "engine" / "runner.lock").read_text(encoding="utf-8"))
    time.sleep(_WATCHED_SECONDS)
    before = _processor_seconds(runner)
    time.sleep(_WATCHED_SECONDS)
    used = (_processor_seconds(runner) - before) / _WATCHED_SECONDS
    yield Figure(f"{WAITING:,} waiting executions: processor", f"{used:.1%} of one")
    yield Figure(f"{WAITING:,} waiting executions: memory of the runner", f"{_memory(runner):.0f} MB")
    os.kill(runner, 9)
    engine.close()


def _engine(place: Path, *texts: str) -> tuple[Engine, list[str]]:
    place.mkdir()
    engine = Engine(place / "engine", place, Settings(idle=1.0))
    for number, text in enumerate(texts):
        (place / f"{number}.yaml").write_text(text, encoding="utf-8")
    return engine, [engine.register(f"{number}.yaml") for number in range(len(texts))]


def _await_none_active(engine: Engine, workflow: str) -> None:
    while any(row.is_active for row in engine.list(workflow, 1000).executions):
        time.sleep(0.02)


def _entries(engine: Engine, execution_id: str) -> int:
    return len(engine.history(execution_id))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return _since(begun)


def _since(begun: float) -> float:
    return time.perf_counter() - begun


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(process: int) -> float:
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
