"""How often state is written: for a wave, however many executions are in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from speed_kit import desired_of, engine_of, start

from declarative.applying.desk import Desk
from declarative.applying.executor import Wave, Workshop, carry_out
from declarative.model.observed import Observed
from declarative.model.state import State
from declarative.planning.planner import PlanRequest, plan
from declarative.testing.providers import MemoryProvider, Script


class CountedWriter:
    """State that is written nowhere. `records`: how many each write had to carry."""

    fence = None

    def __init__(self) -> None:
        self.records: list[int] = []
        self.last = State("lineage")

    def check(self) -> None:
        """The lock is ours."""

    def write(self, state: State) -> State:
        self.records.append(len(state.records))
        self.last = replace(state, serial=state.serial + 1)
        return self.last


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_a_wave_is_written_before_it_is_sent_and_once_after(count: int) -> None:
    engine = engine_of(Script())
    provider = MemoryProvider(engine)
    state = State("lineage")
    observed = Observed(identities={"memory": "memory"})
    made = plan(desired_of(count), state, observed, PlanRequest(now=0.0))
    writer = CountedWriter()
    shop = Workshop(Desk(writer, state, engine.clock), {"memory": provider}, engine.clock, parallelism=1)
    events = list(carry_out(Wave(starts=made.changes), shop))
    assert len(engine.starts) == count and len(events) == count + 1
    assert writer.records == [count, count], "intents in one write, ids in another"
    assert engine.calls["list"] <= 5, "one look at a workflow before its starts"


def test_an_intent_does_not_name_what_the_wave_before_has_started() -> None:
    """Else state grows with the square of the number of executions."""
    engine = engine_of(Script())
    (foreign,) = start(engine, [1000])
    writer = CountedWriter()
    made = plan(
        desired_of(100), State("lineage"), Observed(identities={"memory": "memory"}), PlanRequest(now=0.0)
    )
    desk = Desk(writer, State("lineage"), engine.clock)
    shop = Workshop(desk, {"memory": MemoryProvider(engine)}, engine.clock, parallelism=1)
    list(carry_out(Wave(starts=made.changes[:50]), shop))
    waves = carry_out(Wave(starts=made.changes[50:]), shop)
    next(waves)
    marks = [record.pending.watermark for record in writer.last.records.values() if record.pending]
    assert len(marks) == 50
    assert {seen for mark in marks if mark for seen in mark.seen} == {foreign}
