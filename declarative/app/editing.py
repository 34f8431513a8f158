"""What Git cannot say: accept, suspend, resume, and records moved or removed. Each under the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from declarative.app.choice import PlanChoice, addresses, among
from declarative.app.engines import Engines
from declarative.app.opening import (
    Configuration,
    opened_engines,
    opened_home,
    opened_store,
    read_configuration,
    read_home,
    unlock,
)
from declarative.app.planning import state_of
from declarative.app.readonly import readers_of
from declarative.app.setting import Setting
from declarative.app.statefiles import present
from declarative.app.stopping import Stopper, stop_all
from declarative.applying import moves
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address, parse
from declarative.model.execution import Status
from declarative.model.record import Bound, Outcome, Record, Suspended
from declarative.model.state import State
from declarative.observing.observe import NO_READER, ObserveRequest, observe
from declarative.state.store import Store

Edit = Callable[[Address, Record], Record]


@dataclass(frozen=True, slots=True)
class Edited:
    """Which addresses were changed, and the serial of the state that says so."""

    addresses: tuple[Address, ...]
    serial: int


@contextmanager
def locked_state(
    setting: Setting, operation: str, lock_timeout: float = 0.0
) -> Iterator[tuple[Configuration, Store, State]]:
    """The state under its lock. Raises Refused, Locked, BackendError."""
    configuration = read_configuration(setting)
    with opened_store(setting, configuration) as store:
        store.lock(operation, lock_timeout)
        try:
            yield configuration, store, state_of(store, configuration.desired, PlanChoice())
        finally:
            unlock(store, setting)


@contextmanager
def _locked_records(setting: Setting, operation: str) -> Iterator[tuple[Store, State]]:
    """The state under its lock, for what is none of the declarations' business."""
    with opened_home(setting, read_home(setting)) as store:
        store.lock(operation)
        try:
            yield store, present(store)
        finally:
            unlock(store, setting)


def accept(setting: Setting, texts: tuple[str, ...], reason: str) -> Edited:
    """Declares what is not active any more finished. Asks the engine whether it is; starts nothing."""
    now = setting.clock.now()
    with locked_state(setting, "accept") as (configuration, store, state):
        chosen = addresses(texts, configuration.desired, state) & set(state.records)
        records = {address: state.records[address] for address in chosen}
        active = _still_active(setting, configuration, state, records)

        def accepted(address: Address, record: Record) -> Record:
            bound = _bound(address, record)
            if address in active:
                raise ValueError(f"{address} is not known to have ended: {active[address]}")
            ended_at = bound.ended_at or now
            after = replace(bound, outcome=Outcome.ACCEPTED, accepted_because=reason, ended_at=ended_at)
            return replace(record, current=after, failures=0, not_before=None)

        written = store.write(replace(state, records=_edited(state, chosen, "accept", accepted)))
    return Edited(_sorted(chosen), written.serial)


def _still_active(
    setting: Setting, configuration: Configuration, state: State, records: dict[Address, Record]
) -> dict[Address, str]:
    """Why an end cannot be declared: the execution goes on, or could not be read. Where no engine is left to
    be asked, a person's word is all there is."""
    with opened_engines(setting, configuration.desired, state, may_write=False) as engines:
        _, readers = readers_of(engines)
        observed = observe(records, readers, ObserveRequest(now=setting.clock.now()))
    found: dict[Address, str] = {}
    for address, record in records.items():
        bound = record.current
        reading = observed.readings.get(bound.id) if bound and bound.outcome is None else None
        if reading is None or (reading.problem is not None and reading.problem.code == NO_READER):
            continue
        if reading.problem is not None:
            found[address] = reading.problem.summary
        elif reading.execution is not None and reading.execution.is_active:
            found[address] = f"{reading.execution.id} is {reading.execution.status}"
    return found


def suspend(setting: Setting, texts: tuple[str, ...], reason: str) -> Edited:
    """Leaves them alone, in every plan, until they are resumed."""
    now = setting.clock.now()

    def suspended(address: Address, record: Record) -> Record:
        return replace(record, suspended=record.suspended or Suspended(reason, now))

    return _edit(setting, "suspend", texts, suspended, declared_too=True)


def suspend_and_stop(setting: Setting, texts: tuple[str, ...], reason: str) -> Edited:
    """Suspends, and asks for a stop of what is active; written before the calls are made.

    Said again, it asks again, and after `stop_grace` for an end at once. Raises Refused when an engine
    declines, or when a start may still take effect.
    """
    now = setting.clock.now()
    with locked_state(setting, "suspend") as (configuration, store, state):
        chosen = addresses(texts, configuration.desired, state)
        with opened_engines(setting, configuration.desired, state, may_write=True) as engines:
            stopping = Stopper(configuration.desired, _paused(state, chosen, engines, now), now)

            def suspended(address: Address, record: Record) -> Record:
                kept = replace(record, suspended=record.suspended or Suspended(reason, now))
                return stopping.asked(address, kept)

            written = store.write(replace(state, records=_edited(state, chosen, "suspend", suspended)))
            stop_all({address: written.records[address] for address in chosen}, engines, store)
    return Edited(_sorted(chosen), written.serial)


def _paused(state: State, chosen: Iterable[Address], engines: Engines, now: float) -> frozenset[str]:
    """Ids of those of which the engine says so; one that cannot be read is stopped like any other."""
    records = {address: state.records[address] for address in chosen if address in state.records}
    readings = observe(records, readers_of(engines)[1], ObserveRequest(now=now)).readings
    return frozenset(
        execution_id
        for execution_id, reading in readings.items()
        if reading.execution is not None and reading.execution.status is Status.PAUSED
    )


def resume(setting: Setting, texts: tuple[str, ...]) -> Edited:
    def resumed(address: Address, record: Record) -> Record:
        if record.suspended is None:
            raise ValueError(f"{address} is not suspended")
        return replace(record, suspended=None)

    return _edit(setting, "resume", texts, resumed)


def remove(setting: Setting, texts: tuple[str, ...]) -> Edited:
    """Forgets records. An execution that is active goes on, and is nobody's."""
    with _locked_records(setting, "state rm") as (store, state):
        chosen = among(texts, state.records, "State knows no")
        _refuse_pending(state, chosen)
        rest = {address: record for address, record in state.records.items() if address not in chosen}
        gone = tuple(found for address in chosen for found in state.records[address].ids)
        kept = {address: moves.rule_out(record, gone) for address, record in rest.items()}
        written = store.write(replace(state, records=kept))
    return Edited(_sorted(chosen), written.serial)


def move(setting: Setting, old: str, new: str) -> Edited:
    """Gives a record another address; nothing is started or stopped."""
    with _locked_records(setting, "state mv") as (store, state):
        source, target = _parsed(old), _parsed(new)
        if source not in state.records:
            raise Refused([Diagnostic("address", f"State knows no {source}")])
        if target in state.records:
            raise Refused([Diagnostic("address_taken", f"State knows {target} already")])
        moved = {
            target if address == source else address: record for address, record in state.records.items()
        }
        written = store.write(replace(state, records=moved))
    return Edited((target,), written.serial)


def _edit(
    setting: Setting, operation: str, texts: tuple[str, ...], edit: Edit, declared_too: bool = False
) -> Edited:
    """`declared_too`: an address without a record gets one."""
    with locked_state(setting, operation) as (configuration, store, state):
        chosen = addresses(texts, configuration.desired, state)
        known = chosen if declared_too else chosen & set(state.records)
        written = store.write(replace(state, records=_edited(state, known, operation, edit)))
    return Edited(_sorted(known), written.serial)


def _edited(state: State, chosen: Iterable[Address], operation: str, edit: Edit) -> dict[Address, Record]:
    """All records, with the chosen ones changed. Raises Refused with every problem."""
    edited = dict(state.records)
    problems: list[Diagnostic] = []
    for address in chosen:
        try:
            edited[address] = edit(address, edited.get(address, Record()))
        except ValueError as error:
            problems.append(Diagnostic(f"{operation}_refused", str(error), address=str(address)))
    if not edited.keys() & set(chosen):
        problems.append(Diagnostic("not_started", "State knows nothing of these addresses"))
    if problems:
        raise Refused(problems)
    return edited


def _bound(address: Address, record: Record) -> Bound:
    if record.pending is not None and record.pending.reason is None:
        raise ValueError(f"{address} has a start whose outcome is unknown; apply resolves it first")
    if record.current is None:
        raise ValueError(f"{address} was never started")
    return record.current


def _refuse_pending(state: State, chosen: Iterable[Address]) -> None:
    """An intent is the only trace of a start that may run; `import` and `--replace` settle it."""
    problems = [
        Diagnostic("start_unresolved", f"{address} has a start whose outcome is unknown")
        for address in chosen
        if (pending := state.records[address].pending) is not None and pending.reason is None
    ]
    if problems:
        raise Refused(problems)


def _parsed(text: str) -> Address:
    try:
        return parse(text)
    except ValueError as error:
        raise Refused([Diagnostic("address", str(error))]) from None


def _sorted(chosen: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(sorted(chosen, key=lambda address: address.sort_key))
