"""Stop, terminate, and a runner that only lets go: what ends, what is journalled, what goes on later."""

from __future__ import annotations

import asyncio
import threading

from language_kit import MemoryJournal, Server, Stage
from runs_under_way import RETRYING, SIDE_BY_SIDE, Under

from declarative.engine.journal import Control, Ending, EntryStatus, Outcome

CANCEL_REQUESTED, CANCELLED = EntryStatus.CANCEL_REQUESTED, EntryStatus.CANCELLED


COMPLETED, FAILED = EntryStatus.COMPLETED, EntryStatus.FAILED


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
