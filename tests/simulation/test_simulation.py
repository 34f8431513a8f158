"""Never twice, never lost: schedules of faults, crashes and interference, every law checked at every step.

`DECLARATIVE_SCHEDULES` says how many. From 20,000 on, every single fault in every small configuration and
every meeting of two operators are among them; of fewer, each so-many-th. The rest is random. What fails is
named in the message and plays again with `python tests/simulation/replay.py NAME`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import pytest
from sim_all import Named, failure, random_ones, small_ones, two_at_once
from sim_desired import Entry, declared
from sim_faults import Adversary, AtFirst, Fault
from sim_operator import Run
from sim_random import WORKFLOWS
from sim_schedule import Deed, Happening, Schedule, play
from sim_stories import starts, stories

from declarative.model.address import Address
from declarative.model.change import Code

SCHEDULES = int(os.environ.get("DECLARATIVE_SCHEDULES", "1000"))
COMPLETE = 20_000
"""With so many the small ones are complete."""
RANDOM_SHARE = 0.25
STRIDE = max(1, COMPLETE // SCHEDULES)
PARTS = 24


@pytest.mark.parametrize("part", range(PARTS))
def test_random_schedules_break_no_law(part: int) -> None:
    count = SCHEDULES - (1 - RANDOM_SHARE) * min(SCHEDULES, COMPLETE)
    each = max(1, round(count / PARTS))
    assert _first_failure(random_ones(part * each, each)) is None


@pytest.mark.parametrize("part", range(PARTS))
def test_one_fault_anywhere_breaks_no_law(part: int) -> None:
    assert _first_failure(small_ones(part, PARTS, STRIDE)) is None


def test_what_chance_meets_too_seldom_breaks_no_law() -> None:
    assert _first_failure(stories()) is None


@pytest.mark.parametrize("part", range(PARTS))
def test_two_operators_at_once_break_no_law(part: int) -> None:
    assert _first_failure(two_at_once(part, PARTS, STRIDE)) is None


def test_a_start_that_others_leave_no_room_for_goes_when_theirs_has_ended() -> None:
    desired = declared([Entry("a", "slow")], max_active=1)
    others = Happening(10.0, starts("slow", '{"n":9}'))
    deed = Deed((Run(desired, wait=True),), after=30.0)
    report = play(Schedule(Adversary(), WORKFLOWS, (deed,), desired, happenings=(others,)))
    applied = report.operators[0].applied
    assert not report.broken and applied is not None
    assert (applied.started, applied.ending.timed_out) == (1, False)


def test_nothing_is_started_beside_a_stranger_that_cannot_be_read() -> None:
    desired = declared([Entry("a", "long")])
    stranger = Happening(10.0, starts("long", '{"n":1}'))
    adversary = AtFirst({}, always={("apply 1", "get"): Fault.UNAVAILABLE})
    deed = Deed((Run(desired),), after=30.0)
    schedule = Schedule(adversary, WORKFLOWS, (deed,), desired, happenings=(stranger,))
    report = play(replace(schedule, blocks=frozenset({Code.DUPLICATE})))
    applied = report.operators[0].applied
    assert not report.broken and report.engine.starts == 0
    assert applied is not None and applied.went_wrong


def test_a_start_that_stays_unresolved_is_trouble() -> None:
    desired = declared([Entry("a", "long")])
    adversary = AtFirst(
        {("apply 1", "start"): Fault.LOST_AFTER, ("apply 1", "sleep"): Fault.CRASH},
        always={("apply 2", "list"): Fault.UNAVAILABLE},
    )
    deed = Deed((Run(desired),), after=100.0)
    report = play(Schedule(adversary, WORKFLOWS, (deed, deed), desired))
    applied = report.operators[1].applied
    assert not report.broken and applied is not None
    assert applied.in_trouble


def test_a_saved_plans_replacement_that_came_to_nothing_is_made_when_it_is_applied_again() -> None:
    desired = declared([Entry("a", "instant")])
    saved = Run(desired, replace=("a",), replaced_before={Address("a"): ("run-1", 1)})
    faults = {("apply 2", "start"): Fault.LOST_BEFORE, ("apply 2", "sleep"): Fault.CRASH}
    deeds = tuple(Deed((run,), after=100.0) for run in (Run(desired), saved, saved, saved))
    report = play(Schedule(AtFirst(faults), WORKFLOWS, deeds, desired))
    assert not report.broken
    assert [one.applied and one.applied.started for one in report.operators[:4]] == [1, None, 1, 0]


def _first_failure(schedules: Iterable[Named]) -> str | None:
    return next(filter(None, map(failure, schedules)), None)
