"""What the planner decided for one address: an action, and what it waits for. Two axes, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from declarative.diagnostics import Span
from declarative.model.address import Address
from declarative.model.desired import Policies
from declarative.model.execution import Execution
from declarative.model.json import Json
from declarative.model.record import Cause, StopMode


class Action(StrEnum):
    NONE = "none"
    START = "start"
    AGAIN = "again"
    """Start once more: the execution before has ended."""
    RERUN = "rerun"
    """Stop the active one, then start."""
    START_FIRST = "start_first"
    """Start, then stop the old one when the new one runs."""
    STOP = "stop"
    UPDATE = "update"
    """Only what state keeps changes (policies, a move); the execution is not touched."""
    RETIRE = "retire"
    ABANDON = "abandon"
    """Forget an active execution without touching it."""
    ADOPT = "adopt"
    RESOLVE = "resolve"
    """A start whose outcome is unknown: find it before anything else happens here."""

    @property
    def starts(self) -> bool:
        return self in _STARTS

    @property
    def stops(self) -> bool:
        return self in _STOPS


_STARTS = frozenset({Action.START, Action.AGAIN, Action.RERUN, Action.START_FIRST})
_STOPS = frozenset({Action.STOP, Action.RERUN, Action.START_FIRST})


class Gate(StrEnum):
    """What stands between the decision and the deed."""

    READY = "ready"
    DEFERRED = "deferred"
    """Other executions have to come first."""
    HELD = "held"
    """A limit or a backoff: it will go later by itself."""
    BLOCKED = "blocked"
    """A person has to decide."""


class Code(StrEnum):
    """Every reason a change can have. Closed: machines rely on it."""

    NEW = "new"
    RETURNED = "returned"
    CHANGED = "changed"
    REVISION = "revision"
    REQUESTED = "requested"
    REMOVED = "removed"
    RUN_NEVER = "run_never"
    DESTROYED = "destroyed"
    ENDED = "ended"
    RETRY = "retry"
    ROTATION = "rotation"
    REPLACED = "replaced"
    STOPPED_BY_US = "stopped_by_us"
    POLICY = "policy"
    MOVED = "moved"
    ADOPT = "adopt"
    RETIRED = "retired"
    ABANDONED = "abandoned"
    LOST = "lost"

    DONE = "done"
    IN_PROGRESS = "in_progress"
    KEPT = "kept"
    STOPPING = "stopping"
    SUSPENDED = "suspended"
    ENGINE_FORGOT = "engine_forgot"

    UPSTREAM = "upstream"
    UNKNOWN_INPUT = "unknown_input"
    STOP_FIRST = "stop_first"
    DEPENDENTS_FIRST = "dependents_first"
    NEW_ONE_FIRST = "new_one_first"
    START_UNRESOLVED = "start_unresolved"

    MAX_ACTIVE = "max_active"
    GROUP_LIMIT = "group_limit"
    PROVIDER_LIMIT = "provider_limit"
    QUOTA = "quota"
    BACKOFF = "backoff"

    FAILED = "failed"
    STOPPED = "stopped"
    PAUSED = "paused"
    FORBIDDEN = "forbidden"
    PROTECTED = "protected"
    DUPLICATE = "duplicate"
    AMBIGUOUS_START = "ambiguous_start"
    START_UNKNOWN = "start_unknown"
    PROVIDER_SUSPECT = "provider_suspect"
    RESULT_UNAVAILABLE = "result_unavailable"
    EMPTY_REFERENCE = "empty_reference"
    UPSTREAM_BLOCKED = "upstream_blocked"
    ADOPT_REFUSED = "adopt_refused"
    UNREADABLE = "unreadable"
    REPLACEMENT_FAILED = "replacement_failed"


@dataclass(frozen=True, slots=True)
class StartOrder:
    """All that a start needs, so that whoever carries it out looks nothing up."""

    provider: str
    """The provider's identity."""
    workflow: str
    workflow_id: str
    input_json: str
    spec: str
    revision: str
    generation: int
    cause: Cause
    policies: Policies
    kept_input: str | None
    """What state may keep of the input: masked, at most 4 KiB."""
    keeps_digest: bool = True
    depended_on: tuple[str, ...] = ()
    result_paths: tuple[tuple[str | int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class StopOrder:
    """One execution to be stopped. `grace`: seconds until terminate, None: never, 0: at once."""

    execution_id: str
    provider: str
    cause: Cause
    mode: StopMode = StopMode.GRACEFUL
    grace: float | None = None
    timeout: float = 120.0
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the plan was made from, for people and for the check of a saved plan."""

    execution_id: str | None = None
    status: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    started_at: str | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One address of a plan. `row` is the row of the decision table that decided.

    `by`: the instances waited for, or to blame. `spec`: digest of the declaration when known, else
    `template` binds it. `note`: something worth saying that changes nothing. `before` and `after` are masked
    inputs, filled where a difference is to be shown.
    """

    address: Address
    action: Action
    code: Code
    reason: str
    row: int = 0
    gate: Gate = Gate.READY
    gate_code: Code | None = None
    gate_reason: str = ""
    by: tuple[Address, ...] = ()
    start: StartOrder | None = None
    stop: StopOrder | None = None
    spec: str | None = None
    template: str | None = None
    generation: int = 0
    seen: Seen = Seen()
    before: Json = None
    after: Json = None
    unknown_paths: tuple[tuple[str | int, ...], ...] = ()
    sensitive_paths: tuple[tuple[str | int, ...], ...] = ()
    note: str = ""
    may_rerun: bool = False
    policies: Policies | None = None
    """What an update of policies writes down."""
    moved_from: Address | None = None
    adopted: Execution | None = None
    """The execution that an adoption binds."""
    span: Span | None = None

    @property
    def is_ready(self) -> bool:
        return self.gate is Gate.READY and self.action is not Action.NONE
