"""What interpreter and store agree on: entries of a run's journal, and how a run ends.

The interpreter is a plain recursive walk over the workflow. It survives a crash because every step it
finishes is journalled, durably, before the next begins: after a restart the same walk is made again, and a
step whose path is found finished hands back what it gave then, without being carried out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class EntryStatus(StrEnum):
    """The service's HistoryEntry.Status."""

    SCHEDULED = "SCHEDULED"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class StepError:
    """`code` as in the service's list (STEP_TIMEOUT, HTTP_CALL_503, ...)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One step as it was carried out once. Times are seconds since the epoch; JSON is kept as text.

    `path` is unique within the execution and readable by people: `both.quick/note` (branch quick of the
    parallel step both), `each[3]/detail` (item 3 of a foreach), `loop[2]/add` (iteration 2 of a while),
    `a~2` (second visit of a through a backward `next`).
    """

    path: str
    step: str
    type: str
    status: EntryStatus
    started_at: float
    ended_at: float | None = None
    title: str = ""
    description: str = ""
    input_json: str | None = None
    output_json: str | None = None
    error: StepError | None = None
    last_error: StepError | None = None
    attempts: int = 1
    memo: str | None = None
    """The interpreter's own note for replay (the successor it chose, an attempt's due time)."""


class Journal(Protocol):
    """The journal of one execution."""

    def recall(self, path: str) -> Entry | None:
        """The last entry written for `path`, finished or only begun. From memory: never waits."""

    async def begin(self, entry: Entry) -> None:
        """Notes that a step (or its next attempt) is under way. Durable on return.

        Called again for the same path when an attempt failed and a retry is due, when the retry begins, and
        with CANCEL_REQUESTED just before CANCELLED. Each entry replaces the one before it.
        """

    async def finish(self, entry: Entry) -> None:
        """Notes how a step ended. Durable on return; only then may the next step begin.

        A step without effects (NoOp, Switch, Success, Fail), and one whose input could not be made, is
        finished without having been begun.
        """


class Ending(StrEnum):
    """The terminal statuses of the service."""

    FINISHED = "FINISHED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `result_json` only with FINISHED, `error` only with FAILED."""

    ending: Ending
    result_json: str | None = None
    error: StepError | None = None


class Control:
    """Set from outside to stop a run gracefully: the active steps end, no further one begins.

    Terminate needs no flag: the run's task is cancelled. With `abandoned` set before it is cancelled, the
    task leaves the journal as it is, so that another runner carries the run on.
    """

    def __init__(self) -> None:
        self.abandoned = False
        self._stop = asyncio.Event()

    @property
    def stop_requested(self) -> bool:
        return self._stop.is_set()

    @stop_requested.setter
    def stop_requested(self, wanted: bool) -> None:
        """Only on the run's event loop: it wakes a step that waits between retries."""
        if wanted:
            self._stop.set()
        else:
            self._stop.clear()

    async def stop_wanted(self) -> None:
        """Returns when a stop is requested."""
        await self._stop.wait()


class Children(Protocol):
    """Carries out nested runs for the `workflow` step."""

    async def run(self, workflow_id: str, input_json: str, parent_path: str) -> Outcome:
        """Starts the child once, however often it is asked with the same path, and awaits its end.

        A retry of the parent's step asks with another path (`call`, then `call#2`).

        When the awaiting task is cancelled, the child is terminated too; a graceful stop of the parent is
        passed on by the implementation. Raises LookupError for an unknown workflow.
        """
