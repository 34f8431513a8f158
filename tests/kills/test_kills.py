"""apply, a real process, is shot again and again, at every place of state: each starts once, nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from kill_engine import KillEngine
from kill_places import Place
from kill_range import Range

KILLS = int(os.environ.get("DECLARATIVE_KILLS", "2"))


def test_shot_until_it_has_converged(tmp_path: Path, engine: KillEngine, place: Place) -> None:
    range_ = Range(tmp_path, engine, place, seed=KILLS)
    tries = 0
    while range_.shots.total() < KILLS:
        range_.shoot()
        tries += 1
        assert tries < 5 * KILLS + 5, "\n".join(range_.said[-5:])
    range_.run_to_the_end()
    range_.check()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_two_at_once(tmp_path: Path, engine: KillEngine, place: Place) -> None:
    """One waits for the other; who does not want to wait is told who works."""
    range_ = Range(tmp_path, engine, place, seed=1)
    (waits, _), (waits_not, said) = range_.two_at_once()
    assert waits == 0
    assert waits_not == 0 or (waits_not == 4 and "process " in said), said
    range_.run_to_the_end()
    range_.check()
