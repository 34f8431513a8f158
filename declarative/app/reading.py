"""What can be read without changing anything: one execution's history, and waiting for all to settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from declarative.app.choice import PlanChoice, addresses
from declarative.app.news import ended
from declarative.app.opening import Configuration, opened_engines, opened_store, read_configuration
from declarative.app.planning import Planned, plan, state_of
from declarative.app.secrecy import is_hidden, sent_secrets
from declarative.app.setting import Setting
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Run
from declarative.model.event import Event
from declarative.model.execution import Execution, Step
from declarative.model.record import Bound
from declarative.observing.calls import problem_of
from declarative.protocols import GetRequest, HistoryRequest, ProviderError, Reader

POLL_FIRST = 0.1
POLL_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """One execution with its steps. `hidden`: its input and result are not to be shown. `secrets`: texts that
    are not to be shown either, whoever says them."""

    configuration: Configuration
    address: Address
    execution: Execution
    steps: tuple[Step, ...]
    hidden: bool
    secrets: frozenset[str]


def history(setting: Setting, text: str) -> Told:
    """Raises Refused when the address has no execution, or the engine does not tell."""
    configuration = read_configuration(setting)
    desired = configuration.desired
    with opened_store(setting, configuration) as store:
        state = state_of(store, desired, PlanChoice())
    found = sorted(addresses((text,), desired, state), key=lambda address: address.sort_key)
    if len(found) > 1:
        names = ", ".join(map(str, found[:5]))
        raise Refused([Diagnostic("address", f"{text} means {len(found)} executions: {names}")])
    record = state.records.get(found[0])
    bound = record.current if record else None
    if bound is None:
        raise Refused([Diagnostic("not_started", f"{found[0]} was never started")])
    with opened_engines(setting, desired, state, may_write=False) as engines:
        reader = engines.by_identity.get(bound.provider)
        if reader is None:
            raise Refused([Diagnostic("provider_unknown", f"Nothing leads to {bound.provider} any more")])
        try:
            execution = reader.get(GetRequest(bound.id))
            steps = reader.history(HistoryRequest(bound.id))
        except ProviderError as error:
            raise Refused([problem_of(error)]) from None
    secrets = desired.secrets | sent_secrets(bound, execution, desired.secrets)
    return Told(configuration, found[0], execution, steps, is_hidden(bound), secrets)


def steps_under_way(setting: Setting, planned: Planned, most: int | None) -> dict[Address, tuple[Step, ...]]:
    """The histories of active executions: one call for each, so none where there are more than `most`."""
    changes = planned.plan.changes
    bounds = {at: bound for at, bound in _bounds(planned, changes).items() if bound.outcome is None}
    if not bounds or (most is not None and len(bounds) > most):
        return {}
    desired, state = planned.configuration.desired, planned.view.state
    with opened_engines(setting, desired, state, may_write=False) as engines:
        return {at: _steps_of(engines.by_identity.get(bound.provider), bound) for at, bound in bounds.items()}


def _steps_of(reader: Reader | None, bound: Bound) -> tuple[Step, ...]:
    """None where the engine does not tell: where an execution is matters less than that it is."""
    try:
        return reader.history(HistoryRequest(bound.id)) if reader is not None else ()
    except ProviderError:
        return ()


@dataclass(slots=True)
class Waited:
    """How waiting ended. `planned`: as it was at the last look."""

    planned: Planned | None = None
    scope: tuple[Change, ...] = ()
    timed_out: bool = False


def wait(setting: Setting, texts: tuple[str, ...], until: float | None, waited: Waited) -> Iterator[Event]:
    """Looks until nothing in scope goes on by itself. Writes nothing. `until`: on Clock.monotonic."""
    clock = setting.clock
    poll = POLL_FIRST
    before: dict[Address, Bound] = {}
    while not setting.interrupted():
        planned = plan(setting, PlanChoice())
        waited.planned = planned
        scope = _scope(planned, texts)
        waited.scope = tuple(scope)
        now = _bounds(planned, scope)
        moved = list(_news(before, now))
        yield from moved if before else ()
        if not any(_goes_on(change, planned) for change in scope):
            return
        waited.timed_out = until is not None and clock.monotonic() >= until
        if waited.timed_out:
            return
        before = now
        poll = POLL_FIRST if moved else min(POLL_MAX, poll * 1.5)
        clock.sleep(poll)


def _scope(planned: Planned, texts: tuple[str, ...]) -> list[Change]:
    if not texts:
        return list(planned.plan.changes)
    chosen = addresses(texts, planned.configuration.desired, planned.view.state)
    return [change for change in planned.plan.changes if change.address in chosen]


def _bounds(planned: Planned, scope: Iterable[Change]) -> dict[Address, Bound]:
    records = planned.view.state.records
    return {
        change.address: bound
        for change in scope
        if change.address in records and (bound := records[change.address].current) is not None
    }


def _news(before: dict[Address, Bound], now: dict[Address, Bound]) -> Iterator[Event]:
    for address, bound in now.items():
        old = before.get(address)
        if bound.outcome is not None and (old is None or old.outcome is None or old.id != bound.id):
            yield ended(address, bound, bound.outcome)


def _goes_on(change: Change, planned: Planned) -> bool:
    """Active, and not merely up as `run: always` wants it; a blocked one does not go on by itself."""
    if change.gate is Gate.BLOCKED and change.gate_code is not Code.UNREADABLE:
        return False
    record = planned.view.state.records.get(change.address)
    bound = record.current if record else None
    if bound is None or bound.outcome is not None:
        return False
    instance = planned.configuration.desired.instances.get(change.address)
    return not (instance is not None and instance.policies.run is Run.ALWAYS and bound.was_running)
