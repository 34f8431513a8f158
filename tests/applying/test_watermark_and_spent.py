"""Where a search begins, and for how long old ids are kept out of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from applying_kit import ENGINE, NOW, A, B, Engine, StillClock, Writer, desk_of, intent, run, unresolved

from declarative.app.news import old_ones_over
from declarative.applying.spent import KEPT_SECONDS, forget_spent
from declarative.applying.watermark import watermarks
from declarative.diagnostics import Diagnostic
from declarative.model.observed import Observed, Reading
from declarative.model.record import Cause, Deposed, Record, Watermark
from declarative.protocols import Kind, LockLost

KEY = (ENGINE, "load")


def test_a_watermark_remembers_what_is_young_and_what_is_queued() -> None:
    rows = [run("queued", None), run("young", 59.0), run("old", 61.0)]
    assert _taken(Engine(rows)) == Watermark(NOW, ("queued", "young"))


def test_it_reads_no_further_than_the_last_minute() -> None:
    rows = [run(f"run-{age}", float(age)) for age in (10, 50, 70, 90, 110)]
    engine = Engine(rows, page_size=2)
    assert _taken(engine).seen == ("run-10", "run-50")
    assert engine.asked == ["list", "list 2"]


def test_without_the_services_clock_it_takes_its_own() -> None:
    assert _taken(Engine(served_at=None)).time == NOW


def test_a_workflow_that_cannot_be_listed_has_none() -> None:
    found = watermarks([KEY], {ENGINE: Engine(silent=Kind.DENIED)}, (), StillClock())
    assert (found.taken, list(found.failed)) == ({}, [KEY])


@pytest.mark.parametrize(("replaced", "kept"), [(KEPT_SECONDS + 1, False), (KEPT_SECONDS - 1, True)])
def test_an_old_id_is_forgotten_in_the_end(replaced: float, kept: bool) -> None:
    desk = desk_of({A: Record(spent=(("run-1", NOW - replaced),))})
    forget_spent(desk, NOW)
    assert bool(desk.record(A).spent) is kept


@pytest.mark.parametrize("longer_ago", [100.0, 9000.0])
def test_no_id_is_forgotten_while_a_start_is_looked_for(longer_ago: float) -> None:
    """Its watermark says nothing of what state knew then, however long ago that was replaced."""
    spent = Record(spent=(("run-1", NOW - KEPT_SECONDS - longer_ago),))
    desk = desk_of({A: spent, B: unresolved(intent(age=200.0))})
    forget_spent(desk, NOW)
    assert desk.record(A) == spent


def test_an_old_one_that_is_gone_is_over_also_when_its_end_is_long_forgotten() -> None:
    record = Record(deposed=(Deposed("run-1", ENGINE, Cause.CHANGED),))
    observed = Observed(readings={"run-1": Reading(missing=True)})
    assert old_ones_over({A: record}, observed, {ENGINE: Engine()}, NOW) == [(A, "run-1")]


def test_a_lock_that_may_be_lost_still_lets_what_is_known_be_written() -> None:
    writer = Writer()
    desk = desk_of({A: Record(generation=1)}, writer)
    desk.put(A, replace(desk.record(A), failures=1))
    writer.lost = LockLost(Diagnostic("lost", "lost"))
    with pytest.raises(LockLost):
        desk.check()
    assert [state.records[A].failures for state in writer.written] == [1]


def _taken(engine: Engine) -> Watermark:
    return watermarks([KEY], {ENGINE: engine}, (), StillClock()).taken[KEY]
