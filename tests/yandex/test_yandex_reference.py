"""The command line against a strict reference server: what it promises, counted on the other side of the wire.

`DECLARATIVE_REFERENCE=40` plays it with forty executions of each of the five workflows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from reference_executions import Book, Run
from reference_server import Faults, Reference
from reference_user import SHORT, WORKFLOWS, User, declared, service, user

EACH = int(os.environ.get("DECLARATIVE_REFERENCE", "4"))
ALL = EACH * len(WORKFLOWS)
FAULTY = {"settle": "4s", "send_window": "1s", "request_timeout": "1s"}
"""Together with the lag and the slowness of the faults, less than `settle`, as the promise demands."""


@pytest.fixture
def reference() -> Iterator[Reference]:
    with service().running() as running:
        yield running


def runs_of(user: User, name: str) -> list[Run]:
    """Those that are bound to the instances of an entry, in the order of their keys."""
    bound = user.bound()
    return [user.service.book.runs[bound[key]] for key in sorted(bound) if key.startswith(f"{name}.")]


def test_a_life_of_executions(reference: Reference, tmp_path: Path) -> None:
    book = reference.book
    me = user(tmp_path, reference, declared(0, EACH, stop_grace="2s", stop_timeout="20s"))

    said = me.run("plan", "--new-state", "--detailed-exitcode")
    assert said.code == 2 and f"Plan: {ALL} to add" in said.text, said.text
    assert reference.counted() == {"list": 5}

    said = me.apply()
    assert said.code == 0, said.text
    # Of each workflow: what is active, the watermark, and once in a state's life what has finished.
    assert reference.counted() == {"list": 15, "start": ALL}
    assert set(book.starts.values()) == {1} and set(me.bound().values()) == set(book.runs)

    said = me.run("plan", "--detailed-exitcode")
    assert said.code == 0 and "No changes." in said.text, said.text
    assert reference.counted() == {"list": 5} and "Observed with 5 calls." in said.text
    assert me.run("drift").code == 0
    reference.counted()

    # Somebody finishes, fails, stops, pauses and purges.
    for run in runs_of(me, "work-0"):
        book.end(run, "FINISHED", '{"rows":3}')
    failed, stopped, *_ = runs_of(me, "work-1")
    book.end(failed, "FAILED", error=("STEP_FAIL", "no such table"))
    book.end(stopped, "STOPPED")
    paused, purged, *_ = runs_of(me, "work-2")
    paused.status = "PAUSED"
    book.purge(purged)
    me.let_pass(3600)

    said = me.run("drift", "--json")
    assert said.code == 2, said.text
    kinds = sorted(item["declarative"]["kind"] for item in said.document()["resource_drift"])
    assert kinds == ["failed", "lost", "paused", "stopped"]
    # A list of each workflow, a get for each that ended, two and a list again for the one that is gone.
    assert reference.counted() == {"list": 6, "get": EACH + 2 + 2}

    said = me.apply()
    assert said.code == 3 and "no such table" in said.text, said.text
    assert set(book.starts.values()) == {1}, "what failed is not started again by itself"

    # What has ended costs nothing more, also once the service has forgotten it.
    for run in runs_of(me, "work-0"):
        book.purge(run)
    reference.counted()
    said = me.run("plan", "--detailed-exitcode")
    assert said.code == 2 and f"{EACH} finished, 1 failed, 1 stopped from outside, 1 lost" in said.text
    assert reference.counted() == {"list": 4}

    # An entry goes; one of its executions does not hear a stop.
    deaf, *obedient = runs_of(me, "work-3")
    deaf.ignores_stop = True
    del me.entries["work-3"]
    me.write()
    reference.counted()
    said = me.apply("--allow-stops", "1000")
    assert said.code == 3, said.text
    assert {run.status for run in (deaf, *obedient)} == {"STOPPED"}
    called = reference.counted()
    assert (called["stop"], called["terminate"], called["start"]) == (EACH, 1, 0)


class Shadowed(Book):
    """Somebody starts executions by hand while an apply starts its own: beside every third one of nearly the
    same input, and one of the same input for another workflow."""

    def start(self, workflow_id: str, input_json: str, by_hand: bool = False) -> Run:
        run = super().start(workflow_id, input_json, by_hand)
        if run.number % 3 == 0 and not by_hand:
            near = input_json.replace("{", '{"by":"hand",', 1)
            super().start(workflow_id, near, by_hand=True)
            other = next(key for key in self.workflows if key != workflow_id)
            super().start(other, input_json.replace("work", "Work"), by_hand=True)
        return run


def test_every_fault_at_once_and_each_starts_once(tmp_path: Path) -> None:
    book = Shadowed(dict(WORKFLOWS), lag=0.5)
    faults = Faults(
        lost_after=1 / 3,
        lost_before=0.1,
        resets=0.05,
        busy=0.05,
        slow=0.05,
        slow_seconds=1.3,
        page_max=50,
        filters="refused",
    )
    with Reference(book, faults).running() as reference:
        me = user(tmp_path, reference, declared(0, EACH), **FAULTY)
        for _ in range(8):
            said = me.apply("--parallelism", "20")
            assert set(book.starts.values()) <= {1}, "twice for one declaration"
            if said.code == 0 and len(me.bound()) == ALL:
                break
        ours = {run.id for run in book.runs.values() if not run.by_hand}
        assert set(me.bound().values()) == ours and len(ours) == ALL, said.text
        said = me.run("plan", "--detailed-exitcode")
        assert said.code == 0, said.text


@pytest.mark.parametrize("beside", ['{"a":1}', '{"a":1,"b":null}'], ids=["equal", "loosely equal"])
def test_one_started_by_hand_is_not_mistaken_for_ours(tmp_path: Path, beside: str) -> None:
    """Both may be ours: a person decides, and nothing is started meanwhile."""

    class Twin(Book):
        def start(self, workflow_id: str, input_json: str, by_hand: bool = False) -> Run:
            super().start(workflow_id, beside, by_hand=True)
            return super().start(workflow_id, input_json, by_hand)

    with Reference(Twin(dict(WORKFLOWS)), Faults(lost_after=1.0)).running() as reference:
        me = user(tmp_path, reference, {"load": {"workflow": "work-1", "input": {"a": 1}}}, **SHORT)
        said = me.apply()
        ours, theirs = sorted(reference.book.runs.values(), key=lambda run: run.by_hand)
        assert said.code == 3 and ours.id in said.text and theirs.id in said.text, said.text
        said = me.apply()
        assert said.code == 3 and "ambiguous start" in said.text, said.text
        assert me.bound() == {} and reference.book.starts.total() == 1
        assert me.run("import", "load", ours.id).code == 0
        assert me.run("plan", "--detailed-exitcode").code == 0


def test_a_start_that_never_gets_through_is_an_error_and_named(tmp_path: Path) -> None:
    with Reference(Book(dict(WORKFLOWS)), Faults(lost_before=1.0)).running() as reference:
        me = user(tmp_path, reference, {"load": {"workflow": "work-1"}}, **SHORT)
        said = me.apply()
        assert said.code == 1, said.text
        assert "Left: 1 not started." in said.text and "apply again" in said.text
        reference.faults.lost_before = 0.0
        assert me.apply().code == 0
        assert reference.book.starts.total() == 1


def test_a_full_quota_holds_starts_back(tmp_path: Path) -> None:
    with Reference(Book(dict(WORKFLOWS), quota=3)).running() as reference:
        me = user(tmp_path, reference, declared(0, 1))
        said = me.apply()
        assert said.code == 0 and "2 held" in said.text, said.text
        reference.book.life = 0.3
        said = me.apply("--wait")
        assert said.code == 0, said.text
        assert set(reference.book.starts.values()) == {1} and len(me.bound()) == 5
        assert me.run("plan", "--detailed-exitcode").code == 0


def test_unknown_statuses_and_missing_fields_are_taken_as_they_come(
    reference: Reference, tmp_path: Path
) -> None:
    me = user(tmp_path, reference, {"load": {"workflow": "work-1"}, "more": {"workflow": "work-1"}})
    assert me.apply().code == 0
    reference.faults.bare = True
    said = me.run("plan", "--detailed-exitcode")
    assert said.code == 0 and "2 in progress" in said.text, said.text
    book = reference.book
    for run in book.runs.values():
        book.end(run, "FINISHED")
    said = me.run("plan", "--detailed-exitcode")
    assert said.code == 0 and "2 finished" in said.text, said.text
