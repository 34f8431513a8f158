"""What all visits of one run share: its journal and world, its limits, and the rule by which it ends.

Exactly one step ends a run. From the moment it is chosen, before its entry is written, no other step may
begin or end the run; so the entry alone tells, after a crash as well, how the run ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import NoReturn

from declarative.engine.codes import QUOTA, TIMEOUT
from declarative.engine.evaluation import Datum
from declarative.engine.journal import Control, Entry, EntryStatus, Journal, StepError
from declarative.engine.memo import Memo
from declarative.engine.world import World
from declarative.model.json import canonical


class Ended(Exception):
    """The run is over, whatever else is under way. `path` is the step's that ended it.

    `error` when the run failed, else the JSON text of its `result`.
    """

    def __init__(self, path: str, error: StepError | None, result: str | None) -> None:
        self.path = path
        self.error = error
        self.result = result
        super().__init__()

    def happened_in(self, path: str) -> bool:
        """Whether the step at `path`, or one inside it, ended the run."""
        return self.path == path or self.path.startswith((f"{path}.", f"{path}["))


class Stopped(Exception):
    """A stop was asked for: this sequence goes no further, those beside it end their active steps."""


class RunState:
    """`so_far` is what the run would yield if it ended now."""

    def __init__(self, journal: Journal, control: Control, world: World, started_at: float) -> None:
        self.journal = journal
        self.control = control
        self.world = world
        self.so_far = Datum({})
        self.ended: Ended | None = None
        self.deadline = started_at + world.limits.run_seconds
        self._closing = False
        self._steps = 0
        self._open: dict[str, Entry] = {}

    def now(self) -> float:
        return self.world.clock.now()

    def count(self, steps: int) -> None:
        self._steps += steps

    def note_open(self, entry: Entry) -> None:
        """An entry that an earlier walk left unfinished."""
        self._open[entry.path] = entry

    async def begin(self, entry: Entry) -> None:
        self._open[entry.path] = entry
        await self.journal.begin(entry)

    async def finish(self, entry: Entry) -> None:
        await self.journal.finish(entry)
        self._open.pop(entry.path, None)

    async def admit(self, path: str) -> None:
        """Lets a step begin, or does not."""
        await self.permit(path)
        if self._steps >= self.world.limits.steps:
            await self._end(path, QUOTA, f"the run has carried out {self.world.limits.steps} steps")

    async def permit(self, path: str) -> None:
        """Lets another attempt of a step begin, or does not."""
        if self._closing:
            await self._wait_for_the_end()
        if self.control.stop_requested:
            raise Stopped
        await self.check_time(path)

    async def check_time(self, path: str) -> None:
        if self.now() >= self.deadline:
            hours = self.world.limits.run_seconds / 3600
            await self._end(path, TIMEOUT, f"the run took longer than {hours:g} h")

    async def sleep_until(self, due: float, path: str) -> None:
        """Ends the run instead when its time is over first."""
        while (now := self.now()) < due:
            await self.check_time(path)
            await self.world.clock.sleep(min(due, self.deadline) - now)

    def result(self) -> str:
        return canonical(self.world.secrets.masked(self.so_far.value))

    async def close(self) -> None:
        """Makes the caller the one step that ends the run; the second to ask never gets an answer."""
        if self._closing:
            await self._wait_for_the_end()
        self._closing = True

    def end(self, path: str, error: StepError | None, result: str | None) -> NoReturn:
        """Only after `close`, and when what it tells is in the journal."""
        self.ended = Ended(path, error, result)
        raise self.ended

    async def leave(self) -> None:
        """Journals how what is open ended: with the run where its end lies inside, else interrupted."""
        entries = list(self._open.values())
        inside = [entry for entry in entries if self.ended and self.ended.happened_in(entry.path)]
        for entry in inside:
            await self.finish(self._ended_with_run(entry))
        interrupted = list(self._open.values())
        for entry in interrupted:
            await self.begin(replace(entry, status=EntryStatus.CANCEL_REQUESTED))
        for entry in interrupted:
            await self.finish(replace(entry, status=EntryStatus.CANCELLED, ended_at=self.now()))

    def _ended_with_run(self, entry: Entry) -> Entry:
        assert self.ended is not None
        memo = replace(Memo.of(entry), due=None, ends=True, result=self.ended.result)
        status = EntryStatus.COMPLETED if self.ended.error is None else EntryStatus.FAILED
        return replace(entry, status=status, ended_at=self.now(), error=self.ended.error, memo=memo.text())

    async def _end(self, path: str, code: str, message: str) -> NoReturn:
        await self.close()
        self.end(path, StepError(code, message), None)

    async def _wait_for_the_end(self) -> NoReturn:
        """Until the step that ends the run has this task cancelled."""
        while True:
            await asyncio.Event().wait()
