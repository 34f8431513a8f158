"""Before the first apply of a new state: what it would start has perhaps been done, and state was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from declarative.diagnostics import Diagnostic, Severity
from declarative.model.change import Action, Change, Gate
from declarative.model.digests import sent_digests
from declarative.model.execution import Execution, Status
from declarative.model.json import NotJson
from declarative.model.observed import WorkflowKey
from declarative.model.plan import Plan
from declarative.model.state import State
from declarative.observing.calls import CountedReader, in_parallel
from declarative.observing.observe import PARALLELISM
from declarative.protocols import ListRequest, ProviderError, Reader

LOOKED_AT_MAX = 20
"""The newest finished executions of each workflow: their inputs cost a call each."""
SHOWN_MAX = 10


def done_before(plan: Plan, state: State, readers: Mapping[str, Reader]) -> tuple[Diagnostic, ...]:
    """A warning for each start that an equal FINISHED execution may stand for; none once state knows a thing.
    `readers`: by identity. What cannot be read is left out: this is an offer, and nothing depends on it."""
    if state.serial or state.records:
        return ()
    starts = [change for change in plan.changes if _starts_now(change)]
    done: dict[tuple[WorkflowKey, str], str] = {}
    for key in dict.fromkeys(map(_workflow, starts)):
        if key[0] in readers:
            done |= {(key, digest): found for digest, found in _finished(key, readers[key[0]])}
    found = [offer for change in starts if (offer := _offer(change, done)) is not None]
    return tuple(found[:SHOWN_MAX])


def _starts_now(change: Change) -> bool:
    return change.action is Action.START and change.gate is Gate.READY and change.start is not None


def _workflow(change: Change) -> WorkflowKey:
    assert change.start is not None
    return (change.start.provider, change.start.workflow_id)


def _finished(key: WorkflowKey, reader: Reader) -> Iterator[tuple[str, str]]:
    """(digest of what was sent, id), newest last."""
    counted = CountedReader(reader)
    try:
        page = counted.list(ListRequest(key[1]))
        rows = [row for row in page.executions if row.status is Status.FINISHED][:LOOKED_AT_MAX]
        whole = in_parallel(partial(_with_input, counted), rows, PARALLELISM)
    except ProviderError:
        return
    for row in reversed([row for row in whole if row is not None and row.input_json is not None]):
        try:
            yield sent_digests(key[1], row.input_json or "")[1], row.id
        except NotJson:
            continue


def _with_input(reader: CountedReader, row: Execution) -> Execution | None:
    return row if row.input_json is not None else reader.get(row.id)


def _offer(change: Change, done: Mapping[tuple[WorkflowKey, str], str]) -> Diagnostic | None:
    assert change.start is not None
    digest = sent_digests(change.start.workflow_id, change.start.input_json)[1] if done else ""
    execution_id = done.get((_workflow(change), digest))
    if execution_id is None:
        return None
    return Diagnostic(
        "done_before",
        f"An execution equal to {change.address} has FINISHED already: {execution_id}",
        "This is the first apply of a new state, which knows nothing of it.",
        f"To take it for this one instead of running it again, write adopt: {execution_id} in its entry.",
        severity=Severity.WARNING,
        address=str(change.address),
        span=change.span,
    )
