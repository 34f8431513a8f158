"""Starts without a known outcome: which of them to look for now, and when to look for the next."""

from __future__ import annotations

from collections.abc import Mapping

from declarative.app.session import Session
from declarative.applying.recovery import Twins, settle_waits, twins
from declarative.applying.searching import Intents
from declarative.model.address import Address
from declarative.model.change import Code
from declarative.model.record import Record
from declarative.protocols import Clock, Reader


def unresolved(records: Mapping[Address, Record]) -> Intents:
    """Intents that an engine can still say something about; where it says too much, a person is asked."""
    return [
        (address, record.pending)
        for address, record in records.items()
        if record.pending is not None and record.pending.reason != Code.AMBIGUOUS_START.value
    ]


def to_look_for(
    intents: Intents,
    session: Session,
    readers: Mapping[str, Reader],
    since: Mapping[str, float],
    locked_at: float,
    clock: Clock,
) -> tuple[Intents, float | None]:
    """(what to resolve now, seconds until it is worth to look again; None: not in this apply).

    Starts that sent the same are looked for together, also those that were looked for before.
    """
    waits = settle_waits(intents, readers, since, locked_at, clock)
    pauses = _pauses(intents, session)
    due = {group: max(waits[group], pause) for group, pause in pauses.items()}
    now = [(address, intent) for address, intent in intents if due.get(twins(intent), 1.0) <= 0]
    return now, min(due.values(), default=None)


def _pauses(intents: Intents, session: Session) -> dict[Twins, float]:
    found: dict[Twins, float] = {}
    for _, intent in intents:
        if session.may_look_for(intent):
            pause = session.next_look(intent)
            found[twins(intent)] = min(pause, found.get(twins(intent), pause))
    return found
