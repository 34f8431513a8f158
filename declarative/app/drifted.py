"""What moved since the last apply: active executions that ended otherwise than well, or are paused."""

from __future__ import annotations

from collections.abc import Iterator

from declarative.app.view import View
from declarative.model.address import Address
from declarative.model.execution import Status
from declarative.model.observed import Observed
from declarative.model.record import Bound, Outcome
from declarative.model.state import State
from declarative.render.drift import DriftItem, DriftKind

_KINDS = {
    Outcome.FAILED: DriftKind.FAILED,
    Outcome.STOPPED_OUTSIDE: DriftKind.STOPPED,
    Outcome.LOST: DriftKind.LOST,
}


def drift_items(prior: State, view: View) -> Iterator[DriftItem]:
    """`prior`: as it was read, before a rename; items have the names of today."""
    renamed = {old: new for new, old in view.moved.items()}
    for address, record in prior.records.items():
        bound = record.current
        if bound is not None and bound.outcome is None:
            item = _item(renamed.get(address, address), bound, view)
            if item is not None:
                yield item


def _item(address: Address, before: Bound, view: View) -> DriftItem | None:
    after = view.state.records[address].current
    assert after is not None
    was = "RUNNING" if before.was_running else "QUEUED"
    if after.outcome in _KINDS:
        kind = _KINDS[after.outcome]
        words = (after.error_code or "", after.error_message or "")
        return DriftItem(address, kind, before.id, was, _now(kind), before.provider, *words)
    if _status(before, view.observed) is Status.PAUSED:
        return DriftItem(address, DriftKind.PAUSED, before.id, was, "PAUSED", before.provider)
    return None


def _now(kind: DriftKind) -> str:
    return {DriftKind.FAILED: "FAILED", DriftKind.STOPPED: "STOPPED"}.get(kind, "")


def _status(bound: Bound, observed: Observed) -> Status | None:
    reading = observed.readings.get(bound.id)
    return reading.execution.status if reading is not None and reading.execution is not None else None
