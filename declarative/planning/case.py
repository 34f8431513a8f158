"""What the decision table is asked about one address, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from declarative.model.change import Action, Code, Gate
from declarative.model.desired import Policies
from declarative.model.record import Applied, Cause, Deposed, Outcome, Record, StopMode


class Condition(StrEnum):
    """What is known of the execution an address is bound to."""

    UNREAD = "unread"
    ABSENT = "absent"
    """There is no execution: none was ever bound."""
    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED_OUTSIDE = "stopped_outside"
    STOPPED_BY_US = "stopped_by_us"
    LOST = "lost"

    @property
    def is_active(self) -> bool:
        return self in (Condition.ACTIVE, Condition.PAUSED)

    @property
    def has_ended(self) -> bool:
        return self not in (Condition.UNREAD, Condition.ABSENT, Condition.ACTIVE, Condition.PAUSED)


CONDITION_OF = {
    Outcome.FINISHED: Condition.FINISHED,
    Outcome.ACCEPTED: Condition.FINISHED,
    Outcome.FAILED: Condition.FAILED,
    Outcome.STOPPED_OUTSIDE: Condition.STOPPED_OUTSIDE,
    Outcome.STOPPED_BY_US: Condition.STOPPED_BY_US,
    Outcome.LOST: Condition.LOST,
}


class Compared(StrEnum):
    """The declaration against what was started: workflow as the entry names it, and input."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """One address. `policies` is None when the declaration is gone.

    `revised`: another revision is declared than was started. `requested`: a person asked for a re-run.
    `forgotten`: the engine no longer knows an execution whose outcome is recorded. `age`: seconds since the
    current execution started, None while unknown. `unprotected`: a person lifted a removed one's protection.
    """

    policies: Policies | None
    record: Record | None
    condition: Condition
    compared: Compared = Compared.SAME
    now: float = 0.0
    revised: bool = False
    requested: bool = False
    forgotten: bool = False
    age: float | None = None
    unprotected: bool = False

    @property
    def applied(self) -> Applied:
        bound = self.record.current if self.record else None
        return bound.applied if bound else Applied()

    @property
    def protected(self) -> bool:
        """Present policy while declared, so that one change may lift it; the recorded one once it is gone."""
        if self.policies is not None:
            return self.policies.protected
        return self.applied.protected and not self.unprotected


@dataclass(frozen=True, slots=True)
class Verdict:
    """The table's answer. `row` is the row that gave it; `mode` matters where something is stopped."""

    row: int
    action: Action
    code: Code
    gate: Gate = Gate.READY
    gate_code: Code | None = None
    cause: Cause = Cause.DECLARED
    mode: StopMode = StopMode.GRACEFUL
    may_rerun: bool = False
    note: str = ""

    def blocked(self, code: Code) -> Verdict:
        return replace(self, gate=Gate.BLOCKED, gate_code=code)

    def held(self, code: Code) -> Verdict:
        return replace(self, gate=Gate.HELD, gate_code=code)

    def deferred(self, code: Code) -> Verdict:
        return replace(self, gate=Gate.DEFERRED, gate_code=code)


@dataclass(frozen=True, slots=True)
class DeposedCase:
    """An old execution beside the current one (row 4)."""

    deposed: Deposed
    is_active: bool
    successor: Condition
    successor_runs: bool
    declared: bool
    is_paused: bool = False
