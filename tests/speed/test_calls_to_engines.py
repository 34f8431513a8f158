"""How often an engine is asked: it follows what is active, never what is declared or what ever ran."""

from __future__ import annotations

import math

from speed_kit import addresses, desired_of, engine_of, record, start

from declarative.app.view import look_with
from declarative.model.execution import Execution, Status
from declarative.model.record import Outcome
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest, observe
from declarative.observing.unmanaged import unmanaged
from declarative.planning.planner import PlanRequest, draft, finish
from declarative.protocols import GetRequest, Kind, ListPage, ListRequest, ProviderError
from declarative.testing.providers import Conditions, MemoryProvider, Script


def test_ten_thousand_finished_executions_cost_no_call() -> None:
    provider = MemoryProvider(engine_of(Script()))
    desired = desired_of(10_000)
    records = {
        address: record(number, f"run-{number}", provider, Outcome.FINISHED)
        for number, address in enumerate(addresses(10_000))
    }
    state = State("lineage", records=records)
    view = look_with(desired, state, {"memory": provider}, {"memory": provider}, ObserveRequest())
    request = PlanRequest(now=0.0)
    drafted = draft(desired, view.state, view.observed, request)
    plan = finish(drafted, desired, view.state, view.observed, request)
    assert not plan.has_changes and len(plan.changes) == 10_000
    assert not drafted.starting, "a plan that starts something has to ask what is active"
    assert plan.calls == 0
    asked = provider.engine.calls
    assert asked["get"] == asked["list"] == asked["history"] == 0
    assert asked["resolve"] <= 5, "once for a workflow, not for each of its executions"


def test_a_thousand_active_ones_cost_a_list_of_their_workflows_and_a_get_for_each_that_ended() -> None:
    engine = engine_of(Script(duration=math.inf))
    provider = MemoryProvider(engine)
    ids = start(engine, range(1000))
    for execution_id in ids[:7]:
        run = engine.find(execution_id)
        run.terminated_at = engine.clock.monotonic()
    records = {address: record(n, ids[n], provider) for n, address in enumerate(addresses(1000))}
    observed = observe(records, {"memory": provider}, ObserveRequest(parallelism=1))
    assert engine.calls["list"] <= 15
    assert engine.calls["get"] == 7
    assert observed.calls == engine.calls["list"] + 7
    assert sum(reading.execution is not None for reading in observed.readings.values()) == 1000


def test_what_ran_before_makes_the_active_ones_no_dearer() -> None:
    """Lists are narrowed where the engine can do that: else all that ended since is paged through."""
    engine = engine_of(Script(duration=math.inf))
    engine.conditions = Conditions(page_size_max=10)
    provider = MemoryProvider(engine)
    ids = start(engine, range(100))
    for execution_id in start(engine, range(100, 1100)):
        engine.find(execution_id).terminated_at = engine.clock.monotonic()
    records = {address: record(n, ids[n], provider) for n, address in enumerate(addresses(100))}
    observe(records, {"memory": provider}, ObserveRequest(parallelism=1))
    assert engine.calls["list"] == 10, "two pages of ten for each of five workflows"
    assert engine.calls["get"] == 0


class Away(MemoryProvider):
    """An engine that answers nothing, each time after a long wait. `asked`: how often that was."""

    asked = 0

    def get(self, request: GetRequest) -> Execution:
        self.asked += 1
        raise ProviderError(Kind.TIMEOUT, "GET", "no complete answer within 30 s")

    def list(self, request: ListRequest) -> ListPage:
        self.asked += 1
        raise ProviderError(Kind.TIMEOUT, "LIST", "no complete answer within 30 s")


def test_an_engine_that_does_not_answer_is_not_waited_for_a_thousand_times() -> None:
    provider = Away(engine_of(Script()))
    records = {address: record(n, f"run-{n}", provider) for n, address in enumerate(addresses(1000))}
    observed = observe(records, {"memory": provider}, ObserveRequest(parallelism=1))
    assert all(reading.problem is not None for reading in observed.readings.values())
    assert len(observed.readings) == 1000 and provider.asked == observed.calls == 3


def test_a_hundred_lost_executions_cost_one_list_of_each_workflow() -> None:
    engine = engine_of(Script(duration=math.inf))
    provider = MemoryProvider(engine)
    records = {address: record(n, f"lost-{n}", provider) for n, address in enumerate(addresses(100))}
    observed = observe(records, {"memory": provider}, ObserveRequest(now=1e9, parallelism=1))
    assert all(reading.missing for reading in observed.readings.values())
    assert engine.calls["get"] == 200, "not found twice"
    assert engine.calls["list"] == 10, "one to find them, one to prove that they are gone"


class Moving(MemoryProvider):
    """Lists narrowed by status, between which a queued execution begins to run."""

    def list(self, request: ListRequest) -> ListPage:
        status = Status.RUNNING if request.page_token else Status.QUEUED
        return ListPage((Execution("run-1", "w0", status),), "" if request.page_token else "running")


def test_an_execution_that_moves_on_between_two_lists_fills_one_slot() -> None:
    provider = Moving(engine_of(Script()))
    found = unmanaged([("memory", "w0")], {"memory": provider}, ())
    assert [row.id for row in found.found["memory", "w0"]] == ["run-1"]
