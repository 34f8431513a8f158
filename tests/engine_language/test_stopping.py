"""Stop, terminate, and a runner that only lets go: what ends, what is journalled, what goes on later."""

# The workflows in here are texts.

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from language_kit import Killed, MemoryJournal, Server, Stage, StillClock

from declarative.engine.journal import Control, Ending, EntryStatus, Outcome

CANCEL_REQUESTED, CANCELLED = EntryStatus.CANCEL_REQUESTED, EntryStatus.CANCELLED
COMPLETED, FAILED = EntryStatus.COMPLETED, EntryStatus.FAILED

SIDE_BY_SIDE = r"""
yawl: "1.0"
start: both
steps:
  both:
    parallel:
      next: after
      branches:
        napping: {start: nap, steps: {nap: {wait: {duration: 100, next: late}}, late: {noOp: {}}}}
        short: {start: note, steps: {note: {noOp: {next: rest}}, rest: {wait: {duration: 5, next: late2}}, late2: {noOp: {}}}}
  after: {noOp: {}}
"""
RETRYING = r"""
yawl: "1.0"
start: flaky
steps:
  flaky:
    httpCall:
      url: http://h/flaky
      next: after
      retryPolicy: {errorList: [ALL], retryCount: 5, initialDelay: 60s, maxDelay: 60s}
      catch: [{errorList: [ALL], output: '\({})', next: after}]
  after: {noOp: {}}
"""


class HeldClock(StillClock):
    """Sleeps until it is told to let go; `asleep` tells how many wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = 0
        self._go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        due = self.time + seconds
        self.asleep += 1
        try:
            await self._go.wait()
        finally:
            self.asleep -= 1
        self.time = max(self.time, due)

    def go(self) -> None:
        self._go.set()


class Under:
    """A run under way, until what it waits for is waited for."""

    def __init__(self, stage: Stage, text: str, journal: MemoryJournal | None = None, **world: Any) -> None:
        self.journal, self.clock, self.control = journal or MemoryJournal(), HeldClock(), Control()
        work = stage.work(stage.workflow(text), None, self.journal, self.clock, self.control, world)
        self.task = asyncio.create_task(work)

    async def until_asleep(self, many: int) -> None:
        while self.clock.asleep < many:
            assert not self.task.done(), self.task.result()
            await asyncio.sleep(0)

    def statuses(self) -> dict[str, EntryStatus]:
        return {entry.step: entry.status for entry in self.journal.entries.values()}


def test_stop_lets_active_steps_end_and_begins_no_other(stage: Stage) -> None:
    async def work() -> tuple[Outcome, dict[str, EntryStatus], MemoryJournal]:
        run = Under(stage, SIDE_BY_SIDE)
        await run.until_asleep(2)
        run.control.stop_requested = True
        await asyncio.sleep(0)
        assert run.clock.asleep == 2
        run.clock.go()
        return await run.task, run.statuses(), run.journal

    outcome, statuses, journal = stage.do(work())
    assert outcome == Outcome(Ending.STOPPED)
    assert statuses == {"both": CANCELLED, "nap": COMPLETED, "note": COMPLETED, "rest": COMPLETED}
    assert [e.status for e in journal.writes if e.step == "both"][-2:] == [CANCEL_REQUESTED, CANCELLED]


def test_stop_during_the_last_step_is_too_late(stage: Stage) -> None:
    async def work() -> Outcome:
        run = Under(stage, 'yawl: "1.0"\nstart: s\nsteps: {s: {wait: {duration: 5}}}')
        await run.until_asleep(1)
        run.control.stop_requested = True
        run.clock.go()
        return await run.task

    assert stage.do(work()).ending is Ending.FINISHED


def test_stop_ends_the_wait_for_a_retry(stage: Stage, server: Server) -> None:
    server.json("/flaky", 503)

    async def work() -> tuple[Outcome, MemoryJournal]:
        run = Under(stage, RETRYING)
        await run.until_asleep(1)
        run.control.stop_requested = True
        return await run.task, run.journal

    outcome, journal = stage.do(work())
    assert outcome == Outcome(Ending.STOPPED)
    flaky = journal.one("flaky")
    assert (flaky.status, flaky.attempts) == (CANCELLED, 1)
    assert flaky.last_error is not None
    assert flaky.last_error.code == "HTTP_CALL_503"
    assert server.count("/flaky") == 1


def test_stop_before_anything_begins(stage: Stage) -> None:
    control = Control()
    control.stop_requested = True
    result = stage.run(SIDE_BY_SIDE, control=control)
    assert result.outcome == Outcome(Ending.STOPPED)
    assert result.journal.writes == []


def test_a_failure_of_an_active_step_outweighs_the_stop(stage: Stage, server: Server) -> None:
    go = threading.Event()
    server.json("/x", 500)
    fails = server.routes["/x"]
    server.routes["/x"] = lambda handler, call: (go.wait(10), fails(handler, call))[1]
    text = SIDE_BY_SIDE.replace("noOp: {next: rest}", "httpCall: {url: http://h/x, next: rest}")

    async def work() -> tuple[Outcome, dict[str, EntryStatus]]:
        run = Under(stage, text)
        await run.until_asleep(1)
        run.control.stop_requested = True
        go.set()
        return await run.task, run.statuses()

    outcome, statuses = stage.do(work())
    assert outcome.error is not None
    assert outcome.error.code == "HTTP_CALL_500"
    assert statuses == {"both": FAILED, "nap": CANCELLED, "note": FAILED}


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
