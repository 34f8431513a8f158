"""What must hold at every step, checked against the truth that only the engine knows.

Every write of state is compared with the one before it; every start and stop with what state says just then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim_engine import SEND_WINDOW, Kept, SimEngine
from sim_world import EPOCH, Process, World

from declarative.model.address import Address
from declarative.model.desired import OnRemove
from declarative.model.digests import sent_digests
from declarative.model.execution import Status
from declarative.model.record import Bound, Outcome, Pending, Record, StopMode
from declarative.model.state import State
from declarative.protocols import StartRequest
from declarative.state.codec import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_OF_A_CALL = 1.0


@dataclass(eq=False)
class Laws:
    """`state`: the durable one. `ever`: every id that was ever bound, durably. `stops`: (id, mode) that were
    recorded. `intents`: attempt -> when it first was durable, and who wrote it. `wired`: attempts that were
    put on the wire. `dismissed`: digests of starts that a person has settled. `acted`: wish -> when somebody
    last acted on it."""

    world: World
    engine: SimEngine = field(init=False)
    state: State | None = None
    ever: set[str] = field(default_factory=set)
    stops: set[tuple[str, StopMode]] = field(default_factory=set)
    intents: dict[str, tuple[float, str]] = field(default_factory=dict)
    wired: Counter[str] = field(default_factory=Counter)
    dismissed: Counter[str] = field(default_factory=Counter)
    acted: dict[str, float] = field(default_factory=dict)
    _data: bytes = b""
    _digests: dict[tuple[str, str], str] = field(default_factory=dict)

    # ── writes of state ────────────────────────────────────────────────────────────────────────────────

    def wrote(self, data: bytes, process: Process) -> None:
        if data == self._data:
            return
        before, after, self._data = self.state, decode(data, "simulated"), data
        self.state = after
        self._learn(after, process)
        if before is not None:
            self._law(after.serial > before.serial, "the serial goes up")
            self._law(after.lineage == before.lineage, "the lineage stays")
        records = before.records if before else {}
        for address in {**records, **after.records}:
            old, new = records.get(address, Record()), after.records.get(address, Record())
            self._moved(address, old, new, str(address) in process.settles)
        self._one_address_each(after)
        self._nothing_lost("a write")

    def _learn(self, state: State, process: Process) -> None:
        for record in state.records.values():
            if record.pending is not None:
                self.intents.setdefault(record.pending.attempt, (self.world.mono, process.name))
            for run_id, stopping in _bound_ids(record):
                self.ever.add(run_id)
                if stopping is not None:
                    self.stops.add((run_id, stopping))

    def _moved(self, address: Address, old: Record, new: Record, settled: bool) -> None:
        if old == new:
            return
        self._law(new.generation >= old.generation, f"{address}: the generation never goes down")
        self._pending_moved(address, old, new, settled)
        if old.current is not None:
            self._current_moved(address, old, old.current, new)
        elif new.current is not None:
            self._bound_anew(address, old, new.current)
        kept = {one.id for one in new.deposed}
        for one in old.deposed:
            gone = one.id in kept or not self.engine.is_active(one.id)
            self._law(gone, f"{address}: {one.id} is still active and not known as deposed any more")

    def _pending_moved(self, address: Address, before: Record, after: Record, settled: bool) -> None:
        old, new = before.pending, after.pending
        if old is not None and new is not None and old.attempt != new.attempt:
            by_a_person = old.reason is not None and settled
            self._law(by_a_person, f"{address}: a pending start is never overwritten")
            self.dismissed[old.sent] += 1
        if new is None or (old is not None and old.attempt == new.attempt):
            return
        self._law(new.generation > before.generation, f"{address}: a generation is used once")
        self._law(new.generation == after.generation, f"{address}: the intent has the newest generation")
        if not self.engine.kind.idempotent:
            self._law(new.watermark is not None, f"{address}: an intent has its watermark")

    def _current_moved(self, address: Address, old: Record, before: Bound, new: Record) -> None:
        after = new.current
        if after is not None and after.id == before.id:
            self._same_execution(address, before, after)
            return
        if before.outcome is None:
            deposed = before.id in {one.id for one in new.deposed}
            abandoned = after is None and before.applied.on_remove is OnRemove.ABANDON
            words = f"{address}: {before.id} was dropped while it was active"
            self._law(deposed or abandoned, words)
        if after is not None:
            self._bound_anew(address, old, after)
        spent = {run_id for run_id, _ in new.spent}
        self._law(before.id in spent, f"{address}: {before.id} is remembered as spent")

    def _same_execution(self, address: Address, before: Bound, after: Bound) -> None:
        words = f"{address}: {before.id}"
        self._law(before.outcome is None or before.outcome is after.outcome, f"{words}: an end stays")
        if before.stopping is not None and after.outcome is None:
            kept = after.stopping
            self._law(kept is not None, f"{words}: the stop that was asked for is remembered")
            assert kept is not None
            self._law(
                kept.asked_at <= before.stopping.asked_at, f"{words}: grace counts from the first asking"
            )
            graver = kept.mode is StopMode.TERMINATE or before.stopping.mode is StopMode.GRACEFUL
            self._law(graver, f"{words}: terminate stays terminate")
        if before.outcome is None and after.outcome is not None:
            self._true_end(words, after)

    def _true_end(self, words: str, after: Bound) -> None:
        if after.outcome is Outcome.LOST:
            self._law(not self.engine.knows(after.id), f"{words}: it is lost only if the engine forgot it")
        if not self.engine.knows(after.id):
            return
        status = self.engine.kept[after.id].run.status(self.world.mono)
        expected = _STATUS_OF.get(after.outcome) if after.outcome else None
        self._law(expected is None or status is expected, f"{words} is {status}, not {after.outcome}")

    def _bound_anew(self, address: Address, old: Record, bound: Bound) -> None:
        kept = self.engine.kept.get(bound.id)
        self._law(kept is not None, f"{address}: {bound.id} exists")
        assert kept is not None
        words = f"{address}: {bound.id} was bound"
        same = self._digest(kept.run.workflow_id, kept.run.input_json)
        pending = old.pending
        self._law(pending is not None, f"{words} out of an intent")
        assert pending is not None
        self._law(pending.sent == same, f"{words} with the input that was sent")
        if pending.watermark is not None:
            earliest = pending.watermark.time - SECONDS_OF_A_CALL
            self._law(kept.run.accepted_at + EPOCH >= earliest, f"{words}, but it is older than its intent")
        spent = {run_id for run_id, _ in old.spent}
        self._law(bound.id not in spent, f"{words} a second time")

    def _one_address_each(self, state: State) -> None:
        ids = Counter(run_id for record in state.records.values() for run_id, _ in _bound_ids(record))
        for run_id, times in ids.items():
            self._law(times == 1, f"{run_id} is under {times} addresses")

    # ── the wire ───────────────────────────────────────────────────────────────────────────────────────

    def on_the_wire(self, request: StartRequest, process: Process) -> None:
        words = f"{request.description}: start {request.attempt[:8]}"
        record = self._record_of(request.description)
        pending = record.pending if record else None
        recorded = pending is not None and pending.attempt == request.attempt
        self._law(recorded, f"{words} has its intent durable before the wire")
        assert record is not None and pending is not None
        same = self._digest(request.workflow_id, request.input_json)
        self._law(pending.sent == same, f"{words} sends what its intent says")
        late = self.world.mono - self.intents[request.attempt][0]
        self._law(late <= SEND_WINDOW + SECONDS_OF_A_CALL, f"{words} was sent {late} s after its intent")
        self._law(not self.wired[request.attempt], f"{words} is sent twice")
        self.wired[request.attempt] += 1
        beside = record.current is not None and record.current.outcome is None
        self._law(not beside or pending.start_first, f"{words} begins beside an active one")
        obeyed = not process.interrupted or process.interrupted_at == process.touches
        self._law(obeyed, f"{words} was sent after Ctrl-C")

        self._took_turns(words, process)

    def _took_turns(self, words: str, process: Process) -> None:
        """Whoever acted on other declarations after this process had read state has taken over."""
        others = [moment for wish, moment in self.acted.items() if wish != process.wish]
        self._law(
            max(others, default=-2.0) <= process.read_at, f"{words} although another one has taken over"
        )
        self.acted[process.wish] = self.world.mono

    def accepted(self, kept: Kept) -> None:
        if kept.address:
            self._nothing_lost(f"{kept.run.id} came into being for {kept.address}")

    def on_stop(self, execution_id: str, method: str, process: Process) -> None:
        mode = StopMode.TERMINATE if method == "terminate" else StopMode.GRACEFUL
        self._law(execution_id in self.ever, f"{execution_id} is stopped and is not ours")
        recorded = (execution_id, mode) in self.stops
        self._law(recorded, f"{method} of {execution_id} has its record before the wire")
        self._took_turns(f"{method} of {execution_id}", process)

    # ── never twice, never lost ────────────────────────────────────────────────────────────────────────

    def _nothing_lost(self, when: str) -> None:
        """Every execution that we started is bound, or its start is known to be unresolved."""
        unbound = Counter(
            self._digest(kept.run.workflow_id, kept.run.input_json)
            for run_id, kept in self.engine.kept.items()
            if kept.address and run_id not in self.ever
        )
        if not unbound:
            return
        open_intents = Counter(pending.sent for pending in self.pending())
        for digest, times in unbound.items():
            allowed = open_intents[digest] + self.dismissed[digest]
            names = [run_id for run_id, kept in self.engine.kept.items() if kept.address]
            lost = sorted(set(names) - self.ever)
            self._law(times <= allowed, f"after {when}: {', '.join(lost)} started and nobody knows of it")

    def pending(self) -> Iterator[Pending]:
        for record in self.state.records.values() if self.state else ():
            if record.pending is not None:
                yield record.pending

    def unsent_intents_are_withdrawn(self, process: Process) -> None:
        """After an apply that came to its end in good order, also by Ctrl-C."""
        for pending in self.pending():
            own = self.intents[pending.attempt][1] == process.name
            sent = self.wired[pending.attempt] > 0
            self._law(sent or not own, f"{process.name} left an intent that was never sent")

    def _record_of(self, address: str) -> Record | None:
        records = self.state.records if self.state else {}
        return next((record for one, record in records.items() if str(one) == address), None)

    def _digest(self, workflow_id: str, input_json: str) -> str:
        key = (workflow_id, input_json)
        if key not in self._digests:
            self._digests[key] = sent_digests(*key)[0]
        return self._digests[key]

    def _law(self, holds: bool, words: str) -> None:
        if not holds:
            self.world.violated(words)


_STATUS_OF = {
    Outcome.FINISHED: Status.FINISHED,
    Outcome.FAILED: Status.FAILED,
    Outcome.STOPPED_BY_US: Status.STOPPED,
    Outcome.STOPPED_OUTSIDE: Status.STOPPED,
}


def _bound_ids(record: Record) -> Iterator[tuple[str, StopMode | None]]:
    current = record.current
    if current is not None:
        yield current.id, current.stopping.mode if current.stopping else None
    for old in record.deposed:
        yield old.id, old.stopping.mode if old.stopping else None
