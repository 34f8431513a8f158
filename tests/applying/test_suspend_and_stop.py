"""`suspend --stop` really stops: no plan looks at what is suspended, so nobody else would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying_kit import A, B, intent
from editing_kit import LONG, PAUSED, STUBBORN, Place

from declarative.app.editing import suspend_and_stop
from declarative.diagnostics import Refused
from declarative.model.record import Cause, Deposed, Record, StopMode


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(
        tmp_path,
        monkeypatch,
        {"a": f"{{workflow: {LONG}, stop_grace: 5m}}", "b": f"{{workflow: {LONG}}}"},
    )


def suspend(place: Place, *names: str) -> None:
    suspend_and_stop(place.setting, names, "maintenance")


def is_active(place: Place, execution_id: str) -> bool:
    return place.provider.engine.find(execution_id).whole(place.clock.monotonic()).is_active


def test_a_paused_one_is_ended_at_once_because_a_stop_would_never_act(place: Place) -> None:
    bound = place.started(PAUSED)
    place.write({A: Record(current=bound, generation=1)})
    suspend(place, "a")
    kept = place.record(A).current
    assert kept is not None and kept.stopping is not None and kept.stopping.mode is StopMode.TERMINATE
    assert not is_active(place, bound.id)


def test_said_again_after_its_grace_it_ends_what_ignored_the_stop(place: Place) -> None:
    bound = place.started(STUBBORN)
    place.write({A: Record(current=bound, generation=1)})
    suspend(place, "a")
    place.clock.advance(299.0)
    suspend(place, "a")
    assert is_active(place, bound.id)
    place.clock.advance(1.0)
    suspend(place, "a")
    assert not is_active(place, bound.id)


def test_an_old_one_beside_it_is_stopped_too(place: Place) -> None:
    old, new = place.started(LONG), place.started(LONG)
    deposed = Deposed(old.id, "memory", Cause.CHANGED)
    place.write({A: Record(current=new, deposed=(deposed,), generation=2)})
    suspend(place, "a")
    assert not is_active(place, old.id) and not is_active(place, new.id)
    [kept] = place.record(A).deposed
    assert kept.stopping is not None


def test_a_start_that_may_still_take_effect_is_said_and_holds_nothing_else_up(place: Place) -> None:
    bound = place.started(LONG)
    pending = replace(intent(), provider="memory")
    place.write({A: Record(pending=pending, generation=1), B: Record(current=bound, generation=1)})
    with pytest.raises(Refused, match="unknown"):
        suspend(place, "a", "b")
    assert place.record(A).suspended is not None and place.record(A).pending == pending
    assert not is_active(place, bound.id)
