"""Carries out one run: a plain recursive walk over the workflow, made again from the journal after a crash.

Every step is journalled, durably, before the next begins. A walk over a journal that holds something comes by
each finished step without carrying it out, so it reaches what was under way with the state it had.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from declarative.engine.codes import INVALID_ARGUMENT, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.journal import Control, Ending, Entry, Journal, Outcome, StepError
from declarative.engine.memo import CANCELLED, ENDED, Memo, ends_run, entries
from declarative.engine.run_state import Ended, RunState, Stopped
from declarative.engine.visit import Frame, StepVisit
from declarative.engine.workflow import Block, Done, Workflow, step_path
from declarative.engine.world import World
from declarative.model.json import NotJson, parse


async def run(
    workflow: Workflow, input_json: str, journal: Journal, control: Control, world: World
) -> Outcome:
    """Carries a run on to its end, from wherever the journal says it is.

    Cancelling the task terminates the run: what was under way is journalled as CANCELLED, and the outcome is
    returned, STOPPED unless the run was over already. With `control.abandoned` the task journals nothing more
    and raises CancelledError. Any other exception comes from the journal, or is a bug; the run can be carried
    on later.
    """
    try:
        state = initial_state(input_json)
    except NotJson as error:
        message = f"the run's input is not JSON: {error}"
        return Outcome(Ending.FAILED, error=StepError(INVALID_ARGUMENT, message))
    recorded = list(entries(workflow.block, journal.recall))
    shared = _resumed(recorded, journal, control, world)
    if shared.ended is None and any(entry.status in CANCELLED for entry in recorded):
        outcome = Outcome(Ending.STOPPED)
    else:
        outcome = await _outcome(shared, workflow, state)
    await _leave(shared)
    return outcome


def initial_state(input_json: str) -> Datum:
    """`{"input": X}`, with the keys of X beside it when it is an object; X hides its own key `input`."""
    given = parse(input_json)
    return Datum({**(given if isinstance(given, dict) else {}), "input": given})


def _resumed(recorded: Sequence[Entry], journal: Journal, control: Control, world: World) -> RunState:
    """What earlier walks came to: when the run began, what they left open, whether it is over."""
    started_at = recorded[0].started_at if recorded else world.clock.now()
    shared = RunState(journal, control, world, started_at)
    for entry in recorded:
        if entry.status not in ENDED:
            shared.note_open(entry)
        elif ends_run(entry) and shared.ended is None:
            shared.ended = Ended(entry.path, entry.error, Memo.of(entry).result)
    return shared


async def _outcome(shared: RunState, workflow: Workflow, state: Datum) -> Outcome:
    try:
        if shared.ended is None:
            shared.so_far = await _walk(shared, workflow.block, Frame("", None, shared.count), state)
            return Outcome(Ending.FINISHED, result_json=shared.result())
    except Ended:
        pass
    except Stopped:
        return Outcome(Ending.STOPPED)
    except asyncio.CancelledError:
        _accept_cancelling(shared.control)
    match shared.ended:
        case None:
            return Outcome(Ending.STOPPED)
        case Ended(error=None, result=result):
            return Outcome(Ending.FINISHED, result_json=result)
        case Ended(error=error):
            return Outcome(Ending.FAILED, error=error)


async def _leave(shared: RunState) -> None:
    """Journals what was interrupted; being terminated meanwhile changes nothing any more."""
    leaving = asyncio.create_task(shared.leave())
    while not leaving.done():
        try:
            await asyncio.shield(leaving)
        except asyncio.CancelledError:
            if shared.control.abandoned:
                leaving.cancel()
            _accept_cancelling(shared.control)
    leaving.result()


def _accept_cancelling(control: Control) -> None:
    """Takes a cancellation for what it is: a wish to terminate the run, unless the run is only let go."""
    task = asyncio.current_task()
    if control.abandoned or task is None:
        raise asyncio.CancelledError
    task.uncancel()


async def _walk(shared: RunState, block: Block, frame: Frame, state: Datum) -> Datum:
    """The output of the last step that has one; without any, the state."""
    result: Datum | None = None
    visits: Counter[str] = Counter()
    following: str | None = block.start
    while following is not None:
        visits[following] += 1
        if frame.whole is None:
            shared.so_far = result or state
        path = step_path(frame.prefix, following, visits[following])
        done = await _step(shared, StepVisit(shared, frame, block.steps[following], path, state, _walk))
        if done.out is not None:
            state, result = state.merged(done.out), done.out
        following = done.next
    return result or state


async def _step(shared: RunState, visit: StepVisit) -> Done:
    if (done := visit.record.replayed()) is not None:
        visit.frame.count(1 + visit.record.inside)
        return done
    await shared.admit(visit.path)
    visit.frame.count(1)
    try:
        done = await visit.step.body.carry_out(visit)
    except StepFailed as failed:
        await visit.record.fail(visit.masked(failed.error))
    await visit.record.complete(done)
    return done
