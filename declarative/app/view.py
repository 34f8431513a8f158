"""What is, beside what was: engines observed, their news absorbed into the prior state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from declarative.app.engines import Engines
from declarative.app.secrecy import echoes, masked_changes, without_secrets
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.desired import Desired
from declarative.model.observed import Observed, WorkflowKey
from declarative.model.plan import Plan
from declarative.model.record import Outcome, Record
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest, observe
from declarative.observing.resolve import lookups, resolve
from declarative.observing.unmanaged import unmanaged
from declarative.planning.absorb import Paths, absorb
from declarative.planning.adoption import to_adopt
from declarative.planning.planner import Draft, PlanRequest, draft, finish
from declarative.planning.renames import renamed
from declarative.planning.results import covers
from declarative.protocols import Reader


@dataclass(frozen=True, slots=True)
class View:
    """`state` has absorbed `observed`; `changed` are the records that differ from what was read."""

    state: State
    observed: Observed
    changed: Mapping[Address, Record] = field(default_factory=dict)
    ended: tuple[Address, ...] = ()
    suspect: frozenset[str] = frozenset()
    warnings: tuple[Diagnostic, ...] = ()
    moved: Mapping[Address, Address] = field(default_factory=dict)


def look(desired: Desired, state: State, engines: Engines, request: ObserveRequest) -> View:
    """Reads engines and takes the news into `state`; writes nothing."""
    return look_with(desired, state, engines.by_alias, engines.by_identity, request)


def look_with(
    desired: Desired,
    state: State,
    by_alias: Mapping[str, Reader],
    by_identity: Mapping[str, Reader],
    request: ObserveRequest,
) -> View:
    """The same with nothing but readers in hand."""
    state, moved = renamed(state, desired.instances)
    wanted = replace(
        request,
        results_of=_results_missing(state, desired.result_paths),
        others=to_adopt(desired.instances, state.records, by_alias),
    )
    observed = observe(state.records, by_identity, wanted)
    resolved = resolve(desired.instances.values(), by_alias)
    observed = replace(
        observed,
        identities={alias: reader.identity for alias, reader in by_alias.items()},
        resolved=resolved,
        calls=observed.calls + lookups(resolved),
    )
    return replace(take_in(desired, state, observed, request.now), moved=moved)


def take_in(desired: Desired, state: State, observed: Observed, now: float) -> View:
    news = absorb(state.records, observed, desired.instances, desired.result_paths, now)
    changed = without_secrets(news.records, observed, desired.secrets)
    changed = {address: record for address, record in changed.items() if record != state.records[address]}
    merged = replace(state, records={**state.records, **changed}) if changed else state
    return View(merged, observed, changed, news.ended, news.suspect, news.warnings)


def _results_missing(state: State, result_paths: Paths) -> frozenset[Address]:
    """Finished ones of whose result state does not hold what is read (too large, sensitive, or news)."""
    if not result_paths:
        return frozenset()
    return frozenset(
        address
        for address, record in state.records.items()
        if address.name in result_paths
        and record.current is not None
        and record.current.outcome is Outcome.FINISHED
        and not covers(record.current.results, result_paths[address.name])
    )


def make_plan(desired: Desired, view: View, engines: Engines, request: PlanRequest) -> tuple[Plan, View]:
    """The plan, free of secrets, and the view completed by what only a plan with starts has to ask."""
    request = replace(request, suspect=view.suspect, moved=view.moved)
    drafted = draft(desired, view.state, view.observed, request)
    completed = _complete(desired, view, engines, drafted)
    made = finish(drafted, desired, view.state, completed.observed, request)
    secrets = echoes(view.state.records, completed.observed, desired.secrets)
    if secrets:
        made = replace(made, changes=tuple(masked_changes(made.changes, secrets)))
    return made, completed


def _complete(desired: Desired, view: View, engines: Engines, drafted: Draft) -> View:
    keys = _to_list(desired, view, engines, drafted) - set(view.observed.unmanaged)
    if not keys or view.observed.trusts_state:
        return view
    known = {record.current.id for record in view.state.records.values() if record.current is not None}
    found = unmanaged(keys, engines.by_identity, known)
    observed = replace(
        view.observed,
        unmanaged={**view.observed.unmanaged, **found.found},
        unlisted={**view.observed.unlisted, **found.failed},
        calls=view.observed.calls + found.calls,
    )
    return replace(view, observed=observed)


def _to_list(desired: Desired, view: View, engines: Engines, drafted: Draft) -> set[WorkflowKey]:
    """Workflows of planned starts; all of a provider whose limit has to count what others started."""
    starting = set(drafted.starting)
    limited = {
        engines.by_alias[alias].identity
        for alias, settings in desired.providers.items()
        if settings.max_active is not None and alias in engines.by_alias
    }
    for provider in limited & {key[0] for key in starting}:
        starting |= _declared_workflows(desired, view, provider)
    return starting


def _declared_workflows(desired: Desired, view: View, provider: str) -> set[WorkflowKey]:
    found: set[WorkflowKey] = set()
    for (alias, _), resolved in view.observed.resolved.items():
        if view.observed.identities.get(alias) == provider and resolved.workflow_id:
            found.add((provider, resolved.workflow_id))
    return found
