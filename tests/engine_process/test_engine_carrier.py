"""Carrying executions on: ends, bugs, stops, failing disks, and taking up what another runner left."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import DEFAULT, Mock, patch

import pytest
from carrier_kit import ask, carrying, finished, start, until_begun, until_ended, waits

from declarative.engine.carrier import Carrier
from declarative.engine.directory import EngineDirectory
from declarative.engine.journal import Control, Ending, Entry, EntryStatus, Journal, Outcome
from declarative.engine.rows import Job, Wish
from declarative.engine.store import Store
from declarative.model.execution import ExecutionError, Status


def test_a_bug_ends_its_own_run_and_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    async def script(job: Job, journal: Journal, control: Control) -> Outcome:
        if job.id == "bad":
            await journal.begin(Entry("a", "a", "NoOp", EntryStatus.STARTED, 1.0))
            raise ZeroDivisionError("a bug")
        return finished(job.input_json)

    async def scene() -> None:
        start(store, "bad", "good")
        async with carrying(store, script) as carrier:
            bad = await until_ended(store, carrier, "bad")
            good = await until_ended(store, carrier, "good")
        assert (good.status, good.result_json) == (Status.FINISHED, '"good"')
        assert bad.status is Status.FAILED
        assert isinstance(bad.error, ExecutionError)
        assert bad.error.code == "STEP_INTERNAL"
        assert "ZeroDivisionError" not in bad.error.message

    asyncio.run(scene())
    assert "ZeroDivisionError: a bug" in caplog.text
    assert [entry.status for entry in store.history("bad")] == ["CANCELLED"]


def test_a_stop_lets_the_run_end_by_itself(store: Store) -> None:
    async def scene() -> None:
        start(store, "x")
        async with carrying(store, waits) as carrier:
            await until_begun(store, carrier, "x")
            ask(store, "x", "stop")
            assert (await until_ended(store, carrier, "x")).status is Status.STOPPED

    asyncio.run(scene())


def test_a_terminate_interrupts_once_and_lets_the_run_clear_up(store: Store) -> None:
    interrupted = 0

    async def stubborn(job: Job, journal: Journal, control: Control) -> Outcome:
        nonlocal interrupted
        entry = Entry("a", "a", "Wait", EntryStatus.STARTED, 1.0)
        await journal.begin(entry)
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            interrupted += 1
            # Clearing up takes a few commits, during which the runner looks again and again.
            for _ in range(5):
                await journal.begin(replace(entry, status=EntryStatus.CANCEL_REQUESTED))
            await journal.finish(
                replace(entry, status=EntryStatus.CANCELLED, ended_at=2.0, memo="cleared up")
            )
        return Outcome(Ending.STOPPED)

    async def scene() -> None:
        start(store, "x")
        async with carrying(store, stubborn) as carrier:
            await until_begun(store, carrier, "x")
            ask(store, "x", "terminate")
            assert (await until_ended(store, carrier, "x")).status is Status.STOPPED

    asyncio.run(scene())
    assert interrupted == 1
    assert store.history("x")[0].memo == "cleared up"


@pytest.mark.parametrize("wish", ["stop", "terminate"])
def test_what_was_asked_while_no_runner_lived_holds_before_the_next_step(store: Store, wish: str) -> None:
    begun: list[str] = []

    async def script(job: Job, journal: Journal, control: Control) -> Outcome:
        if control.stop_requested:
            return Outcome(Ending.STOPPED)
        begun.append(job.id)
        return finished()

    async def scene() -> None:
        start(store, "x")
        async with carrying(store, waits) as carrier:
            await until_begun(store, carrier, "x")
        ask(store, "x", wish)
        async with carrying(store, script) as carrier:
            assert (await until_ended(store, carrier, "x")).status is Status.STOPPED

    asyncio.run(scene())
    assert begun == []


def test_leaving_touches_nothing_and_the_next_one_goes_on(store: Store) -> None:
    seen: list[Entry | None] = []

    async def resumed(job: Job, journal: Journal, control: Control) -> Outcome:
        seen.append(journal.recall("a"))
        return finished()

    async def scene() -> None:
        start(store, "x")
        async with carrying(store, waits) as carrier:
            await until_begun(store, carrier, "x")
            before = store.history("x")
        assert store.get("x").status is Status.RUNNING
        assert store.history("x") == before
        async with carrying(store, resumed) as carrier:
            await until_ended(store, carrier, "x")

    asyncio.run(scene())
    assert [entry.status for entry in seen if entry is not None] == [EntryStatus.STARTED]


def test_a_full_disk_is_no_end_of_a_run(tmp_path: Path) -> None:
    """The run must be found active by the next runner, when there is room again."""
    store = Store(EngineDirectory.at(tmp_path))

    def limit(pages: int, database: sqlite3.Connection) -> None:
        database.execute(f"PRAGMA max_page_count = {pages}")

    async def greedy(job: Job, journal: Journal, control: Control) -> Outcome:
        store.write(lambda database: limit(1, database))
        await journal.begin(Entry("a", "a", "NoOp", EntryStatus.STARTED, 1.0, input_json="x" * 100_000))
        return finished()

    async def scene() -> None:
        start(store, "x")
        async with carrying(store, greedy) as carrier:
            async with asyncio.timeout(20):
                while carrier.broken is None:
                    await asyncio.sleep(0.005)
        store.write(lambda database: limit(100_000, database))
        assert store.get("x").status is Status.RUNNING

        async def modest(job: Job, journal: Journal, control: Control) -> Outcome:
            return finished()

        async with carrying(store, modest) as carrier:
            assert (await until_ended(store, carrier, "x")).status is Status.FINISHED

    asyncio.run(scene())
    store.close()


def test_two_thousand_executions_wait_at_once_and_nobody_looks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"x{n}" for n in range(2000)]
    looks = 0
    wishes = store.wishes

    def counted() -> Sequence[Wish]:
        nonlocal looks
        looks += 1
        return wishes()

    monkeypatch.setattr(store, "wishes", counted)

    async def scene() -> None:
        start(store, *names, "last")
        async with carrying(store, waits) as carrier:
            await until_begun(store, carrier, "last")
            await asyncio.sleep(0.1)
            before = looks
            await asyncio.sleep(0.3)
            assert looks == before
            ask(store, "x1000", "terminate")
            assert (await until_ended(store, carrier, "x1000")).status is Status.STOPPED
        assert len(store.begun()) == 2000

    asyncio.run(scene())


def test_ten_thousand_active_executions_are_taken_up(store: Store) -> None:
    running = 0

    async def script(job: Job, journal: Journal, control: Control) -> Outcome:
        nonlocal running
        running += 1
        await control.stop_wanted()
        return finished()

    async def scene() -> None:
        start(store, *[f"x{n}" for n in range(10_000)])
        store.write(lambda database: database.execute("UPDATE executions SET status = 'RUNNING'"))
        async with carrying(store, script) as carrier:
            async with asyncio.timeout(20):
                while running < 10_000:
                    await asyncio.sleep(0.01)
            assert not carrier.is_idle

    asyncio.run(scene())


async def claiming(store: Store, carrier: Carrier, name: str) -> asyncio.Task[None]:
    """A task whose claim of an execution is in the database, and who has not been told yet."""
    taking = asyncio.create_task(carrier.take_in())
    submitted = store.submit
    claimed: list[Future[Any]] = []
    with patch.object(store, "submit", lambda work: claimed.append(submitted(work)) or claimed[-1]):
        while not claimed:
            await asyncio.sleep(0)
    claimed[0].result(20)
    assert store.get(name).status is Status.RUNNING
    return taking


def test_who_waits_for_a_run_lets_another_begin_what_it_has_claimed(store: Store) -> None:
    """A runner that carried a nested run and its parent could spin for ever, and carry nobody on."""

    async def at_once(job: Job, journal: Journal, control: Control) -> Outcome:
        return finished()

    async def scene() -> None:
        start(store, "x")
        carrier = Carrier(store, at_once, lambda: None)
        await carrier.resume()
        taking = await claiming(store, carrier, "x")
        with patch.object(store, "outcome", Mock(wraps=store.outcome, side_effect=[DEFAULT] * 100)):
            ended = await carrier.finished(store.begun()[0])
        assert ended.status is Status.FINISHED
        await taking
        await carrier.leave()

    asyncio.run(scene())


def test_what_was_claimed_is_begun_though_who_claimed_it_is_cancelled(store: Store) -> None:
    async def scene() -> None:
        start(store, "x")
        carrier = Carrier(store, waits, lambda: None)
        await carrier.resume()
        taking = await claiming(store, carrier, "x")
        taking.cancel()
        await until_begun(store, carrier, "x")
        await carrier.leave()

    asyncio.run(scene())
