"""A start is blocked while an equal execution that is not ours is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Duplicates
from declarative.model.digests import sent_digests
from declarative.model.json import NotJson
from declarative.model.observed import Observed, WorkflowKey
from declarative.model.record import Record


def block_duplicates(
    changes: list[Change], observed: Observed, records: Mapping[Address, Record]
) -> list[Change]:
    """Compared loosely: an engine may have echoed numbers as doubles or dropped a null."""
    if not observed.unmanaged and not observed.unlisted:
        return changes
    ours = _ours(records)
    active, unread = _digests(observed, ours), _unread(observed, ours)
    return [_blocked(change, active, unread, observed) for change in changes]


def _ours(records: Mapping[Address, Record]) -> set[str]:
    ours = {record.current.id for record in records.values() if record.current is not None}
    return ours.union(old.id for record in records.values() for old in record.deposed)


def _digests(observed: Observed, ours: set[str]) -> dict[tuple[WorkflowKey, str], str]:
    found: dict[tuple[WorkflowKey, str], str] = {}
    for key, executions in observed.unmanaged.items():
        for execution in executions:
            digest = None if execution.id in ours else _loose(key[1], execution.input_json)
            if digest is not None:
                found[key, digest] = execution.id
    return found


def _unread(observed: Observed, ours: set[str]) -> dict[WorkflowKey, str]:
    """An active execution of each workflow whose input nobody could read: it may be any."""
    return {
        key: execution.id
        for key, executions in observed.unmanaged.items()
        for execution in executions
        if execution.input_json is None and execution.id not in ours
    }


def _loose(workflow_id: str, input_json: str | None) -> str | None:
    try:
        return None if input_json is None else sent_digests(workflow_id, input_json)[1]
    except NotJson:
        return None


def _blocked(
    change: Change,
    active: Mapping[tuple[WorkflowKey, str], str],
    unread: Mapping[WorkflowKey, str],
    observed: Observed,
) -> Change:
    order = change.start
    if order is None or not change.action.starts or change.gate is not Gate.READY or change.row == 3:
        return change
    key = (order.provider, order.workflow_id)
    if key in observed.unlisted:
        return _gate(change, Code.UNREADABLE, observed.unlisted[key].summary)
    if order.policies.duplicates is Duplicates.ALLOW:
        return change
    twin = active.get((key, sent_digests(order.workflow_id, order.input_json)[1])) if active else None
    if twin is None:
        return _unless_read(change, unread.get(key))
    words = f"{twin} is active with the same input and is not ours; import it, or set duplicates: allow"
    return _gate(change, Code.DUPLICATE, words)


def _unless_read(change: Change, stranger: str | None) -> Change:
    if stranger is None:
        return change
    words = f"{stranger} is active, is not ours and could not be read: it may be the same"
    return _gate(change, Code.UNREADABLE, words)


def _gate(change: Change, code: Code, words: str) -> Change:
    return replace(change, gate=Gate.BLOCKED, gate_code=code, gate_reason=words)
