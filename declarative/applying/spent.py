"""Ids that were once bound are kept while a search could still come upon them, and not for ever."""

from __future__ import annotations

from declarative.applying import moves
from declarative.applying.desk import Desk

KEPT_SECONDS = 3600.0
"""How long ago an id must have been replaced: longer than any clocks differ and engines lag."""


def forget_spent(desk: Desk, now: float) -> None:
    """`now`: epoch seconds. Nothing while a start is looked for: its watermark leaves out what state knew."""
    if any(record.pending is not None for record in desk.records.values()):
        return
    for address, record in desk.records.items():
        if record.spent and record.spent[0][1] < now - KEPT_SECONDS:
            desk.put(address, moves.forget_spent(record, now - KEPT_SECONDS))
