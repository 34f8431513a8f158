"""An execution as an engine reports it: the observed side of every comparison."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The service's Execution.Status; UNKNOWN stands for a name this version does not know."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    FINISHED = "FINISHED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_terminal(self) -> bool:
        return self in _TERMINAL


_TERMINAL = frozenset({Status.STOPPED, Status.FAILED, Status.FINISHED})


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """The engine's own words on a failure; untrusted text."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution. `input_json` and `result_json` are JSON text, None where the engine did not say.

    A list answers without input, result and error; get answers with them. `started_at` is RFC 3339 text,
    kept as it came (nine digits do not fit a datetime); `duration` is in seconds, None while unknown.
    """

    id: str
    workflow_id: str
    status: Status
    started_at: str | None = None
    duration: float | None = None
    input_json: str | None = None
    result_json: str | None = None
    error: ExecutionError | None = None
    raw_status: str = ""
    attempt: str | None = None
    """The start's attempt UUID, from engines that keep it: what makes recovery exact."""

    @property
    def is_active(self) -> bool:
        return not self.status.is_terminal


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of an execution's history. `path` tells branches and items apart where the engine does."""

    id: str
    type: str
    status: str
    title: str = ""
    path: str = ""
    started_at: str | None = None
    duration: float | None = None
    attempts: int = 1
    error: ExecutionError | None = None
    last_error: ExecutionError | None = None
    input_json: str | None = None
    output_json: str | None = None
