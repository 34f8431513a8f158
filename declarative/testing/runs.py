"""One execution of the in-memory engine: a script, and what it looks like at any moment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from declarative.model.execution import Execution, ExecutionError, Status, Step


@dataclass(frozen=True, slots=True)
class Script:
    """What the executions of a workflow do. Durations in seconds; `math.inf` runs until it is stopped.

    `result_json`: JSON text, or made from the input's. With `error` it fails at its end. `pauses_after`: it
    is PAUSED from then on and no graceful stop acts. `stop_takes`: how long the active step needs to end.
    `ignores_stop`: only terminate ends it early.
    """

    duration: float = 0.0
    queued: float = 0.0
    result_json: str | Callable[[str], str] = "{}"
    error: ExecutionError | None = None
    pauses_after: float = math.inf
    stop_takes: float = 0.0
    ignores_stop: bool = False


@dataclass(frozen=True, slots=True)
class Forced:
    """A status that somebody outside has set, whatever the script says."""

    status: Status
    at: float
    error: ExecutionError | None = None
    result_json: str | None = None


@dataclass(slots=True)
class Run:
    """`accepted_at` and every other moment: Clock.monotonic. `epoch`: what to add for seconds since 1970.

    `echo`: the input as the engine gives it back.
    """

    id: str
    workflow_id: str
    attempt: str
    input_json: str
    echo: str | None
    script: Script
    accepted_at: float
    epoch: float
    serial: int
    stop_asked_at: float = math.inf
    terminated_at: float = math.inf
    forced: Forced | None = None

    @property
    def runs_from(self) -> float:
        return self.accepted_at + self.script.queued

    @property
    def ended_at(self) -> float:
        """When it ends or has ended, as far as is known now."""
        if self.forced is not None:
            return self.forced.at if self.forced.status.is_terminal else math.inf
        return min(self._natural_end, self._stop_acts_at, max(self.terminated_at, self.accepted_at))

    def status(self, now: float) -> Status:
        if self.forced is not None:
            return self.forced.status
        if now >= self.ended_at:
            return self._end()
        if now < self.runs_from:
            return Status.QUEUED
        return Status.PAUSED if now >= self._pause_at else Status.RUNNING

    def preview(self, now: float) -> Execution:
        """As a list shows it: without input, result and error. What is queued has no `started_at` yet."""
        has_started = now >= self.runs_from
        return Execution(
            id=self.id,
            workflow_id=self.workflow_id,
            status=self.status(now),
            started_at=moment_text(self.runs_from + self.epoch) if has_started else None,
            duration=max(0.0, self.ended_at - self.runs_from) if now >= self.ended_at else None,
            raw_status=self.status(now).value,
        )

    def whole(self, now: float) -> Execution:
        seen = self.preview(now)
        error = self._error() if seen.status is Status.FAILED else None
        result = self._result() if seen.status is Status.FINISHED else None
        return Execution(
            seen.id,
            seen.workflow_id,
            seen.status,
            seen.started_at,
            seen.duration,
            self.echo,
            result,
            error,
            seen.raw_status,
        )

    def steps(self, now: float) -> tuple[Step, ...]:
        """One step, which is all that such a workflow has."""
        seen = self.whole(now)
        status = _STEP_STATUS[seen.status]
        return (
            Step(
                id="work",
                type="NoOp",
                status=status,
                started_at=seen.started_at,
                duration=seen.duration,
                error=seen.error,
                input_json=seen.input_json,
                output_json=seen.result_json,
            ),
        )

    @property
    def _pause_at(self) -> float:
        return self.runs_from + self.script.pauses_after

    @property
    def _natural_end(self) -> float:
        end = self.runs_from + self.script.duration
        return end if end <= self._pause_at else math.inf

    @property
    def _stop_acts_at(self) -> float:
        acts_at = max(self.stop_asked_at, self.accepted_at) + self.script.stop_takes
        return math.inf if self.script.ignores_stop or acts_at >= self._pause_at else acts_at

    def _end(self) -> Status:
        if self._natural_end > self.ended_at:
            return Status.STOPPED
        return Status.FAILED if self.script.error is not None else Status.FINISHED

    def _error(self) -> ExecutionError | None:
        return self.forced.error if self.forced is not None else self.script.error

    def _result(self) -> str | None:
        if self.forced is not None:
            return self.forced.result_json
        made = self.script.result_json
        return made if isinstance(made, str) else made(self.input_json)


def moment_text(seconds: float) -> str:
    """RFC 3339 with nine digits, as the real service writes it."""
    whole = math.floor(seconds)
    nanoseconds = round((seconds - whole) * 1e6) * 1000 % 1_000_000_000
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{nanoseconds:09d}Z"


_STEP_STATUS = {
    Status.QUEUED: "SCHEDULED",
    Status.RUNNING: "STARTED",
    Status.PAUSED: "STARTED",
    Status.FINISHED: "COMPLETED",
    Status.FAILED: "FAILED",
    Status.STOPPED: "CANCELLED",
    Status.UNKNOWN: "STATUS_UNSPECIFIED",
}
