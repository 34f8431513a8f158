"""What was measured, as a Markdown page that the README can quote."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine_figures import Figure
from measuring import Cost


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of several runs. `calls`: made to the API by one run of ours, by kind."""

    name: str
    count: int
    ours: Cost
    theirs: Cost | None
    calls: dict[str, int]


_HEAD = """| what | declarations | ours | Terraform | ours / Terraform | CPU, ours | CPU, Terraform \
| memory, ours | memory, Terraform | calls |
|---|--:|--:|--:|--:|--:|--:|--:|--:|---|"""
_NOTES = """\
Times are medians of whole processes, from the first instruction to the exit, in seconds; CPU time is user
and system together; memory is the peak of the process, and at least the 25 MB of the one that
starts it. Both tools take turns in one run. Terraform has as
many `terraform_data`, which is built in and makes no call.

- *all new*: nothing was ever started. *nothing to do*: everything has finished, as the state remembers.
- *apply* starts every execution over HTTP on an engine of this tool, which runs on the same processors.
  Terraform's apply is measured up to 1,000: it grows with the square, and 10,000 took it 25 minutes.
- *start-up* is set against Python that imports click, and does nothing.

What is not met: for 100 declarations Terraform is quicker, by a tenth to two tenths of a second. Four fifths of our
time there are imports. Python with click, PyYAML and pydantic's validator takes 0.08 s of it, and a third goes into
making 150 frozen dataclasses, each of which Python compiles anew at every start. Rooms and libraries that a command
does not need are not loaded; what would lift it further is a Python that keeps classes, or a process that stays.
From 1,000 declarations on it does not matter.
"""


def page(
    rows: Iterable[Row], starts: Iterable[tuple[str, Cost]], figures: Iterable[Figure], measured: str
) -> str:
    """`measured`: on what machine, with which versions, how often."""
    lines = [f"# Speed\n\nMeasured on {time.strftime('%Y-%m-%d')}: {measured}.\n"]
    lines += [_NOTES, _HEAD, *map(_line, rows)]
    lines += ["\n| start-up | time | CPU | memory |\n|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {_time(c.wall)} | {_some(c.cpu, _time)} | {_some(c.memory, _mb)} |" for name, c in starts
    ]
    lines += ["\n| the embedded engine, its runner a process of its own | |\n|---|--:|"]
    lines += [f"| {figure.what} | {figure.value} |" for figure in figures]
    lines += ["\nMade by `python tests/benchmarks/bench.py`.\n"]
    return "\n".join(lines)


def _line(row: Row) -> str:
    ours, theirs = row.ours, row.theirs
    cells = [row.name, f"{row.count:,}", _time(ours.wall)]
    cells += [_time(theirs.wall), f"{ours.wall / theirs.wall:.2f}"] if theirs else ["", ""]
    cells += [_time(ours.cpu), _time(theirs.cpu) if theirs else ""]
    cells += [_mb(ours.memory), _mb(theirs.memory) if theirs else ""]
    cells += [", ".join(f"{number} {kind}" for kind, number in sorted(row.calls.items())) or "none"]
    return f"| {' | '.join(cells)} |"


def _time(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}"


def _mb(megabytes: float) -> str:
    return f"{megabytes:.0f} MB"


def _some(value: float, words: Callable[[float], str]) -> str:
    """Nothing for what was not measured."""
    return words(value) if value else ""


def machine() -> str:
    processors = os.cpu_count() or 1
    busy = os.getloadavg()[0]
    return f"{processors} processors ({_processor()}), load {busy:.1f} before it began"


def _processor() -> str:
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
