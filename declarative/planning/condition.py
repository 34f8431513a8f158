"""From record and reading to the condition the decision table asks for."""

from __future__ import annotations

from declarative.model.execution import Status
from declarative.model.moment import parse_moment
from declarative.model.observed import Observed, Reading
from declarative.model.record import Bound, Record
from declarative.planning.case import CONDITION_OF, Condition


def condition_of(record: Record | None, observed: Observed, suspect: frozenset[str]) -> Condition:
    """After `absorb`, so that every end that was read is an outcome of the record already."""
    bound = record.current if record else None
    if bound is None:
        return Condition.ABSENT
    if bound.outcome is not None:
        return CONDITION_OF[bound.outcome]
    if observed.trusts_state:
        return Condition.ACTIVE
    reading = observed.readings.get(bound.id)
    if reading is None or reading.execution is None or bound.id in suspect:
        return Condition.UNREAD
    return Condition.PAUSED if reading.execution.status is Status.PAUSED else Condition.ACTIVE


def is_forgotten(bound: Bound | None, observed: Observed) -> bool:
    """The outcome is recorded, and the engine proved to know nothing of it any more."""
    if bound is None or bound.outcome is None:
        return False
    reading = observed.readings.get(bound.id)
    return reading is not None and reading.missing


def age_of(bound: Bound | None, observed: Observed, now: float) -> float | None:
    """Seconds since the execution started, by the engine's word, else since we bound it."""
    if bound is None:
        return None
    reading: Reading | None = observed.readings.get(bound.id)
    told = reading.execution.started_at if reading and reading.execution else bound.started_at
    started = parse_moment(told) or bound.bound_at
    return max(0.0, now - started) if started else None
