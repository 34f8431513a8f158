"""`adopt`: binds an execution that is there already, instead of starting one. Never starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Instance
from declarative.model.digests import sent_digests
from declarative.model.execution import Execution
from declarative.model.json import NotJson
from declarative.model.observed import Observed
from declarative.model.record import Record
from declarative.planning.case import Condition
from declarative.planning.changes import Judged, change_for, start_order
from declarative.protocols import Reader


def to_adopt(
    instances: Mapping[Address, Instance], records: Mapping[Address, Record], readers: Mapping[str, Reader]
) -> frozenset[tuple[str, str]]:
    """(provider's identity, execution id) of everything that is to be adopted and has to be read."""
    return frozenset(
        (readers[instance.provider].identity, instance.adopt)
        for address, instance in instances.items()
        if instance.adopt is not None and instance.provider in readers and _is_unbound(records.get(address))
    )


def _is_unbound(record: Record | None) -> bool:
    """A start that came to nothing, or what was abandoned, leaves a record too."""
    return record is None or record.current is None


def bound_ids(records: Mapping[Address, Record]) -> dict[str, Address]:
    """Who holds which execution, old ones still to be stopped included."""
    held = {old.id: address for address, record in records.items() for old in record.deposed}
    return held | {one.current.id: address for address, one in records.items() if one.current is not None}


def adoption(
    instance: Instance, judged: Judged, observed: Observed, bound: Mapping[str, Address]
) -> Change | None:
    """The change that binds, or says why it may not. None where `adopt` has no say: there is a record.

    `bound`: execution id -> the address that state has for it. No execution may have two.
    """
    if instance.adopt is None or judged.case.condition is not Condition.ABSENT:
        return None
    if judged.record is not None and judged.record.pending is not None:
        return None
    change = change_for(judged, observed)
    order = start_order(judged)
    if order is None:
        return change
    reading = observed.readings.get(instance.adopt)
    execution = reading.execution if reading else None
    words = _refusal(instance.adopt, execution, order.workflow_id, order.input_json)
    holder = bound.get(instance.adopt)
    if holder is not None:
        words = f"{instance.adopt} is bound to {holder} already; `state mv` and `moved_from` rename"
    binds = replace(change, action=Action.ADOPT, code=Code.ADOPT, start=order, stop=None, gate=Gate.READY)
    binds = replace(binds, gate_code=None, gate_reason="", reason="adopt names it", adopted=execution)
    if not words:
        return binds
    return replace(binds, gate=Gate.BLOCKED, gate_code=Code.ADOPT_REFUSED, gate_reason=words)


def _refusal(execution_id: str, execution: Execution | None, workflow_id: str, input_json: str) -> str:
    if execution is None:
        return f"{execution_id} cannot be read, so it is not adopted, and nothing is started instead"
    if execution.workflow_id != workflow_id:
        return f"{execution_id} is of the workflow {execution.workflow_id}, not {workflow_id}"
    if not _same_input(workflow_id, execution.input_json, input_json):
        return f"{execution_id} was started with another input; `import --as-is` binds it all the same"
    return ""


def _same_input(workflow_id: str, theirs: str | None, ours: str) -> bool:
    try:
        return sent_digests(workflow_id, theirs or "{}")[1] == sent_digests(workflow_id, ours)[1]
    except NotJson:
        return False
