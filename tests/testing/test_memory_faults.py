"""The faults of the in-memory engine: each does what its name says, or simulations prove nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from declarative.model.execution import ExecutionError, Status
from declarative.protocols import (
    Capabilities,
    GetRequest,
    Kind,
    ListRequest,
    ProviderError,
    ResolveRequest,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.testing.clock import StillClock
from declarative.testing.providers import Conditions, Fault, MemoryEngine, MemoryProvider, Script

WORKFLOWS = {
    "done": Script(duration=10, result_json=lambda text: f'{{"got": {text}}}'),
    "endless": Script(duration=math.inf, stop_takes=5),
    "stubborn": Script(duration=100, ignores_stop=True),
    "pausing": Script(duration=100, pauses_after=20),
}


class World:
    """An engine, a provider of it, and short words for calls."""

    def __init__(self, capabilities: Capabilities | None = None, **conditions: object) -> None:
        self.clock = StillClock()
        chosen = replace(Conditions(), **conditions)  # type: ignore[arg-type]
        self.engine = MemoryEngine(self.clock, WORKFLOWS, capabilities, chosen, {"load": "done"})
        self.provider = MemoryProvider(self.engine)

    def start(self, workflow: str = "done", attempt: str = "a", input_json: str = "{}") -> str:
        request = StartRequest(workflow, input_json, attempt, math.inf)
        return self.provider.start(request).execution_id

    def failed(self, workflow: str = "done", attempt: str = "a") -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            self.start(workflow, attempt)
        return caught.value

    def listed(self, workflow: str = "done", **more: object) -> list[str]:
        page = self.provider.list(ListRequest(workflow, **more))  # type: ignore[arg-type]
        return [row.id for row in page.executions]

    def status(self, execution_id: str) -> Status:
        return self.provider.get(GetRequest(execution_id)).status


@pytest.mark.parametrize(
    ("fault", "kind", "proof", "effect"),
    [
        (Fault.LOST_BEFORE, Kind.TIMEOUT, False, 0),
        (Fault.LOST_AFTER, Kind.TIMEOUT, False, 1),
        (Fault.GARBLED_AFTER, Kind.GARBLED, False, 1),
        (Fault.THROTTLED, Kind.EXHAUSTED, True, 0),
        (Fault.UNREACHABLE, Kind.UNREACHABLE, True, 0),
        (Fault.UNAVAILABLE, Kind.UNAVAILABLE, False, 0),
    ],
)
def test_a_fault_strikes_once(fault: Fault, kind: Kind, proof: bool, effect: int) -> None:
    world = World()
    world.engine.fail_next("start", fault)
    error = world.failed()
    assert (error.kind, error.proves_nothing_happened) == (kind, proof)
    assert len(world.engine.executions()) == effect
    world.start(attempt="b")
    assert len(world.engine.executions()) == effect + 1
    assert world.engine.calls["start"] == 2 and [one.attempt for one in world.engine.starts] == ["a", "b"]


def test_a_late_start_takes_effect_later() -> None:
    world = World(late_by=30.0)
    world.engine.fail_next("start", Fault.LATE)
    world.failed()
    assert world.listed() == [] and world.engine.executions() == ()
    world.clock.advance(31)
    [late] = world.listed()
    assert world.status(late) is Status.RUNNING


def test_weather_picks_by_request() -> None:
    world = World()
    world.engine.weather = lambda method, request: (
        Fault.LOST_BEFORE if isinstance(request, StartRequest) and request.attempt == "b" else None
    )
    world.start(attempt="a")
    world.failed(attempt="b")
    assert len(world.engine.executions()) == 1


def test_a_list_may_lag() -> None:
    world = World(list_lag=60.0)
    execution_id = world.start()
    world.clock.advance(59)
    assert world.listed() == [] and world.status(execution_id) is Status.FINISHED
    world.clock.advance(1)
    assert world.listed() == [execution_id]


def test_pages_are_capped_and_stay_put_while_more_is_started() -> None:
    world = World(page_size_max=2)
    for n in range(4):
        world.start(attempt=str(n))
        world.clock.advance(1)
    first = world.provider.list(ListRequest("done"))
    world.start(attempt="new")
    second = world.provider.list(ListRequest("done", first.next_page_token))
    ids = [row.id for row in first.executions + second.executions]
    assert ids == [f"done-{n}" for n in (3, 2, 1, 0)] and second.next_page_token == ""
    assert first.executions[0].input_json is None, "a list gives previews"
    assert first.served_at == world.clock.now()


def test_narrowing_can_be_switched_off() -> None:
    for narrows, expected in ((True, []), (False, ["done-a"])):
        world = World(narrows=narrows)
        world.start()
        world.clock.advance(11)
        assert world.listed(active_only=True) == expected


def test_what_is_forgotten_is_not_found() -> None:
    world = World(retention=100.0)
    execution_id = world.start()
    world.clock.advance(111)
    with pytest.raises(ProviderError) as caught:
        world.status(execution_id)
    assert caught.value.kind is Kind.NOT_FOUND and world.listed() == []


def test_an_echo_may_lose_something() -> None:
    world = World(echo=lambda text: text.replace("9007199254740993", "9007199254740992"))
    execution_id = world.start(input_json="9007199254740993")
    world.clock.advance(10)
    found = world.provider.get(GetRequest(execution_id))
    assert (found.input_json, found.result_json) == ("9007199254740992", '{"got": 9007199254740993}')


def test_a_stop_may_take_a_while_or_never_act() -> None:
    world = World()
    slow, stubborn = world.start("endless"), world.start("stubborn")
    for each in (slow, stubborn):
        world.provider.stop(StopRequest(each))
    world.clock.advance(4)
    assert world.status(slow) is Status.RUNNING
    world.clock.advance(1)
    assert (world.status(slow), world.status(stubborn)) == (Status.STOPPED, Status.RUNNING)
    world.provider.terminate(TerminateRequest(stubborn))
    assert world.status(stubborn) is Status.STOPPED


def test_a_paused_run_is_only_ended_by_terminate() -> None:
    world = World()
    execution_id = world.start("pausing")
    world.clock.advance(21)
    world.provider.stop(StopRequest(execution_id))
    world.clock.advance(1000)
    assert world.status(execution_id) is Status.PAUSED
    world.provider.terminate(TerminateRequest(execution_id))
    assert world.status(execution_id) is Status.STOPPED


def test_a_run_may_end_before_a_stop_acts() -> None:
    world = World()
    execution_id = world.start("done")
    world.clock.advance(11)
    with pytest.raises(ProviderError) as caught:
        world.provider.stop(StopRequest(execution_id))
    assert caught.value.kind is Kind.PRECONDITION and world.status(execution_id) is Status.FINISHED


def test_somebody_else_may_interfere() -> None:
    world = World()
    execution_id = world.start("endless")
    world.engine.set_status(execution_id, Status.FAILED, ExecutionError("STEP_FAIL", "no"))
    found = world.provider.get(GetRequest(execution_id))
    assert (found.status, found.error) == (Status.FAILED, ExecutionError("STEP_FAIL", "no"))
    world.engine.forget(execution_id)
    assert world.listed("endless") == []


def test_a_quota_refuses_with_proof() -> None:
    world = World(active_max=1)
    world.start("endless", "a")
    error = world.failed("endless", "b")
    assert (error.kind, error.proves_nothing_happened) == (Kind.EXHAUSTED, True)


def test_a_key_is_honoured_only_where_that_is_promised() -> None:
    assert [
        world.start() == world.start() for world in (World(), World(Capabilities(idempotent_start=True)))
    ] == [
        False,
        True,
    ]


def test_an_id_of_ours_exists_once() -> None:
    world = World(Capabilities(client_ids=True))
    request = StartRequest("done", "{}", "a", math.inf, "orders.prod:load@1.1")
    assert world.provider.start(request).execution_id == "orders.prod:load@1.1"
    assert world.provider.start(request).execution_id == "orders.prod:load@1.1"
    with pytest.raises(ProviderError) as caught:
        world.provider.start(replace(request, attempt="b"))
    assert caught.value.kind is Kind.EXISTS and not caught.value.proves_nothing_happened


def test_names_are_resolved() -> None:
    world = World()
    assert world.provider.resolve(ResolveRequest('{"name": "load"}')) == "done"
    with pytest.raises(ProviderError):
        world.provider.resolve(ResolveRequest("none"))


def test_the_clock_stands_still_until_it_is_told() -> None:
    clock = StillClock()
    now, monotonic = clock.now(), clock.monotonic()
    clock.sleep(5)
    clock.jump(-100)
    assert (clock.now() - now, clock.monotonic() - monotonic, clock.slept) == (-95, 5, [5])
