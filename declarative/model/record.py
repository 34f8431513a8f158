"""What state keeps of one address: the prior side of every comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from declarative.model.desired import OnRemove, Policies
from declarative.model.json import Json


class Outcome(StrEnum):
    """How an execution is known to have ended. LOST: proven absent although it had been active.

    ACCEPTED: a person declared it finished; the engine was not asked.
    """

    FINISHED = "finished"
    FAILED = "failed"
    STOPPED_OUTSIDE = "stopped_outside"
    STOPPED_BY_US = "stopped_by_us"
    LOST = "lost"
    ACCEPTED = "accepted"


class StopMode(StrEnum):
    GRACEFUL = "graceful"
    TERMINATE = "terminate"


class Cause(StrEnum):
    """Why a start or a stop was decided; kept so that a later apply can explain it."""

    DECLARED = "declared"
    CHANGED = "changed"
    REVISION = "revision"
    RERUN = "rerun"
    REQUESTED = "requested"
    REMOVED = "removed"
    DISABLED = "run_never"
    DESTROYED = "destroyed"
    ROTATED = "rotated"
    SUSPENDED = "suspended"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Stopping:
    """Our stop was asked for. Grace counts from `asked_at` (epoch seconds), over several applies."""

    cause: Cause
    mode: StopMode
    asked_at: float


@dataclass(frozen=True, slots=True)
class Applied:
    """The policies as they were when last applied: what counts once the declaration is gone."""

    on_remove: OnRemove = OnRemove.STOP
    stop_grace: float | None = None
    stop_timeout: float = 120.0
    protected: bool = False
    sensitive: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


_APPLIED = Applied()


def is_applied(applied: Applied, policies: Policies) -> bool:
    """Whether state remembers the policies as they are declared now. Asked of every record in every plan."""
    return (
        applied.on_remove is policies.on_remove
        and applied.stop_grace == policies.stop_grace
        and applied.stop_timeout == policies.stop_timeout
        and applied.protected == policies.protected
        and applied.sensitive == policies.sensitive
        and applied.labels == policies.labels
    )


def applied_from(policies: Policies) -> Applied:
    """What state remembers of policies, for the day their declaration is gone."""
    return Applied(
        on_remove=policies.on_remove,
        stop_grace=policies.stop_grace,
        stop_timeout=policies.stop_timeout,
        protected=policies.protected,
        sensitive=policies.sensitive,
        labels=dict(policies.labels),
    )


@dataclass(frozen=True, slots=True)
class Watermark:
    """Where a search for an unresolved start begins, on the service's clock (epoch seconds).

    `seen`: ids that were there before the start and could otherwise be mistaken for it.
    """

    time: float
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """An intent: a start that may be on the wire. Written before the first byte, dropped when resolved.

    `sent` and `sent_loose` recognise the execution among others; `reason` is set when a person is needed.
    `fenced_at` is epoch seconds of the write, for people only.
    """

    attempt: str
    spec: str
    sent: str
    sent_loose: str
    generation: int
    cause: Cause
    provider: str
    workflow: str
    workflow_id: str
    revision: str
    fenced_at: float
    watermark: Watermark | None = None
    reason: str | None = None
    start_first: bool = False
    execution_id: str | None = None
    """The id chosen by us, for engines that let the client choose."""
    input_json: str | None = None
    """The declared input as far as it may be kept (masked, at most 4 KiB)."""
    applied: Applied = _APPLIED
    depended_on: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    keeps_digest: bool = True
    """False with sensitive parts: then `sent` is dropped once the id is known."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The execution an address is bound to.

    `spec`: digest of workflow and input as declared. `sent`: digest of what went on the wire, dropped for
    sensitive input. `input_json`: for diffs, masked, at most 4 KiB. `results`: the paths others read.
    `result_digest`: over the whole result. `started_at`: RFC 3339 text of the engine. `ended_at` and
    `bound_at`: epoch seconds of ours.
    """

    id: str
    spec: str
    generation: int
    provider: str
    workflow: str
    workflow_id: str
    revision: str
    sent: str | None = None
    outcome: Outcome | None = None
    error_code: str | None = None
    error_message: str | None = None
    stopping: Stopping | None = None
    applied: Applied = _APPLIED
    depended_on: tuple[str, ...] = ()
    input_json: str | None = None
    results: Mapping[str, Json] | None = None
    result_digest: str | None = None
    started_at: str | None = None
    duration: float | None = None
    bound_at: float = 0.0
    ended_at: float | None = None
    was_running: bool = False
    """RUNNING was seen: what `always` and `depends_on: active` wait for."""
    accepted_because: str | None = None
    ignored: tuple[str, ...] = ()
    """The `ignore_changes` that were in force when `spec` was computed."""


@dataclass(frozen=True, slots=True)
class Deposed:
    """An old execution still to be stopped, once the one that replaces it runs."""

    id: str
    provider: str
    cause: Cause
    stopping: Stopping | None = None
    stop_grace: float | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class Record:
    """What state keeps of one address.

    `generation` never goes down. `spent` are ids once bound, kept so that recovery never adopts them again.
    `failures` counts accepted starts in a row that failed; `not_before` (epoch seconds) is the backoff.
    """

    current: Bound | None = None
    pending: Pending | None = None
    deposed: tuple[Deposed, ...] = ()
    spent: tuple[tuple[str, float], ...] = ()
    """(id, epoch seconds when it was replaced)"""
    retired: bool = False
    generation: int = 0
    failures: int = 0
    not_before: float | None = None
    suspended: Suspended | None = None

    @property
    def ids(self) -> Iterator[str]:
        """Of every execution bound here, now or once: none of them is a start whose answer is lost."""
        if self.current is not None:
            yield self.current.id
        for old in self.deposed:
            yield old.id
        for spent, _ in self.spent:
            yield spent
