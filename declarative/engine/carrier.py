"""Carries executions on: takes them in, runs each in a task of its own, and writes how they ended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from declarative.engine import writes
from declarative.engine.codes import INTERNAL
from declarative.engine.errors import EngineError
from declarative.engine.journal import Control, Ending, Journal, Outcome, StepError
from declarative.engine.recorder import Recorder
from declarative.engine.rows import Job, Wish
from declarative.engine.store import Store
from declarative.model.execution import Execution

CHUNK = 100
"""So many executions are taken in at a time, so that the first run while the rest are read."""

LEAVE_SECONDS = 5.0

Run: TypeAlias = Callable[[Job, Journal, Control], Awaitable[Outcome]]
"""Carries one execution to its end. What it raises is taken for a bug."""

_log = logging.getLogger("declarative.runner")


@dataclass(slots=True)
class _Run:
    """A job under way: `work` is cancelled to terminate it, `carrying` sees to its end whatever happens."""

    job: Job
    control: Control
    work: asyncio.Task[Outcome]
    carrying: asyncio.Task[None] = field(init=False)
    granted: str | None = None


class Carrier:
    """Everything a runner has under way. Lives on one event loop; calls `changed` when a run has ended."""

    def __init__(self, store: Store, run: Run, changed: Callable[[], None]) -> None:
        self._store = store
        self._run = run
        self._changed = changed
        self._runs: dict[int, _Run] = {}
        self._resumed = asyncio.Event()
        self._taking_in = asyncio.Lock()
        self.is_leaving = False
        self.broken: EngineError | None = None
        """Set when the store can no longer be written: the runner must leave, and another one carry on."""

    @property
    def is_idle(self) -> bool:
        return not self._runs

    async def resume(self) -> None:
        """Takes up what an earlier runner had begun."""
        numbers = self._store.begun()
        for start in range(0, len(numbers), CHUNK):
            for job in self._store.jobs(numbers[start : start + CHUNK]):
                self._begin(job)
            await asyncio.sleep(0)
        self._resumed.set()

    async def take_in(self) -> None:
        """Begins what is queued, and does what was asked of what is under way.

        Done to its end whatever becomes of the caller: what is claimed and not begun would be nobody's.
        """
        await asyncio.shield(asyncio.create_task(self._take_in()))

    async def _take_in(self) -> None:
        # One at a time, so that whatever the store calls RUNNING has been begun once the turn is ours.
        async with self._taking_in:
            await self._begin_queued()
            await self._grant_wishes()

    async def _begin_queued(self) -> None:
        while self._store.has_queued():
            for job in await self._store.written(partial(writes.claim, count=CHUNK)):
                self._begin(job)

    async def _grant_wishes(self) -> None:
        # Granting a wish may make wishes for nested runs.
        while wishes := [wish for wish in self._store.wishes() if self._is_news(wish)]:
            for wish in wishes:
                await self._grant(wish)

    async def finished(self, number: int) -> Execution:
        """Waits for the end of an execution, which may be anywhere between queued and ended."""
        await self._resumed.wait()
        while (found := self._store.outcome(number)).is_active:
            if self.broken is not None:
                raise self.broken
            await self.take_in()
            if (run := self._runs.get(number)) is not None:
                await asyncio.wait([run.carrying])
        return found

    async def leave(self) -> None:
        """Lets go of everything as it is, for the next runner."""
        self.is_leaving = True
        for run in self._runs.values():
            run.control.abandoned = True
            run.work.cancel()
        if carrying := [run.carrying for run in self._runs.values()]:
            await asyncio.wait(carrying, timeout=LEAVE_SECONDS)

    def look(self) -> None:
        """Has the runner look for news soon."""
        self._changed()

    def _begin(self, job: Job) -> None:
        if job.number not in self._runs:
            control = Control()
            run = _Run(job, control, asyncio.create_task(self._work(job, control)))
            run.carrying = asyncio.create_task(self._carry(run))
            self._runs[job.number] = run
            self._heed(run)

    def _heed(self, run: _Run) -> None:
        """What was asked of a run before it is taken up holds before its first step."""
        if run.job.asked == "stop":
            run.control.stop_requested = True
        elif run.job.asked == "terminate":
            run.granted = run.job.asked
            run.work.cancel()

    def _work(self, job: Job, control: Control) -> Coroutine[Any, Any, Outcome]:
        async def work() -> Outcome:
            recorder = Recorder(self._store, job.number, self._store.notes(job.number))
            return await self._run(job, recorder, control)

        return work()

    async def _carry(self, run: _Run) -> None:
        try:
            await asyncio.wait([run.work])
            if not self.is_leaving:
                await self._end(run.job, self._outcome(run))
        except EngineError as error:
            self._break(error)
        finally:
            del self._runs[run.job.number]
            self._changed()

    async def _end(self, job: Job, outcome: Outcome) -> None:
        await self._store.written(partial(writes.end, number=job.number, outcome=outcome, now=time.time_ns()))

    def _outcome(self, run: _Run) -> Outcome:
        """How the work ended. Raises EngineError when that was because it could not be written down."""
        if run.work.cancelled():
            return Outcome(Ending.STOPPED)
        match run.work.exception():
            case None:
                return run.work.result()
            case EngineError() as error:
                raise error
            case error:
                _log.error("execution %s: a bug of ours ended it", run.job.id, exc_info=error)
                message = (
                    "an internal error of the embedded engine ended this execution; runner.log says more"
                )
                return Outcome(Ending.FAILED, error=StepError(INTERNAL, message))

    def _is_news(self, wish: Wish) -> bool:
        run = self._runs.get(wish.number)
        return run is not None and run.granted != wish.asked

    async def _grant(self, wish: Wish) -> None:
        """Stops or terminates a run, once: a second cancellation would break into the clearing up."""
        run = self._runs.get(wish.number)
        if run is None:
            return
        run.granted = wish.asked
        await self._store.written(
            partial(writes.ask_children, number=wish.number, wish=wish.asked, now=time.time_ns())
        )
        if wish.asked == "stop":
            run.control.stop_requested = True
        else:
            run.work.cancel()

    def _break(self, error: EngineError) -> None:
        if self.broken is None and not self.is_leaving:
            _log.error("leaving: %s", error)
            self.broken = error
