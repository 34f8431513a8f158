"""Runs that are looked at while they wait, and the workflows they carry out."""

from __future__ import annotations

import asyncio
from typing import Any

from language_kit import MemoryJournal, Stage, StillClock

from declarative.engine.journal import Control, EntryStatus

SIDE_BY_SIDE = r"""
yawl: "1.0"
start: both
steps:
  both:
    parallel:
      next: after
      branches:
        napping: {start: nap, steps: {nap: {wait: {duration: 100, next: late}}, late: {noOp: {}}}}
        short: {start: note, steps: {note: {noOp: {next: rest}}, rest: {wait: {duration: 5, next: late2}}, late2: {noOp: {}}}}
  after: {noOp: {}}
"""


RETRYING = r"""
yawl: "1.0"
start: flaky
steps:
  flaky:
    httpCall:
      url: http://h/flaky
      next: after
      retryPolicy: {errorList: [ALL], retryCount: 5, initialDelay: 60s, maxDelay: 60s}
      catch: [{errorList: [ALL], output: '\({})', next: after}]
  after: {noOp: {}}
"""


class HeldClock(StillClock):
    """Sleeps until it is told to let go; `asleep` tells how many wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = 0
        self._go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        due = self.time + seconds
        self.asleep += 1
        try:
            await self._go.wait()
        finally:
            self.asleep -= 1
        self.time = max(self.time, due)

    def go(self) -> None:
        self._go.set()


class Under:
    """A run under way, until what it waits for is waited for."""

    def __init__(self, stage: Stage, text: str, journal: MemoryJournal | None = None, **world: Any) -> None:
        self.journal, self.clock, self.control = journal or MemoryJournal(), HeldClock(), Control()
        work = stage.work(stage.workflow(text), None, self.journal, self.clock, self.control, world)
        self.task = asyncio.create_task(work)

    async def until_asleep(self, many: int) -> None:
        while self.clock.asleep < many:
            assert not self.task.done(), self.task.result()
            await asyncio.sleep(0)

    def statuses(self) -> dict[str, EntryStatus]:
        return {entry.step: entry.status for entry in self.journal.entries.values()}
