"""`accept` believes a person only where no engine says otherwise, or none is left to be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying_kit import A
from editing_kit import LONG, Place

from declarative.app.editing import accept
from declarative.diagnostics import Refused
from declarative.model.record import Outcome, Record


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch, {"a": f"{{workflow: {LONG}}}"})


def test_what_goes_on_is_not_finished(place: Place) -> None:
    place.write({A: Record(current=place.started(LONG), generation=1)})
    with pytest.raises(Refused, match="is RUNNING"):
        accept(place.setting, ("a",), "done")


def test_what_no_engine_can_be_asked_about_is_what_a_person_says(place: Place) -> None:
    bound = replace(place.started(LONG), provider="one that was configured once")
    place.write({A: Record(current=bound, generation=1)})
    accept(place.setting, ("a",), "done")
    kept = place.record(A).current
    assert kept is not None and kept.outcome is Outcome.ACCEPTED
