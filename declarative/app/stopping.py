"""`suspend --stop`: stops by a person's word, of everything that is active at an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from declarative.app.engines import Engines
from declarative.applying import moves
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.change import StopOrder
from declarative.model.desired import Desired
from declarative.model.record import Cause, Record, StopMode, Stopping
from declarative.observing.calls import problem_of
from declarative.protocols import Kind, ProviderError, StopRequest, TerminateRequest
from declarative.state.store import Store


@dataclass(frozen=True, slots=True)
class Stopper:
    """`paused`: ids of executions on which a graceful stop would never act. `now`: epoch seconds."""

    desired: Desired
    paused: frozenset[str]
    now: float

    def asked(self, address: Address, record: Record) -> Record:
        """The record with every stop that follows; no plan looks at it while it is suspended."""
        for old in record.deposed:
            mode = self._mode(old.id, old.stopping, old.stop_grace)
            order = StopOrder(old.id, old.provider, Cause.SUSPENDED, deposed=True)
            record = moves.ask_stop(record, order, mode, self.now)
        bound = record.current
        if bound is None or bound.outcome is not None:
            return record
        instance = self.desired.instances.get(address)
        grace = instance.policies.stop_grace if instance else bound.applied.stop_grace
        order = StopOrder(bound.id, bound.provider, Cause.SUSPENDED)
        return moves.ask_stop(record, order, self._mode(bound.id, bound.stopping, grace), self.now)

    def _mode(self, execution_id: str, stopping: Stopping | None, grace: float | None) -> StopMode:
        since = stopping.asked_at if stopping else self.now
        over = grace is not None and self.now - since >= grace
        terminating = stopping is not None and stopping.mode is StopMode.TERMINATE
        at_once = over or terminating or execution_id in self.paused
        return StopMode.TERMINATE if at_once else StopMode.GRACEFUL


def stop_all(records: Mapping[Address, Record], engines: Engines, store: Store) -> None:
    """Asks for what is written. Raises Refused with all that came to nothing, LockLost."""
    problems: list[Diagnostic] = []
    for address, record in records.items():
        if record.pending is not None:
            problems.append(_unresolved(address))
        for execution_id, provider, mode in _written(record):
            store.check()
            problems += _stop(execution_id, provider, mode, engines)
    if problems:
        raise Refused(problems)


def _written(record: Record) -> Iterator[tuple[str, str, StopMode]]:
    """(execution id, provider, mode) of each stop that the record asks for."""
    for old in record.deposed:
        if old.stopping is not None:
            yield old.id, old.provider, old.stopping.mode
    bound = record.current
    if bound is not None and bound.outcome is None and bound.stopping is not None:
        yield bound.id, bound.provider, bound.stopping.mode


def _stop(execution_id: str, provider: str, mode: StopMode, engines: Engines) -> Iterator[Diagnostic]:
    engine = engines.by_identity.get(provider)
    if engine is None:
        yield Diagnostic("provider_unknown", f"Nothing leads to {provider} any more")
        return
    try:
        if mode is StopMode.TERMINATE:
            engine.terminate(TerminateRequest(execution_id))
        else:
            engine.stop(StopRequest(execution_id))
    except ProviderError as error:
        if error.kind is not Kind.PRECONDITION:
            yield problem_of(error, "stop_refused")


def _unresolved(address: Address) -> Diagnostic:
    summary = f"{address} has a start whose outcome is unknown: it may still run"
    hint = "Let an apply find it out; then say suspend --stop again."
    return Diagnostic("start_unresolved", summary, hint=hint, address=str(address))
