"""The engine's database: what it refuses, what it keeps, and who may read it."""

from __future__ import annotations

import itertools
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from declarative.diagnostics import Refused
from declarative.engine import schema, writes
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import AlreadyExists, FailedPrecondition, NotFound, Unavailable
from declarative.engine.journal import Ending, Entry, EntryStatus, Outcome, StepError
from declarative.engine.rows import NestedStart, NewExecution, Note
from declarative.engine.store import Store
from declarative.model.execution import ExecutionError, Status

WORKFLOW = "embaaaaaaaaaaaaaaaaa"
ALL = ("QUEUED", "RUNNING", "PAUSED", "STOPPED", "FAILED", "FINISHED")
LEGAL = {
    ("QUEUED", "RUNNING"),
    ("QUEUED", "STOPPED"),
    ("RUNNING", "PAUSED"),
    ("PAUSED", "RUNNING"),
    ("RUNNING", "FINISHED"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "STOPPED"),
}
WAY = {
    "QUEUED": (),
    "RUNNING": ("RUNNING",),
    "PAUSED": ("RUNNING", "PAUSED"),
    "STOPPED": ("STOPPED",),
    "FAILED": ("RUNNING", "FAILED"),
    "FINISHED": ("RUNNING", "FINISHED"),
}


DONE = Outcome(Ending.FINISHED, "1")


def new(name: str, attempt: str | None = None, at: int = 1_000) -> NewExecution:
    return NewExecution(name, WORKFLOW, "the workflow", None, '{"a": 1}', at, attempt)


def begin(store: Store, *names: str) -> dict[str, int]:
    """Starts executions and has them claimed: their numbers."""
    store.write(partial(writes.start_many, wanted=[new(name) for name in names]))
    return {job.id: job.number for job in store.write(partial(writes.claim, count=100))}


def end(store: Store, number: int, at: int = 2_000, outcome: Outcome = DONE) -> None:
    store.write(partial(writes.end, number=number, outcome=outcome, now=at))


def move(status: str, name: str, database: sqlite3.Connection) -> None:
    ended_at = None if status in ("QUEUED", "RUNNING", "PAUSED") else 5
    database.execute("UPDATE executions SET status = ?, ended_at = ? WHERE id = ?", (status, ended_at, name))


def test_the_database_itself_allows_only_the_services_moves(store: Store) -> None:
    allowed = set()
    for before, after in itertools.permutations(ALL, 2):
        name = f"{before} {after}"
        store.write(partial(writes.start, new=new(name)))
        for status in WAY[before]:
            store.write(partial(move, status, name))
        with suppress(sqlite3.IntegrityError):
            store.write(partial(move, after, name))
            allowed.add((before, after))
        assert store.get(name).status == (after if (before, after) in allowed else before)
    assert allowed == LEGAL


def test_an_ended_execution_never_changes(store: Store) -> None:
    end(store, begin(store, "x")["x"])
    with pytest.raises(sqlite3.IntegrityError, match="never changes"):
        store.write(lambda database: database.execute("UPDATE executions SET result = '2'"))


def test_an_execution_begins_queued(store: Store) -> None:
    query = (
        "INSERT INTO executions (id, workflow, text, status, started_at, depth, input)"
        " VALUES ('x', 'w', 1, 'RUNNING', 1, 0, '{}')"
    )
    with pytest.raises(sqlite3.IntegrityError, match="begins as QUEUED"):
        store.write(lambda database: database.execute(query))


def test_the_input_comes_back_verbatim(store: Store) -> None:
    text = '{ "b":1.0,\n "a": 9007199254740993, "é": "\\u00e9\\u0000" }'
    store.write(partial(writes.start, new=replace(new("x"), input_json=text)))
    assert store.get("x").input_json == text


def test_the_same_attempt_is_started_once_however_many_ask_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [partial(writes.start, new=new(f"x{n}", "attempt")) for n in range(40)]
        answers = set(pool.map(store.write, asked))
    assert len(answers) == 1
    assert [found.id for found in store.page(WORKFLOW, 0, "", "").executions] == list(answers)
    assert store.get(answers.pop()).attempt == "attempt"


def test_an_attempt_that_must_be_the_same_is_refused_when_it_is_not(store: Store) -> None:
    first = replace(new("x", "key"), exact=True)
    assert store.write(partial(writes.start, new=first)) == "x"
    assert store.write(partial(writes.start, new=replace(first, id="y"))) == "x"
    with pytest.raises(AlreadyExists):
        store.write(partial(writes.start, new=replace(first, id="z", input_json="{}")))


def test_a_mass_start_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.write(partial(writes.start_many, wanted=[new("x"), new("y"), new("x")]))
    assert store.page(WORKFLOW, 0, "", "").executions == ()


def test_work_that_fails_is_undone_alone(store: Store) -> None:
    gate = threading.Event()
    blocking = store.submit(lambda database: gate.wait())

    def half(database: sqlite3.Connection) -> None:
        writes.start(database, new("half"))
        raise LookupError("in the middle")

    # All three wait for the first, so they share a transaction.
    first, bad = store.submit(partial(writes.start, new=new("a"))), store.submit(half)
    last = store.submit(partial(writes.start, new=new("b")))
    gate.set()
    blocking.result()
    assert isinstance(bad.exception(), LookupError)
    assert [first.result(), last.result()] == ["a", "b"]
    assert {found.id for found in store.page(WORKFLOW, 0, "", "").executions} == {"a", "b"}


def test_a_failing_disk_is_told_to_everyone_and_forgotten_by_nobody(store: Store) -> None:
    begin(store, "x")
    store.write(lambda database: database.execute("PRAGMA max_page_count = 1"))
    big = replace(new("y"), input_json='"' + "x" * 1_000_000 + '"')
    with pytest.raises(Unavailable, match="full"):
        store.write(partial(writes.start, new=big))
    store.write(lambda database: database.execute("PRAGMA max_page_count = 100000"))
    assert store.write(partial(writes.start, new=big)) == "y"


# ── stop and terminate ─────────────────────────────────────────────────────────────────────────────────────


def test_a_queued_execution_is_stopped_at_once(store: Store) -> None:
    store.write(partial(writes.start, new=new("x")))
    store.write(partial(writes.ask, execution_id="x", wish="stop", now=3_000))
    found = store.get("x")
    assert (found.status, found.duration) == (Status.STOPPED, 2e-6)
    assert store.write(partial(writes.claim, count=10)) == []


def test_a_wish_is_kept_for_the_runner_and_terminate_is_not_taken_back(store: Store) -> None:
    begin(store, "x")
    for wish, kept in (("stop", "stop"), ("terminate", "terminate"), ("stop", "terminate")):
        store.write(partial(writes.ask, execution_id="x", wish=wish, now=3))
        assert [found.asked for found in store.wishes()] == [kept]


def test_what_has_ended_cannot_be_stopped(store: Store) -> None:
    end(store, begin(store, "x")["x"])
    with pytest.raises(FailedPrecondition, match="FINISHED"):
        store.write(partial(writes.ask, execution_id="x", wish="stop", now=3))
    with pytest.raises(NotFound):
        store.write(partial(writes.ask, execution_id="nobody", wish="stop", now=3))


# ── history ────────────────────────────────────────────────────────────────────────────────────────────────


def test_history_keeps_every_field_in_the_order_of_beginning(store: Store) -> None:
    number = begin(store, "x")["x"]
    first = Entry("a", "a", "HttpCall", EntryStatus.STARTED, 1.5, input_json="{}", title="T", memo="m")
    second = Entry("b", "b", "NoOp", EntryStatus.COMPLETED, 1.6, 1.7, output_json="{}", description="D")
    done = replace(
        first,
        status=EntryStatus.FAILED,
        ended_at=2.5,
        attempts=3,
        error=StepError("HTTP_CALL_503", "no"),
        last_error=StepError("HTTP_CALL_500", "not yet"),
    )
    for position, entry in ((0, first), (1, second), (0, done)):
        store.write(partial(writes.write_entry, execution=number, position=position, entry=entry))
    assert store.history("x") == (done, second)
    assert store.notes(number) == [Note(0, done), Note(1, second)]


def test_an_end_leaves_no_step_open(store: Store) -> None:
    number = begin(store, "x")["x"]
    entry = Entry("a", "a", "Wait", EntryStatus.STARTED, 1.5)
    store.write(partial(writes.write_entry, execution=number, position=0, entry=entry))
    end(store, number, 5_000_000_000, Outcome(Ending.FAILED, error=StepError("STEP_INTERNAL", "a bug")))
    assert store.get("x").error == ExecutionError("STEP_INTERNAL", "a bug")
    assert [(found.status, found.ended_at) for found in store.history("x")] == [("CANCELLED", 5.0)]


# ── purge ──────────────────────────────────────────────────────────────────────────────────────────────────


def remaining(store: Store) -> set[str]:
    return {found.id for found in store.page(WORKFLOW, 1000, "", "").executions}


def test_a_purge_takes_only_what_ended_long_ago(store: Store) -> None:
    numbers = begin(store, "old", "young", "active")
    for number in numbers.values():
        entry = Entry("a", "a", "Wait", EntryStatus.STARTED, 1.5)
        store.write(partial(writes.write_entry, execution=number, position=0, entry=entry))
    end(store, numbers["old"], 100)
    end(store, numbers["young"], 300)
    assert store.write(partial(writes.purge, ended_before=200, count=10)) == 1
    assert remaining(store) == {"young", "active"}
    assert store.notes(numbers["old"]) == []
    assert len(store.notes(numbers["active"])) == 1


def test_a_nested_run_is_kept_while_its_parent_is_active(store: Store) -> None:
    parent = begin(store, "parent")["parent"]
    nested = NestedStart("child", WORKFLOW, "text", "{}", 1, "parent", "call")
    store.write(partial(writes.start_nested, new=nested))
    child = store.write(partial(writes.claim, count=1))[0].number
    end(store, child, 100)
    assert store.write(partial(writes.purge, ended_before=200, count=10)) == 0
    end(store, parent, 150)
    assert store.write(partial(writes.purge, ended_before=200, count=10)) == 2


def test_purged_space_is_used_again(store: Store) -> None:
    def pages() -> int:
        return int(store.write(lambda database: database.execute("PRAGMA page_count").fetchone()[0]))

    sizes: list[int] = []
    for turn in range(4):
        wanted = [
            replace(new(f"{turn}-{n}"), input_json='"' + "x" * 20_000 + '"', text=f"text {turn}")
            for n in range(20)
        ]
        store.write(partial(writes.start_many, wanted=wanted))
        for job in store.write(partial(writes.claim, count=100)):
            end(store, job.number, 100)
        store.write(partial(writes.purge, ended_before=200, count=100))
        store.write(writes.sweep)
        sizes.append(pages())
    assert sizes[-1] == sizes[0]
    assert store.write(lambda database: database.execute("SELECT count(*) FROM texts").fetchone()) == (0,)


# ── the files ──────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_is_private_and_ignored_by_git(tmp_path: Path) -> None:
    place = tmp_path / ".declarative" / "default" / "engine"
    store = Store(EngineDirectory.at(place))
    store.write(partial(writes.start, new=new("x")))
    for folder in (place, place.parent, place.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()}
    assert {"engine.sqlite3", "engine.sqlite3-wal", ".gitignore"} <= set(files)
    assert set(files.values()) == {0o600}
    assert (place / ".gitignore").read_text() == "*\n"
    store.close()


def test_a_database_keeps_its_identity_and_two_have_two(tmp_path: Path) -> None:
    identities: list[str] = []
    for name in ("one", "one", "two"):
        store = Store(EngineDirectory.at(tmp_path / name))
        identities.append(store.identity)
        store.close()
    assert identities[0] == identities[1] != identities[2]


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    directory = EngineDirectory.at(tmp_path)
    schema.prepare(directory)
    with sqlite3.connect(directory.database) as database:
        database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    with pytest.raises(Refused) as refused:
        Store(directory)
    assert [problem.code for problem in refused.value.diagnostics] == ["engine_newer"]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    directory = EngineDirectory.at(tmp_path)
    directory.database.write_text("this is not a database, but it is long enough to look at" * 100)
    with pytest.raises(Refused) as refused:
        Store(directory)
    assert [problem.code for problem in refused.value.diagnostics] == ["engine_unreadable"]


def run(program: str, place: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", program, str(place)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answers_of(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    answers = []
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        answers.append(out.strip())
    return answers


def test_those_who_come_first_at_once_make_one_database(tmp_path: Path) -> None:
    for turn in range(10):
        together = threading.Barrier(8)

        def prepare(directory: EngineDirectory, together: threading.Barrier = together) -> str:
            together.wait()
            return schema.prepare(directory)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(prepare, [EngineDirectory.at(tmp_path / str(turn))] * 8))) == 1


READING = """
import sys, time
from declarative.engine.store import Store
from declarative.engine.directory import EngineDirectory
until = time.monotonic() + 1.5
reads = 0
while time.monotonic() < until:
    store = Store(EngineDirectory.at(sys.argv[1]))
    for _ in range(20):
        reads += len(store.page("embaaaaaaaaaaaaaaaaa", 50, "", "").executions) > 0
    store.close()
print(reads)
"""

WRITING = """
import sys, time
from functools import partial
from declarative.engine import writes
from declarative.engine.rows import NewExecution
from declarative.engine.store import Store
from declarative.engine.directory import EngineDirectory
until = time.monotonic() + 1.5
count = 0
store = Store(EngineDirectory.at(sys.argv[1]))
while time.monotonic() < until:
    new = NewExecution(f"{time.time_ns()}-{id(store)}", "embaaaaaaaaaaaaaaaaa", "text", None, "{}", 1)
    store.write(partial(writes.start, new=new))
    count += 1
store.close()
print(count)
"""


def test_readers_and_writers_of_many_processes_are_never_locked_out(store: Store, tmp_path: Path) -> None:
    store.write(partial(writes.start, new=new("first")))
    programs = (READING, READING, WRITING, WRITING)
    *reads, first, second = map(int, answers_of([run(program, tmp_path / "engine") for program in programs]))
    assert min(reads) > 0
    found = store.write(lambda database: database.execute("SELECT count(*) FROM executions").fetchone()[0])
    assert found == 1 + first + second
    # Neither writer keeps the other one out.
    assert min(first, second) * 10 > max(first, second)
