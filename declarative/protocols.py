"""The contracts of the outside world: engines, places for state, time. Plugins are written against these.

Every method takes one request object, so that fields can be added without breaking a plugin.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from declarative.diagnostics import Diagnostic
from declarative.model.execution import Execution, Step
from declarative.model.state import State


class Clock(Protocol):
    """Time, injected so that tests and simulations own it."""

    def now(self) -> float:
        """Seconds since the epoch; may jump."""

    def monotonic(self) -> float:
        """Seconds that never go back and go on while the machine sleeps (CLOCK_BOOTTIME)."""

    def sleep(self, seconds: float) -> None:
        """Waits, or returns early when the process was asked to end."""


# ── engines ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can promise. Whatever is not promised is not relied on.

    `idempotent_start`: a repeated start with the same attempt answers with the same execution.
    `client_ids`: the execution's id is chosen by us. `terminal_is_final`: an ended execution never changes.
    `settle`: seconds after which an unanswered start has either taken effect, visibly, or never will.
    `retention_min`: seconds for which the engine surely remembers. `send_window`: seconds after the intent's
    write in which a start may go on the wire.
    """

    idempotent_start: bool = False
    client_ids: bool = False
    terminal_is_final: bool = True
    settle: float = 120.0
    retention_min: float = 3600.0
    send_window: float = 30.0
    max_active: int | None = None


class Kind(StrEnum):
    """What went wrong with a call, in the words of google.rpc.Code where it has one."""

    INVALID = "invalid_argument"
    NOT_FOUND = "not_found"
    DENIED = "permission_denied"
    UNAUTHENTICATED = "unauthenticated"
    EXHAUSTED = "resource_exhausted"
    PRECONDITION = "failed_precondition"
    EXISTS = "already_exists"
    """With `client_ids`: another attempt's execution has this id."""
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No connection was made: nothing can have happened."""
    TOO_LATE = "too_late"
    """The send window was over before the first byte: nothing was sent."""
    GARBLED = "garbled"
    """An answer came that is not the engine's."""
    OTHER = "other"


class ProviderError(Exception):
    """A call failed. `proves_nothing_happened` decides whether a start may be made again.

    `call`: method and address as a person would write them. `said`: the engine's own words, untrusted and
    already stripped of control characters. `retry_after`: seconds.
    """

    def __init__(
        self,
        kind: Kind,
        call: str,
        said: str,
        *,
        hint: str = "",
        request_id: str | None = None,
        proves_nothing_happened: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.kind = kind
        self.call = call
        self.said = said
        self.hint = hint
        self.request_id = request_id
        self.proves_nothing_happened = proves_nothing_happened
        self.retry_after = retry_after
        super().__init__(f"{call}: {said}")


@dataclass(frozen=True, slots=True)
class ResolveRequest:
    """A workflow as the configuration names it (see model.desired.WorkflowRef.reference)."""

    reference: str


@dataclass(frozen=True, slots=True)
class GetRequest:
    execution_id: str


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Executions of one workflow, newest first. `active_only` and `started_after` (epoch seconds) may narrow
    the answer, never decide: the caller looks at every row itself."""

    workflow_id: str
    page_token: str = ""
    page_size: int = 1000
    active_only: bool = False
    started_after: float | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """`served_at`: the engine's clock when it answered (epoch seconds), None where it does not say."""

    executions: tuple[Execution, ...]
    next_page_token: str = ""
    served_at: float | None = None


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    execution_id: str


@dataclass(frozen=True, slots=True)
class StartRequest:
    """`attempt`: a UUID, the same for every try of one intent. `not_after`: on Clock.monotonic; checked just
    before the first byte, beyond it nothing may be sent. `execution_id`: only with `client_ids`."""

    workflow_id: str
    input_json: str
    attempt: str
    not_after: float
    execution_id: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    execution_id: str


@dataclass(frozen=True, slots=True)
class StopRequest:
    execution_id: str


@dataclass(frozen=True, slots=True)
class TerminateRequest:
    execution_id: str


class Reader(Protocol):
    """The reading half of an engine's client. `drift` is given nothing more: it cannot start or stop.

    A sequence of Diagnostic named `warnings`, where there is one, is shown with every plan.
    """

    @property
    def identity(self) -> str:
        """Which engine this is, across configurations: type, endpoint, account (embedded: the database)."""

    @property
    def capabilities(self) -> Capabilities: ...

    def resolve(self, request: ResolveRequest) -> str:
        """The engine's id of a workflow. Raises ProviderError, NOT_FOUND when there is none."""

    def get(self, request: GetRequest) -> Execution:
        """Raises ProviderError, NOT_FOUND when the engine does not know the id (or has forgotten it)."""

    def list(self, request: ListRequest) -> ListPage:
        """One page. Absence from a list is never evidence that an execution does not exist."""

    def history(self, request: HistoryRequest) -> tuple[Step, ...]: ...

    def close(self) -> None: ...


class Provider(Reader, Protocol):
    """An engine. Safe to call from several threads."""

    def start(self, request: StartRequest) -> Started:
        """Starts once. Never retried by the provider unless `proves_nothing_happened`.

        Raises ProviderError; whatever does not prove that nothing started is an unknown outcome.
        """

    def stop(self, request: StopRequest) -> None:
        """Graceful: the active step ends first. Raises ProviderError, PRECONDITION when already ended."""

    def terminate(self, request: TerminateRequest) -> None:
        """At once. Raises ProviderError, PRECONDITION when already ended."""


# ── places for state ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BackendAbilities:
    """`cas`: a write fails when the document is not the one that was read. `lock`: one holder at a time.
    `lease`: a lock whose holder died is freed by time alone. `kernel_lock`: freed with the process.
    `shows_holder`: `holder()` can tell without trying to take the lock."""

    cas: bool
    lock: bool = True
    lease: bool = False
    kernel_lock: bool = False
    shows_holder: bool = True


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds a lock; the fields of Terraform's LockInfo. `created` and `expires_at`: RFC 3339."""

    id: str
    operation: str
    who: str
    created: str
    info: str = ""
    version: str = ""
    path: str = ""
    expires_at: str = ""


@dataclass(frozen=True, slots=True)
class StateDocument:
    """`version` is the backend's own tag of this content (an ETag, a serial); opaque."""

    data: bytes
    version: str


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """`expected`: the version that was read, None when there must be none. `lock_id`: of the holder."""

    data: bytes
    expected: str | None
    lock_id: str = ""
    serial: int = 0


@dataclass(frozen=True, slots=True)
class LockRequest:
    info: LockInfo


@dataclass(frozen=True, slots=True)
class LockGrant:
    """`taken_from`: the holder whose lease had run out, when it was taken over."""

    info: LockInfo
    taken_from: LockInfo | None = None


class BackendError(Exception):
    """State could not be read or written. `outcome_unknown`: a write may have taken effect all the same.

    `transient`: the same call may well succeed a little later.
    """

    def __init__(self, problem: Diagnostic, outcome_unknown: bool = False, transient: bool = False) -> None:
        self.problem = problem
        self.outcome_unknown = outcome_unknown
        self.transient = transient
        super().__init__(problem.summary)


class Conflict(BackendError):
    """Somebody else wrote: the document is no longer the expected one. Nothing was written."""


class Locked(BackendError):
    """Somebody else holds the lock."""

    def __init__(self, problem: Diagnostic, holder: LockInfo | None) -> None:
        self.holder = holder
        super().__init__(problem)


class LockLost(BackendError):
    """The lock we held is not ours any more."""


class StateWriter(Protocol):
    """State under a lock that this process holds: all that whoever carries a plan out may do with it."""

    @property
    def fence(self) -> float | None:
        """Clock.monotonic of when the last confirmed write under this lock was sent; None: none yet."""

    def check(self) -> None:
        """Raises LockLost once the lock may not be ours any more."""

    def write(self, state: State) -> State:
        """What was written: durable, with the next serial. Raises LockLost, BackendError."""


class StateBackend(Protocol):
    """Keeps one document and one lock. Safe to call from several threads."""

    @property
    def abilities(self) -> BackendAbilities: ...

    @property
    def place(self) -> str:
        """Where state lives, for people; without any secret."""

    def read(self) -> StateDocument | None:
        """None when there is no document (never for an empty one). Raises BackendError."""

    def write(self, request: WriteRequest) -> str:
        """The new version. Durable on return. Raises Conflict, LockLost, BackendError."""

    def lock(self, request: LockRequest) -> LockGrant:
        """Takes the lock, or an abandoned one over. Raises Locked, BackendError. Never waits."""

    def renew(self, request: LockRequest) -> None:
        """Prolongs a lease; nothing where there is none. Raises LockLost, BackendError."""

    def unlock(self, request: LockRequest) -> None:
        """Gives back a lock of ours; does nothing when it is not ours any more. Raises BackendError."""

    def holder(self) -> LockInfo | None: ...

    def force_unlock(self, lock_id: str) -> None:
        """Frees the lock with this id. Raises Locked when another one is held, BackendError."""

    def close(self) -> None: ...
