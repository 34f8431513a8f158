"""What a yes would cost: how long the executions that it stops have run, and where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.moment import parse_moment
from declarative.model.plan import Plan
from declarative.protocols import HistoryRequest, ProviderError, Reader

SHOWN_MAX = 10
"""Each one costs a call; beyond these the plan itself says enough."""
_UNDER_WAY = ("STARTED", "SCHEDULED", "CANCEL_REQUESTED")


@dataclass(frozen=True, slots=True)
class Loss:
    """`seconds`: how long it has run; `step`: the step it is at. Empty where the engine does not tell."""

    address: Address
    execution_id: str
    seconds: float | None
    step: str


def losses(plan: Plan, readers: Mapping[str, Reader], now: float) -> tuple[Loss, ...]:
    """Of the first few stops that would be carried out now. `readers`: by identity."""
    stopping = [change for change in plan.changes if stops_now(change)]
    return tuple(_losses(stopping[:SHOWN_MAX], readers, now))


def stops_now(change: Change) -> bool:
    return change.action.stops and change.gate is Gate.READY and change.code is not Code.STOPPING


def _losses(stopping: list[Change], readers: Mapping[str, Reader], now: float) -> Iterator[Loss]:
    for change in stopping:
        assert change.stop is not None
        started = parse_moment(change.seen.started_at)
        reader = readers.get(change.stop.provider)
        step = _step(reader, change.stop.execution_id) if reader else ""
        yield Loss(change.address, change.stop.execution_id, now - started if started else None, step)


def _step(reader: Reader, execution_id: str) -> str:
    try:
        steps = reader.history(HistoryRequest(execution_id))
    except ProviderError:
        return ""
    under_way = [step.path or step.id for step in steps if step.status in _UNDER_WAY]
    return under_way[-1] if under_way else ""
