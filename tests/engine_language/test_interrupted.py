"""A run that was interrupted: by termination, by a runner that leaves, by the end of a step beside it."""

from __future__ import annotations

import asyncio

import pytest
from language_kit import Killed, MemoryJournal, Server, Stage, StillClock
from runs_under_way import RETRYING, SIDE_BY_SIDE, HeldClock, Under

from declarative.engine.journal import Control, Ending, EntryStatus, Outcome

CANCEL_REQUESTED, CANCELLED = EntryStatus.CANCEL_REQUESTED, EntryStatus.CANCELLED
COMPLETED, FAILED = EntryStatus.COMPLETED, EntryStatus.FAILED


def test_terminate_cancels_what_is_active(stage: Stage) -> None:
    async def work() -> tuple[Outcome, MemoryJournal]:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        run.task.cancel()
        return await run.task, run.journal

    outcome, journal = stage.do(work())
    assert outcome == Outcome(Ending.STOPPED)
    assert journal.one("note").status is COMPLETED
    for step in ("both", "nap", "rest"):
        assert journal.one(step).status is CANCELLED
        assert [e.status for e in journal.writes if e.step == step][1:] == [CANCEL_REQUESTED, CANCELLED]


def test_a_second_terminate_changes_nothing(stage: Stage) -> None:
    async def work() -> tuple[Outcome, dict[str, EntryStatus]]:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        run.task.cancel()
        while CANCEL_REQUESTED not in run.statuses().values():
            await asyncio.sleep(0)
        run.task.cancel()
        return await run.task, run.statuses()

    outcome, statuses = stage.do(work())
    assert outcome == Outcome(Ending.STOPPED)
    assert CANCEL_REQUESTED not in statuses.values()


def test_terminate_during_a_call_and_a_template(stage: Stage, server: Server) -> None:
    async def work(text: str) -> tuple[Outcome, EntryStatus]:
        run = Under(stage, text)
        while "s" not in run.statuses():
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        run.task.cancel()
        return await run.task, run.journal.one("s").status

    endless = "yawl: '1.0'\nstart: s\nsteps: {s: {httpCall: {url: 'http://h/\\([range(1e9)])'}}}"
    assert stage.do(work(endless)) == (Outcome(Ending.STOPPED), CANCELLED)
    assert stage.run("yawl: \"1.0\"\nstart: s\nsteps: {s: {noOp: {output: '\\({a: (1 + 1)})'}}}").value == {
        "a": 2
    }


def test_a_runner_that_leaves_journals_nothing_and_another_goes_on(stage: Stage) -> None:
    async def work() -> tuple[int, MemoryJournal]:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        writes = len(run.journal.writes)
        run.control.abandoned = True
        run.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run.task
        return writes, run.journal

    writes, journal = stage.do(work())
    assert len(journal.writes) == writes
    result = stage.run(SIDE_BY_SIDE, journal=journal)
    assert result.outcome.ending is Ending.FINISHED
    assert {entry.status for entry in journal.entries.values()} == {COMPLETED}


def test_a_wait_that_was_under_way_only_waits_for_the_rest(stage: Stage) -> None:
    async def work() -> MemoryJournal:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        run.control.abandoned = True
        run.task.cancel()
        await asyncio.gather(run.task, return_exceptions=True)
        return run.journal

    journal = stage.do(work())
    clock = StillClock(StillClock().time + 40)
    stage.run(SIDE_BY_SIDE, journal=journal, clock=clock)
    assert clock.slept == [60.0]
    assert journal.one("nap").started_at == StillClock().time


def test_a_retry_delay_that_was_under_way_only_waits_for_the_rest(stage: Stage, server: Server) -> None:
    server.json("/flaky", 503, {})

    async def work() -> MemoryJournal:
        run = Under(stage, RETRYING)
        await run.until_asleep(1)
        run.control.abandoned = True
        run.task.cancel()
        await asyncio.gather(run.task, return_exceptions=True)
        return run.journal

    journal = stage.do(work())
    clock = StillClock(StillClock().time + 45)
    result = stage.run(RETRYING, journal=journal, clock=clock)
    assert result.outcome.ending is Ending.FINISHED
    assert clock.slept == [15.0]
    assert journal.one("flaky").attempts == 2


def test_a_crash_within_an_attempt_repeats_it_with_one_attempt_more(stage: Stage, server: Server) -> None:
    server.json("/flaky", 503, {})
    journal = MemoryJournal()
    journal.dies_at = 3
    with pytest.raises(Killed):
        stage.run(RETRYING, journal=journal)
    assert journal.one("flaky").attempts == 2
    journal.dies_at = None

    server.json("/flaky", {})
    stage.run(RETRYING, journal=journal)
    assert journal.one("flaky").attempts == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_write_of_a_termination(stage: Stage, after: bool) -> None:
    async def terminated(dies_at: int | None) -> MemoryJournal:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        run.journal.dies_at, run.journal.dies_after_writing = dies_at, after
        run.task.cancel()
        await asyncio.gather(run.task, return_exceptions=True)
        run.journal.dies_at = None
        return run.journal

    begun, writes = 4, len(stage.do(terminated(None)).writes)
    for dies_at in range(begun + (not after), writes):
        journal = stage.do(terminated(dies_at))
        result = stage.run(SIDE_BY_SIDE, journal=journal)
        assert result.outcome == Outcome(Ending.STOPPED), dies_at
        assert {e.status for e in journal.entries.values()} == {COMPLETED, CANCELLED}, dies_at


def test_after_a_restart_a_stop_begins_nothing_again(stage: Stage, server: Server) -> None:
    server.json("/flaky", 503)
    journal, control = MemoryJournal(), Control()
    journal.dies_at = 1
    with pytest.raises(Killed):
        stage.run(RETRYING, journal=journal)
    journal.dies_at, control.stop_requested = None, True
    calls = server.count("/flaky")

    result = stage.run(RETRYING, journal=journal, control=control)
    assert result.outcome == Outcome(Ending.STOPPED)
    assert (server.count("/flaky"), journal.one("flaky").status) == (calls, CANCELLED)


def test_what_ended_the_run_outlives_a_terminate(stage: Stage) -> None:
    """The failure is in the journal already when the run is terminated."""
    text = SIDE_BY_SIDE.replace(
        "rest: {wait: {duration: 5, next: late2}}", "rest: {fail: {errorMessage: no}}"
    )

    async def work() -> tuple[Outcome, dict[str, EntryStatus]]:
        run = Under(stage, text)
        while run.statuses().get("rest") is not FAILED:
            await asyncio.sleep(0)
        run.task.cancel()
        return await run.task, run.statuses()

    outcome, statuses = stage.do(work())
    assert outcome.error is not None
    assert outcome.error.message == "no"
    assert statuses == {"both": FAILED, "nap": CANCELLED, "note": COMPLETED, "rest": FAILED}


def test_thousands_of_waiting_runs_are_one_task_each(stage: Stage) -> None:
    async def work() -> tuple[int, set[Outcome]]:
        before = len(asyncio.all_tasks())
        workflow = stage.workflow('yawl: "1.0"\nstart: s\nsteps: {s: {wait: {duration: 100000}}}')
        clock = HeldClock()
        runs = [
            asyncio.create_task(stage.work(workflow, n, MemoryJournal(), clock, Control(), {}))
            for n in range(2000)
        ]
        while clock.asleep < len(runs):
            await asyncio.sleep(0)
        tasks = len(asyncio.all_tasks()) - before
        for run in runs:
            run.cancel()
        return tasks, set(await asyncio.gather(*runs))

    assert stage.do(work()) == (2000, {Outcome(Ending.STOPPED)})


def test_success_and_failure_inside_cancel_what_is_beside(stage: Stage) -> None:
    endings: dict[str, tuple[Ending, EntryStatus]] = {
        "success: {}": (Ending.FINISHED, COMPLETED),
        "fail: {errorMessage: no}": (Ending.FAILED, FAILED),
        "noOp: {output: text}": (Ending.FAILED, FAILED),
    }
    for step, (ending, status) in endings.items():
        text = SIDE_BY_SIDE.replace("wait: {duration: 5, next: late2}", step)

        async def work(text: str = text) -> tuple[Outcome, dict[str, EntryStatus]]:
            run = Under(stage, text)
            return await run.task, run.statuses()

        outcome, statuses = stage.do(work())
        assert outcome.ending is ending
        assert statuses == {"both": status, "nap": CANCELLED, "note": COMPLETED, "rest": status}
