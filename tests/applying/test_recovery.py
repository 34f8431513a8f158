"""What recovery says and does with a start whose outcome is unknown, on another machine, from state alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from applying_kit import ENGINE, NOW, A, B, Engine, StillClock, desk_of, intent, run, unresolved

from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.recovery import resolve, settle_waits, twins
from declarative.applying.searching import Listing, candidates
from declarative.model.address import Address
from declarative.model.event import Recovered
from declarative.model.execution import Status
from declarative.model.record import Pending
from declarative.protocols import Capabilities, Kind


def test_a_crash_before_the_wire_frees_the_start_and_keeps_its_generation() -> None:
    desk = desk_of({A: unresolved(intent())})
    said = _recover(desk, Engine())
    assert (said.finding, said.detail) == ("nothing_started", "its start never took effect")
    assert desk.record(A).pending is None
    assert desk.record(A).generation == 1


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.FINISHED, Status.FAILED])
def test_a_crash_after_the_start_binds_what_it_gave(status: Status) -> None:
    desk = desk_of({A: unresolved(intent(age=100.0))})
    said = _recover(desk, Engine([run("run-1", None if status is Status.QUEUED else 99.0, status=status)]))
    assert (said.finding, said.execution_id) == ("adopted", "run-1")
    bound = desk.record(A).current
    assert bound is not None
    assert (bound.id, bound.generation, desk.record(A).pending) == ("run-1", 1, None)


def test_of_two_that_may_be_it_a_person_chooses() -> None:
    desk = desk_of({A: unresolved(intent())})
    said = _recover(desk, Engine([run("run-1", 299.0), run("run-2", 298.0)]))
    assert said.finding == "ambiguous"
    assert said.detail == "it may be one of: run-1, run-2; settle it with `import` or `--replace`"
    assert _reason(desk) == "ambiguous_start"


def test_two_starts_of_the_same_take_an_execution_each() -> None:
    desk = desk_of({A: unresolved(intent("one")), B: unresolved(intent("two"))})
    told = list(_resolved(desk, Engine([run("run-2", 298.0), run("run-1", 299.0)])))
    assert [(said.address, said.execution_id) for said in told] == [(A, "run-1"), (B, "run-2")]


def test_what_is_bound_elsewhere_is_no_candidate() -> None:
    desk = desk_of({A: unresolved(intent())})
    _recover(desk, Engine([run("run-1", 299.0)]))
    desk.put(B, unresolved(intent("two")))
    said = next(iter(_resolved(desk, Engine([run("run-1", 299.0)]))))
    assert (said.address, said.finding) == (B, "nothing_started")


def test_a_candidate_that_cannot_be_read_may_be_it() -> None:
    desk = desk_of({A: unresolved(intent())})
    said = _recover(desk, Engine([run("run-1", 299.0)], unreadable={"run-1"}))
    assert (said.finding, said.detail) == ("unknown", "not every candidate could be read")
    assert desk.record(A).pending is not None


def test_a_list_that_may_hide_what_runs_proves_nothing() -> None:
    bound = moves.bind(unresolved(intent("two")), "run-2", NOW - 1000.0)
    desk = desk_of({A: unresolved(intent()), B: bound})
    said = _recover(desk, Engine(unreadable={"run-2"}))
    assert (said.finding, said.detail) == ("unknown", "get failed: HTTP 503")
    assert desk.record(A).pending is not None


@pytest.mark.parametrize(
    ("kind", "asks"),
    [(Kind.UNAVAILABLE, None), (Kind.TIMEOUT, None), (Kind.DENIED, "start_unknown")],
)
def test_a_person_is_asked_only_where_another_look_may_not_help(kind: Kind, asks: str | None) -> None:
    desk = desk_of({A: unresolved(intent())})
    said = _recover(desk, Engine(silent=kind))
    assert (said.finding, said.detail) == ("unknown", "list failed: no")
    assert _reason(desk) == asks


def test_an_engine_that_may_have_forgotten_proves_nothing() -> None:
    old = intent(age=4000.0)
    desk = desk_of({A: unresolved(old)})
    said = _recover(desk, Engine())
    assert (said.finding, said.detail) == ("unknown", "the engine may have forgotten that time")
    assert _reason(desk) == "start_unknown"


def test_an_engine_that_lists_something_older_has_not_forgotten() -> None:
    ended = run("run-0", 5000.0, '{"n":0}', Status.FINISHED)
    desk = desk_of({A: unresolved(intent(age=4000.0))})
    engine = Engine([replace(ended, duration=10.0)])
    assert _recover(desk, engine).finding == "nothing_started"


def test_a_provider_that_is_not_configured_any_more_leaves_the_start_to_a_person() -> None:
    desk = desk_of({A: unresolved(intent())})
    told = list(resolve([(A, _pending(desk))], desk, {}, StillClock()))
    assert [said.detail for said in told] == ["its provider is not configured any more"]
    assert _reason(desk) == "start_unknown"


def test_a_wave_of_thousands_shares_what_was_seen_before() -> None:
    seen = tuple(f"run-{n}" for n in range(3))
    group = [(A, intent("one", seen=seen)), (B, intent("two", seen=seen))]
    excluded = candidates(group, Listing((ENGINE, "load"), (), None), desk_of({}), Engine()).excluded
    assert excluded["one"] is excluded["two"] and excluded["one"] == {*seen}


def test_settle_counts_from_the_senders_deadline_and_for_others_from_the_lock() -> None:
    own, others = intent("own"), intent("others")
    readers = {ENGINE: Engine(capabilities=Capabilities(settle=120.0))}
    clock = StillClock(1000.0)
    assert settle_waits([(A, own)], readers, {"own": 950.0}, 990.0, clock) == {twins(own): 70.0}
    assert settle_waits([(A, others)], readers, {"own": 950.0}, 990.0, clock) == {twins(others): 110.0}
    assert settle_waits([(A, others), (B, own)], readers, {"own": 880.0}, 990.0, clock) == {twins(own): 110.0}


def _recover(desk: Desk, engine: Engine) -> Recovered:
    [said] = _resolved(desk, engine)
    return said


def _resolved(desk: Desk, engine: Engine) -> list[Recovered]:
    open_ones = [(address, record.pending) for address, record in desk.records.items() if record.pending]
    return list(resolve(open_ones, desk, {ENGINE: engine}, StillClock()))


def _pending(desk: Desk, address: Address = A) -> Pending:
    pending = desk.record(address).pending
    assert pending is not None
    return pending


def _reason(desk: Desk) -> str | None:
    return _pending(desk).reason
