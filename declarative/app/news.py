"""What a round has learned: statuses on the way, ends, old executions that are over, echoes that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from declarative.app.view import View
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.digests import sent_digests
from declarative.model.event import Event
from declarative.model.execution import Execution, Status
from declarative.model.json import NotJson
from declarative.model.observed import Observed, Reading, WorkflowKey
from declarative.model.record import Bound, Outcome, Record
from declarative.protocols import Reader


def moves_on(before: Observed, after: Observed, records: Mapping[Address, Record]) -> Iterator[Event]:
    """Statuses on the way: QUEUED to RUNNING, RUNNING to PAUSED."""
    for address, record in records.items():
        if record.current is None or record.current.outcome is not None:
            continue
        old, new = before.readings.get(record.current.id), after.readings.get(record.current.id)
        if new is old or new is None or new.execution is None or new.execution.status.is_terminal:
            continue
        status = new.execution.status
        if status is not Status.QUEUED and (
            old is None or old.execution is None or old.execution.status is not status
        ):
            yield events.Moved(address, record.current.id, status)


def ends(view: View) -> Iterator[Event]:
    for address in view.ended:
        bound = view.changed[address].current
        assert bound is not None and bound.outcome is not None
        yield ended(address, bound, bound.outcome)


def ended(address: Address, bound: Bound, outcome: Outcome) -> events.Ended:
    code, message = bound.error_code or "", bound.error_message or ""
    return events.Ended(address, bound.id, outcome, code, message, bound.duration)


def just_started(records: Iterable[Record], readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """What was started a moment ago is active, until it is read: its start was acknowledged."""
    found: dict[str, Reading] = {}
    for record in records:
        bound = record.current
        if bound is not None and bound.outcome is None and bound.id not in readings:
            found[bound.id] = Reading(execution=Execution(bound.id, bound.workflow_id, Status.QUEUED))
    return found


def old_ones_over(
    records: Mapping[Address, Record],
    observed: Observed,
    readers: Mapping[str, Reader],
    now: float,
) -> list[tuple[Address, str]]:
    """Old executions that have ended. One that is not found counts once it was replaced longer ago than
    `settle`: before, it may merely not be visible yet; longer ago than that where state has forgotten when.
    `now`: epoch seconds."""
    found: list[tuple[Address, str]] = []
    for address, record in records.items():
        for old in record.deposed:
            reading = observed.readings.get(old.id)
            reader = readers.get(old.provider)
            if reading is None or reader is None:
                continue
            replaced_at = dict(record.spent).get(old.id, 0.0)
            gone = reading.missing and now - replaced_at >= reader.capabilities.settle
            ended = reading.execution is not None and reading.execution.status.is_terminal
            if gone or ended:
                found.append((address, old.id))
    return found


def wrong_echoes(
    records: Iterable[Record], readings: Mapping[str, Reading], readers: Mapping[str, Reader]
) -> dict[WorkflowKey, str]:
    """Workflows whose engine gives an input back otherwise than it was sent: there a search by input would
    miss what it looks for."""
    found: dict[WorkflowKey, str] = {}
    for record in records:
        bound = record.current
        reading = readings.get(bound.id) if bound else None
        if bound is None or reading is None or reading.execution is None or bound.sent is None:
            continue
        reader = readers.get(bound.provider)
        trusted = reader is None or reader.capabilities.idempotent_start
        if not trusted and _differs(reading.execution, bound.workflow_id, bound.sent):
            found[bound.provider, bound.workflow_id] = f"{bound.id} has another input than was sent"
    return found


def _differs(execution: Execution, workflow_id: str, sent: str) -> bool:
    if execution.input_json is None:
        return False
    try:
        return sent_digests(workflow_id, execution.input_json)[0] != sent
    except NotJson:
        return True
