"""`import` binds nothing that is somebody else's, or that a start whose answer is lost may have given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying_kit import A, intent
from editing_kit import LONG, STUBBORN, Place

from declarative.app.importing import import_one
from declarative.app.opening import read_configuration
from declarative.diagnostics import Refused
from declarative.model.digests import sent_digests
from declarative.model.record import Cause, Deposed, Outcome, Pending, Record
from declarative.planning.adoption import to_adopt

SENT = '{"n":1}'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    entries = {name: f"{{workflow: {LONG}, input: {{n: {n}}}}}" for name, n in (("a", 1), ("b", 2))}
    return Place(tmp_path, monkeypatch, entries)


def lost() -> Pending:
    exact, loose = sent_digests(LONG, SENT)
    return replace(intent(), provider="memory", workflow_id=LONG, sent=exact, sent_loose=loose)


def test_an_intent_is_not_dropped_before_anybody_has_looked_for_its_start(place: Place) -> None:
    bound = place.started(LONG, SENT)
    place.write({A: Record(pending=lost(), generation=1)})
    with pytest.raises(Refused, match="outcome is unknown"):
        import_one(place.setting, "a", bound.id, as_is=False)
    assert place.record(A).pending == lost()


def test_it_settles_a_start_that_a_person_was_asked_about(place: Place) -> None:
    bound = place.started(LONG, SENT)
    place.write({A: Record(pending=replace(lost(), reason="ambiguous_start"), generation=1)})
    import_one(place.setting, "a", bound.id, as_is=False)
    kept = place.record(A)
    assert kept.pending is None and kept.current is not None and kept.current.id == bound.id


def test_what_an_unresolved_start_may_have_given_is_not_bound_elsewhere(place: Place) -> None:
    """Its own address would find nothing, and start once more."""
    bound = place.started(LONG, SENT)
    place.write({A: Record(pending=replace(lost(), reason="start_unknown"), generation=1)})
    with pytest.raises(Refused, match="unresolved start of a"):
        import_one(place.setting, "b", bound.id, as_is=True)


def test_an_old_one_that_another_address_still_has_to_stop_is_not_bound(place: Place) -> None:
    old, new = place.started(LONG, SENT), place.started(LONG, SENT)
    deposed = Deposed(old.id, "memory", Cause.CHANGED)
    ended = replace(new, outcome=Outcome.FAILED)
    place.write({A: Record(current=ended, deposed=(deposed,), generation=2)})
    for address in ("a", "b"):
        with pytest.raises(Refused, match="is bound to a already"):
            import_one(place.setting, address, old.id, as_is=True)


def test_what_is_to_be_adopted_is_read_also_where_a_start_came_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, monkeypatch, {"a": f"{{workflow: {LONG}, adopt: run-7}}"})
    instances = read_configuration(place.setting).desired.instances
    readers = {"yandex": place.provider}
    assert to_adopt(instances, {A: Record(generation=1)}, readers) == {("memory", "run-7")}


def test_as_is_does_not_mean_another_workflow(place: Place) -> None:
    other = place.started(STUBBORN, SENT)
    place.write({})
    with pytest.raises(Refused, match=f"of the workflow {STUBBORN}"):
        import_one(place.setting, "a", other.id, as_is=True)
