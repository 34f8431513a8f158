"""Ids that were once bound are kept while a search could still come upon them, and not for ever."""

from __future__ import annotations

from declarative.applying import moves
from declarative.applying.desk import Desk

KEPT_SECONDS = 3600.0
"""How much longer ago than the oldest open watermark an id must have been replaced: more than any clocks
differ and engines lag."""


def forget_spent(desk: Desk, now: float) -> None:
    """`now`: epoch seconds."""
    marks = [
        record.pending.watermark.time
        for record in desk.records.values()
        if record.pending is not None and record.pending.watermark is not None
    ]
    before = min([now, *marks]) - KEPT_SECONDS
    for address, record in desk.records.items():
        if record.spent and record.spent[0][1] < before:
            desk.put(address, moves.forget_spent(record, before))
