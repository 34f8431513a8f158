"""`drift`: engines against state. Given readers only, so it cannot start or stop anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from declarative.app.choice import PlanChoice
from declarative.app.drifted import drift_items
from declarative.app.opening import Configuration, opened_engines, opened_store, read_configuration
from declarative.app.planning import state_of
from declarative.app.readonly import readers_of
from declarative.app.setting import Setting
from declarative.app.unread import unread
from declarative.app.view import View, look_with
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import Desired
from declarative.model.observed import Observed
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest
from declarative.observing.unmanaged import unmanaged
from declarative.protocols import Reader
from declarative.render.drift import DriftReport, Unmanaged, Unread


@dataclass(frozen=True, slots=True)
class Drifted:
    """`problems`: why something could not be read."""

    configuration: Configuration
    report: DriftReport
    problems: tuple[Diagnostic, ...]


def drift(setting: Setting, with_unmanaged: bool) -> Drifted:
    """Raises Refused."""
    configuration = read_configuration(setting)
    desired = configuration.desired
    with opened_store(setting, configuration) as store:
        state = state_of(store, desired, PlanChoice())
    with opened_engines(setting, desired, state, may_write=False) as engines:
        by_alias, by_identity = readers_of(engines)
        view = look_with(desired, state, by_alias, by_identity, ObserveRequest(now=setting.clock.now()))
        others = _unmanaged(desired, view, by_identity) if with_unmanaged else None
    report = _report(desired, state, view, others, setting.clock.now())
    return Drifted(configuration, report, unread(view.observed, desired.secrets))


def _report(
    desired: Desired, prior: State, view: View, others: tuple[Unmanaged, ...] | None, now: float
) -> DriftReport:
    unread = tuple(_unread(prior, view))
    known = sum(1 for record in prior.records.values() if record.current is not None and not record.retired)
    return DriftReport(
        name=desired.name,
        environment=desired.environment,
        made_at=now,
        checked=known - len(unread),
        known=known,
        items=tuple(drift_items(prior, view)),
        unread=unread,
        unmanaged=others,
    )


def _unread(prior: State, view: View) -> Iterator[Unread]:
    for address, record in prior.records.items():
        if record.current is None or record.current.outcome is not None:
            continue
        reading = view.observed.readings.get(record.current.id)
        if reading is None or reading.problem is not None:
            yield Unread(address, reading.problem.summary if reading and reading.problem else "not read")
        elif record.current.id in view.suspect:
            yield Unread(address, "too many vanished at once to be believed")


def workflow_names(desired: Desired, observed: Observed) -> dict[tuple[str, str], str]:
    """(provider's identity, workflow id) -> the workflow as the files name it."""
    names: dict[tuple[str, str], str] = {}
    for instance in desired.instances.values():
        resolved = observed.resolved.get((instance.provider, instance.workflow.reference))
        identity = observed.identities.get(instance.provider)
        if identity and resolved and resolved.workflow_id:
            names[identity, resolved.workflow_id] = instance.workflow.named
    return names


def bound_ids(state: State) -> set[str]:
    """Every execution that an address is bound to, old ones still to be stopped included."""
    found = {record.current.id for record in state.records.values() if record.current is not None}
    return found | {old.id for record in state.records.values() for old in record.deposed}


def _unmanaged(desired: Desired, view: View, readers: Mapping[str, Reader]) -> tuple[Unmanaged, ...]:
    """Active executions of declared workflows that no address is bound to. Raises Refused."""
    names = workflow_names(desired, view.observed)
    found = unmanaged(names, readers, bound_ids(view.state))
    if found.failed:
        raise Refused(found.failed.values())
    return tuple(
        Unmanaged(row.id, names[key], row.status.value, row.started_at or "")
        for key, rows in found.found.items()
        for row in rows
    )
