"""Runs one command as a process of its own and says what it cost: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run. `wall` and `cpu` (user and system) in seconds, `memory` the peak in MB (10^6 bytes)."""

    wall: float
    cpu: float
    memory: float
    output: str = ""


class Failed(Exception):
    """A command ended otherwise than it should; the text is what it said."""


def run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], accepted: Sequence[int] = (0,)
) -> Cost:
    """The cost of one process, from the resources that the kernel counted for it. Raises Failed."""
    said = folder / ".said"
    with said.open("wb") as file:
        begun = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    output = said.read_text(encoding="utf-8", errors="replace")
    if child.returncode not in accepted:
        raise Failed(f"{' '.join(command)} ended with {child.returncode}:\n{output[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6, output)


def first_line(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """`wall` until the first line can be read from a pipe, whatever it says; the process then goes on to its end."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        wall = time.perf_counter() - begun
        child.stdout.read()
    return Cost(wall, 0.0, 0.0)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure over several runs, with the words of the last run."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
        costs[-1].output,
    )
