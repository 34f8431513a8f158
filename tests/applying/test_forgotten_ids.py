"""What state forgets by `state rm` is never taken for a start whose answer is lost."""

from __future__ import annotations

from declarative.applying.moves import rule_out
from declarative.model.record import Bound, Cause, Deposed, Pending, Record, Watermark


def pending(seen: tuple[str, ...]) -> Record:
    intent = Pending("a1", "s", "w", "l", 1, Cause.DECLARED, "p", "w", "w", "1", 6.0, Watermark(5.0, seen))
    return Record(pending=intent, generation=1)


def test_the_ids_that_go_join_those_that_were_seen_before() -> None:
    gone = Record(
        current=Bound("now", "s", 1, "p", "w", "w", "1"),
        deposed=(Deposed("old", "p", Cause.CHANGED),),
        spent=(("older", 1.0),),
    )
    kept = rule_out(pending(("foreign",)), tuple(gone.ids))
    assert kept.pending is not None and kept.pending.watermark is not None
    assert kept.pending.watermark.seen == ("foreign", "now", "old", "older")
    assert kept.pending.watermark.time == 5.0


def test_a_record_without_an_open_start_stays_as_it_is() -> None:
    record = Record(generation=3)
    assert rule_out(record, ("now",)) is record
