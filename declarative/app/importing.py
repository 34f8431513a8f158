"""`import`: binds an execution that somebody else started, or settles a start that nobody could resolve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from declarative.app.choice import PlanChoice, one_of, plan_request
from declarative.app.editing import locked_state
from declarative.app.opening import opened_engines
from declarative.app.setting import Setting
from declarative.app.view import look, make_plan
from declarative.applying import moves
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.change import Action, Change, Gate, StartOrder
from declarative.model.desired import Desired
from declarative.model.digests import sent_digests
from declarative.model.execution import Execution
from declarative.model.json import NotJson
from declarative.model.record import Pending, Record
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest
from declarative.planning.adoption import bound_ids


@dataclass(frozen=True, slots=True)
class Imported:
    address: Address
    execution_id: str
    status: str
    serial: int


def import_one(setting: Setting, text: str, execution_id: str, as_is: bool) -> Imported:
    """`as_is`: although its input differs; the difference is acted on only when the declaration changes.

    Raises Refused when the address is taken, or the execution cannot be read or is another one.
    """
    with locked_state(setting, "import") as (configuration, store, state):
        desired, address = _with_adoption(configuration.desired, text, execution_id)
        record = _free_record(state, address, execution_id)
        rest = {known: kept for known, kept in state.records.items() if known != address}
        change = _decided(setting, desired, replace(state, records=rest), address)
        if change.adopted is None or (change.gate is Gate.BLOCKED and not as_is):
            raise Refused([_refusal(change)])
        assert change.start is not None
        _refuse_other(change.adopted, change.start, rest)
        order = replace(change.start, generation=max(change.start.generation, record.generation + 1))
        bound = moves.adopt(replace(record, pending=None), order, change.adopted, setting.clock.now())
        written = store.write(replace(state, records={**state.records, address: bound}))
    return Imported(address, execution_id, change.adopted.status.value, written.serial)


def _with_adoption(desired: Desired, text: str, execution_id: str) -> tuple[Desired, Address]:
    address = one_of(text, desired.instances)
    adopting = {**desired.instances, address: replace(desired.instances[address], adopt=execution_id)}
    return replace(desired, instances=adopting), address


def _free_record(state: State, address: Address, execution_id: str) -> Record:
    """Raises Refused where something else holds the address or the execution, or may hold it."""
    holder = bound_ids(state.records).get(execution_id)
    if holder is not None:
        raise Refused([Diagnostic("import_bound", f"{execution_id} is bound to {holder} already")])
    record = state.records.get(address, Record())
    if record.current is not None and record.current.outcome is None:
        summary = f"{address} is bound to {record.current.id}, which is active as far as is known"
        raise Refused([Diagnostic("import_taken", summary, hint="Let an apply write its end down first.")])
    if record.pending is not None and record.pending.reason is None:
        summary = f"{address} has a start whose outcome is unknown"
        raise Refused([Diagnostic("start_unresolved", summary, hint="Let an apply find it out first.")])
    return record


def _decided(setting: Setting, desired: Desired, state: State, address: Address) -> Change:
    choice = PlanChoice()
    with opened_engines(setting, desired, state, may_write=False) as engines:
        request = plan_request(setting, desired, state, choice)
        view = look(desired, state, engines, ObserveRequest(now=request.now))
        plan, _ = make_plan(desired, view, engines, request)
    found = next(change for change in plan.by_address[address])
    if found.action is not Action.ADOPT:
        raise Refused([_refusal(found)])
    return found


def _refuse_other(found: Execution, order: StartOrder, rest: Mapping[Address, Record]) -> None:
    """`--as-is` is for another input, not for another workflow, nor for what another start may have given."""
    if found.workflow_id != order.workflow_id:
        summary = f"{found.id} is of the workflow {found.workflow_id}, not {order.workflow_id}"
        raise Refused([Diagnostic("import_refused", summary)])
    for other, record in rest.items():
        if record.pending is not None and _may_have_given(record.pending, found, order):
            summary = f"{found.id} may be what the unresolved start of {other} gave"
            raise Refused([Diagnostic("start_unresolved", summary, hint="Let an apply find it out first.")])


def _may_have_given(pending: Pending, found: Execution, order: StartOrder) -> bool:
    """Where this address wants just that input, it does not matter which of the two gets it."""
    if (pending.provider, pending.workflow_id) != (order.provider, found.workflow_id):
        return False
    theirs = _sent(found.workflow_id, found.input_json or "{}")
    return theirs == pending.sent_loose and theirs != _sent(order.workflow_id, order.input_json)


def _sent(workflow_id: str, input_json: str) -> str:
    try:
        return sent_digests(workflow_id, input_json)[1]
    except NotJson:
        return ""


def _refusal(change: Change) -> Diagnostic:
    return Diagnostic(
        "import_refused",
        f"{change.address}: {change.gate_reason or change.reason}",
        address=str(change.address),
    )
