"""What is written and said for each way a call may end. That intents come first, and how often a start is sent,
is proved by the simulation."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from applying_kit import ENGINE, NOW, SENT, A, Engine, StillClock, desk_of, unresolved
from applying_kit import intent as intent_of

from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.executor import Wave, Workshop, carry_out
from declarative.model import event as events
from declarative.model.change import Action, Change, Code, StartOrder, StopOrder
from declarative.model.desired import Policies
from declarative.model.event import Event
from declarative.model.record import Cause, Record, StopMode
from declarative.protocols import Kind, ProviderError, Started, StartRequest, StopRequest, TerminateRequest


@dataclass
class Doing(Engine):
    """An engine that can be told to fail, and keeps what it was asked for."""

    fails: ProviderError | None = None
    calls: list[str] = field(default_factory=list)

    def start(self, request: StartRequest) -> Started:
        self._called(f"start {request.input_json}")
        return Started("run-1")

    def stop(self, request: StopRequest) -> None:
        self._called(f"stop {request.execution_id}")

    def terminate(self, request: TerminateRequest) -> None:
        self._called(f"terminate {request.execution_id}")

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if self.fails is not None:
            raise self.fails


def test_a_start_is_bound_with_its_generation() -> None:
    desk = desk_of({})
    *_, told = _carried_out(_start(), desk, Doing())
    assert told == events.Started(A, "run-1", False)
    bound = desk.record(A).current
    assert bound is not None
    assert (bound.id, bound.generation, desk.record(A).pending) == ("run-1", 1, None)


@pytest.mark.parametrize(
    ("kind", "proof", "said", "is_open"),
    [
        (Kind.EXHAUSTED, True, events.StartRefused, False),
        (Kind.DENIED, True, events.StartRefused, False),
        (Kind.DENIED, False, events.StartUnknown, True),
        (Kind.TIMEOUT, False, events.StartUnknown, True),
        (Kind.GARBLED, False, events.StartUnknown, True),
    ],
)
def test_only_proof_frees_a_start(kind: Kind, proof: bool, said: type, is_open: bool) -> None:
    desk = desk_of({})
    engine = Doing(fails=ProviderError(kind, "start", "no", proves_nothing_happened=proof))
    *_, told = _carried_out(_start(), desk, engine)
    assert isinstance(told, said)
    assert (desk.record(A).pending is not None) is is_open


def test_a_start_that_came_too_late_is_withdrawn_without_a_word() -> None:
    desk = desk_of({})
    engine = Doing(fails=ProviderError(Kind.TOO_LATE, "start", "late", proves_nothing_happened=True))
    told = _carried_out(_start(), desk, engine)
    assert [type(event) for event in told] == [events.WaveBegins]
    assert desk.record(A).pending is None


def test_without_a_watermark_nothing_is_started() -> None:
    desk, engine = desk_of({}), Doing(silent=Kind.UNAVAILABLE)
    *_, told = _carried_out(_start(), desk, engine)
    assert isinstance(told, events.StartRefused)
    assert (engine.calls, desk.record(A).pending) == ([], None)


@pytest.mark.parametrize("kind", [Kind.PRECONDITION, Kind.NOT_FOUND])
def test_what_has_ended_before_its_stop_counts_as_asked(kind: Kind) -> None:
    engine = Doing(fails=ProviderError(kind, "stop", "over", proves_nothing_happened=True))
    *_, told = _carried_out(_stop(), desk_of({A: _active()}), engine)
    assert told == events.StopAsked(A, "run-1", StopMode.GRACEFUL)


def test_a_stop_through_an_engine_that_is_gone_from_the_configuration_is_refused() -> None:
    *_, told = _carried_out(_stop(), desk_of({A: _active()}), None)
    assert isinstance(told, events.StopRefused)
    assert "not configured any more" in told.problem.summary


def test_the_grace_is_over_in_a_later_apply_too() -> None:
    engine = Doing()
    for ago in (59.0, 61.0):
        _carried_out(_stop(grace=60.0), desk_of({A: _asked(ago)}), engine)
    assert engine.calls == ["stop run-1", "terminate run-1"]


def _carried_out(wave: Wave, desk: Desk, engine: Doing | None) -> list[Event]:
    providers = {} if engine is None else {ENGINE: engine}
    return list(carry_out(wave, Workshop(desk, providers, StillClock(), parallelism=1)))


def _start() -> Wave:
    order = StartOrder(ENGINE, "load", "load", SENT, "spec", "1", 1, Cause.DECLARED, Policies(), SENT)
    return Wave(starts=(Change(A, Action.START, Code.NEW, "new", start=order),))


def _stop(grace: float | None = None) -> Wave:
    order = StopOrder("run-1", ENGINE, Cause.REMOVED, grace=grace)
    return Wave(stops=(Change(A, Action.STOP, Code.REMOVED, "gone", stop=order),))


def _active() -> Record:
    return moves.bind(unresolved(intent_of()), "run-1", NOW - 100.0)


def _asked(seconds_ago: float) -> Record:
    order = _stop().stops[0].stop
    assert order is not None
    return moves.ask_stop(_active(), order, StopMode.GRACEFUL, NOW - seconds_ago)
