"""What happens during apply, destroy and wait: a closed union, walked with `match`.

Listeners (live display, plain lines, NDJSON) render the same stream; none of them steers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.change import Change
from declarative.model.execution import Status
from declarative.model.record import Outcome, StopMode


@dataclass(frozen=True, slots=True)
class LockTaken:
    """`taken_from` tells whose abandoned lock it was."""

    backend: str
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A start with an unknown outcome was looked into.

    `finding`: adopted, nothing_started, ambiguous, unknown.
    """

    address: Address
    finding: str
    execution_id: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class WaveBegins:
    """Intents are durable; `starts` and `stops` go on the wire now."""

    starts: int
    stops: int
    serial: int


@dataclass(frozen=True, slots=True)
class Started:
    address: Address
    execution_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class StartRefused:
    """The engine answered, and nothing was started."""

    address: Address
    problem: Diagnostic
    held: bool = False


@dataclass(frozen=True, slots=True)
class StartUnknown:
    """The request was sent, and no answer proves what became of it. The intent stays."""

    address: Address
    problem: Diagnostic


@dataclass(frozen=True, slots=True)
class StopAsked:
    address: Address
    execution_id: str
    mode: StopMode


@dataclass(frozen=True, slots=True)
class StopRefused:
    address: Address
    execution_id: str
    problem: Diagnostic


@dataclass(frozen=True, slots=True)
class StopPending:
    """`stop_timeout` is over and the execution still runs; a later apply goes on from here."""

    address: Address
    execution_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """An execution reached its end. `seconds`: how long it ran, where known."""

    address: Address
    execution_id: str
    outcome: Outcome
    error_code: str = ""
    error_message: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A status on the way, such as QUEUED to RUNNING."""

    address: Address
    execution_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Noted:
    """State took something over without touching an engine: retired, abandoned, adopted, policy."""

    change: Change


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing to do but wait. Sent at most every ten seconds of waiting."""

    active: int
    deferred: int
    held: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Warned:
    problem: Diagnostic


Event: TypeAlias = (
    LockTaken
    | Recovered
    | WaveBegins
    | Started
    | StartRefused
    | StartUnknown
    | StopAsked
    | StopRefused
    | StopPending
    | Ended
    | Moved
    | Noted
    | Waiting
    | Warned
)
