"""Never twice, never lost: schedules of faults, crashes and interference, every law checked at every step.

`DECLARATIVE_SCHEDULES` says how many (half of them random, half single faults in small configurations). A
failing seed is named in the message and replays: `play(schedule_of(SEED))`.
"""

from __future__ import annotations

import os
from itertools import islice

import pytest
from sim_random import schedule_of
from sim_schedule import play
from sim_small import meetings, pairs, single_faults, smalls

SCHEDULES = int(os.environ.get("DECLARATIVE_SCHEDULES", "1000"))
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_random_schedules_break_no_law(part: int) -> None:
    each = max(1, SCHEDULES // 2 // PARTS)
    for seed in range(part * each, (part + 1) * each):
        report = play(schedule_of(seed))
        assert not report.broken, f"seed {seed}: {report.broken}"


@pytest.mark.parametrize("part", range(PARTS))
def test_one_fault_anywhere_breaks_no_law(part: int) -> None:
    """Every small configuration in turn, until the share is used up; each part begins elsewhere."""
    left = max(1, SCHEDULES // 2 // PARTS)
    chosen = list(islice(smalls(), part, None, PARTS))
    each = max(1, left // len(chosen))
    for small in chosen:
        for name, schedule in islice(single_faults(small), each):
            report = play(schedule)
            assert not report.broken, f"{name}: {report.broken}"


def test_two_operators_at_once_break_no_law() -> None:
    for pair in islice(pairs(), 0, None, 4):
        for name, schedule in islice(meetings(pair), max(1, SCHEDULES // 200)):
            report = play(schedule)
            assert not report.broken, f"{name}: {report.broken}"
