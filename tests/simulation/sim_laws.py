"""What must hold of state at every step, checked against the truth that only the engine knows.

Every write is compared with the one before it; what goes on the wire is judged by sim_wire.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim_engine import Kept, SimEngine
from sim_wire import Wire
from sim_world import EPOCH, Process, World

from declarative.model.address import Address
from declarative.model.desired import OnRemove
from declarative.model.digests import sent_digests
from declarative.model.execution import Status
from declarative.model.record import Bound, Outcome, Pending, Record, StopMode, Stopping
from declarative.model.state import State
from declarative.state.codec import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_OF_A_CALL = 1.0


@dataclass(eq=False)
class Laws:
    """`state`: the durable one. `ever`: every id that was ever bound, durably. `stops`: (id, mode) that were
    recorded, and who recorded it first. `asked`: id -> when a stop of it was first asked for (epoch seconds, as
    recorded), and by whom. `intents`:
    attempt -> who wrote it. `dismissed`: digests of starts that a person has settled."""

    world: World
    engine: SimEngine = field(init=False)
    state: State | None = None
    ever: set[str] = field(default_factory=set)
    stops: dict[tuple[str, StopMode], str] = field(default_factory=dict)
    asked: dict[str, tuple[float, str]] = field(default_factory=dict)
    intents: dict[str, str] = field(default_factory=dict)
    dismissed: Counter[str] = field(default_factory=Counter)
    wire: Wire = field(init=False)
    _data: bytes = b""
    _digests: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = Wire(self)

    # ── writes of state ────────────────────────────────────────────────────────────────────────────────

    def may_write(self, process: Process) -> None:
        """Whether it is still in time is for the place to say."""
        self.law(process.holds_until > 0, f"{process.name} writes only while it has the lock")

    def wrote(self, data: bytes, process: Process) -> None:
        if data == self._data:
            return
        before, after, self._data = self.state, decode(data, "simulated"), data
        self.state, bound_before = after, set(self.ever)
        self._learn(after, process)
        if before is not None:
            self.law(after.serial > before.serial, "the serial goes up")
            self.law(after.lineage == before.lineage, "the lineage stays")
        records = before.records if before else {}
        for address in {**records, **after.records}:
            old, new = records.get(address, Record()), after.records.get(address, Record())
            self._moved(address, old, new, str(address) in process.settles)
            self._bound_once(address, old, new, bound_before)
        self._one_address_each(after)
        self._nothing_lost("a write")

    def _learn(self, state: State, process: Process) -> None:
        for record in state.records.values():
            if record.pending is not None:
                self.intents.setdefault(record.pending.attempt, process.name)
            for run_id, stopping in bound_ids(record):
                self.ever.add(run_id)
                if stopping is not None:
                    self.asked.setdefault(run_id, (stopping.asked_at, process.name))
                    self.stops.setdefault((run_id, stopping.mode), process.name)

    def _moved(self, address: Address, old: Record, new: Record, settled: bool) -> None:
        if old == new:
            return
        self.law(new.generation >= old.generation, f"{address}: the generation never goes down")
        self._pending_moved(address, old, new, settled)
        if old.current is not None:
            self._current_moved(address, old, old.current, new)
        elif new.current is not None:
            self._bound_anew(address, old, new.current)
        kept = {one.id for one in new.deposed}
        for one in old.deposed:
            gone = one.id in kept or not self.engine.is_active(one.id)
            self.law(gone, f"{address}: {one.id} is still active and not known as deposed any more")

    def _pending_moved(self, address: Address, before: Record, after: Record, settled: bool) -> None:
        old, new = before.pending, after.pending
        if old is not None and new is not None and old.attempt != new.attempt:
            by_a_person = old.reason is not None and settled
            self.law(by_a_person, f"{address}: a pending start is never overwritten")
            self.dismissed[old.sent] += 1
        if new is None or (old is not None and old.attempt == new.attempt):
            return
        self.law(new.generation > before.generation, f"{address}: a generation is used once")
        self.law(new.generation == after.generation, f"{address}: the intent has the newest generation")
        if not self.engine.kind.idempotent:
            self.law(new.watermark is not None, f"{address}: an intent has its watermark")

    def _current_moved(self, address: Address, old: Record, before: Bound, new: Record) -> None:
        after = new.current
        if after is not None and after.id == before.id:
            self._same_execution(address, before, after)
            return
        if before.outcome is None:
            deposed = before.id in {one.id for one in new.deposed}
            abandoned = after is None and before.applied.on_remove is OnRemove.ABANDON
            over = not self.engine.is_active(before.id)
            words = f"{address}: {before.id} was dropped while it was active"
            self.law(deposed or abandoned or over, words)
        if after is not None:
            self._bound_anew(address, old, after)
        spent = {run_id for run_id, _ in new.spent}
        self.law(before.id in spent, f"{address}: {before.id} is remembered as spent")

    def _same_execution(self, address: Address, before: Bound, after: Bound) -> None:
        words = f"{address}: {before.id}"
        self.law(before.outcome is None or before.outcome is after.outcome, f"{words}: an end stays")
        if before.stopping is not None and after.outcome is None:
            kept = after.stopping
            self.law(kept is not None, f"{words}: the stop that was asked for is remembered")
            assert kept is not None
            self.law(
                kept.asked_at <= before.stopping.asked_at, f"{words}: grace counts from the first asking"
            )
            graver = kept.mode is StopMode.TERMINATE or before.stopping.mode is StopMode.GRACEFUL
            self.law(graver, f"{words}: terminate stays terminate")
        if before.outcome is None and after.outcome is not None:
            self._true_end(words, before, after)

    def _true_end(self, words: str, before: Bound, after: Bound) -> None:
        ours = before.stopping is not None
        self.law(after.outcome is not Outcome.STOPPED_OUTSIDE or not ours, f"{words}: we asked for that end")
        self.law(after.outcome is not Outcome.STOPPED_BY_US or ours, f"{words}: we never asked for that end")
        if after.outcome is Outcome.LOST:
            self.law(not self.engine.knows(after.id), f"{words}: it is lost only if the engine forgot it")
        told = after.outcome in (Outcome.FINISHED, Outcome.FAILED)
        if not told and not self.engine.knows(after.id):
            return
        status = self.engine.kept[after.id].run.status(self.world.mono)
        expected = _STATUS_OF.get(after.outcome) if after.outcome else None
        self.law(expected is None or status is expected, f"{words} is {status}, not {after.outcome}")

    def _bound_anew(self, address: Address, old: Record, bound: Bound) -> None:
        kept = self.engine.kept.get(bound.id)
        self.law(kept is not None, f"{address}: {bound.id} exists")
        assert kept is not None
        words = f"{address}: {bound.id} was bound"
        same = self.digest(kept.run.workflow_id, kept.run.input_json)
        pending = old.pending
        self.law(pending is not None, f"{words} out of an intent")
        assert pending is not None
        self.law(pending.sent == same, f"{words} with the input that was sent")
        if pending.watermark is not None:
            earliest = pending.watermark.time - SECONDS_OF_A_CALL
            self.law(kept.run.accepted_at + EPOCH >= earliest, f"{words}, but it is older than its intent")

    def _bound_once(self, address: Address, old: Record, new: Record, before: set[str]) -> None:
        """Also of another address, and long ago: an execution is bound once in its life."""
        known = {run_id for run_id, _ in bound_ids(old)}
        for run_id, _ in bound_ids(new):
            self.law(run_id in known or run_id not in before, f"{address}: {run_id} is bound a second time")

    def _one_address_each(self, state: State) -> None:
        ids = Counter(run_id for record in state.records.values() for run_id, _ in bound_ids(record))
        for run_id, times in ids.items():
            self.law(times == 1, f"{run_id} is under {times} addresses")

    # ── never twice, never lost ────────────────────────────────────────────────────────────────────────

    def _nothing_lost(self, when: str) -> None:
        """Every execution that we started is bound, or its start is known to be unresolved."""
        unbound = Counter(
            self.digest(kept.run.workflow_id, kept.run.input_json)
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
            self.law(times <= allowed, f"after {when}: {', '.join(lost)} started and nobody knows of it")

    def pending(self) -> Iterator[Pending]:
        for record in self.state.records.values() if self.state else ():
            if record.pending is not None:
                yield record.pending

    def accepted(self, kept: Kept) -> None:
        if kept.address:
            self.wire.on_accepted(kept.run)
            self._nothing_lost(f"{kept.run.id} came into being for {kept.address}")

    def ended_well(self, process: Process) -> None:
        """After an apply that came to its end in good order, also by Ctrl-C: what it did not send is
        withdrawn. One that nothing befell has found out what became of every start, or asks a person."""
        for pending in self.pending():
            own = self.intents[pending.attempt] == process.name
            sent = self.wire.sent[pending.attempt] > 0
            self.law(sent or not own, f"{process.name} left an intent that was never sent")
            settled = pending.reason is not None or not process.undisturbed or process.interrupted
            self.law(settled, f"{process.name} did not look for {pending.attempt[:8]}")

    def record_of(self, address: str) -> Record | None:
        records = self.state.records if self.state else {}
        return next((record for one, record in records.items() if str(one) == address), None)

    def holder_of(self, run_id: str) -> tuple[str, Record]:
        """The record under which an execution is known now, with its address."""
        for address, record in self.state.records.items() if self.state else ():
            if run_id in {one for one, _ in bound_ids(record)}:
                return str(address), record
        return "", Record()

    def digest(self, workflow_id: str, input_json: str) -> str:
        key = (workflow_id, input_json)
        if key not in self._digests:
            self._digests[key] = sent_digests(*key)[0]
        return self._digests[key]

    def law(self, holds: bool, words: str) -> None:
        if not holds:
            self.world.violated(words)


_STATUS_OF = {
    Outcome.FINISHED: Status.FINISHED,
    Outcome.FAILED: Status.FAILED,
    Outcome.STOPPED_BY_US: Status.STOPPED,
    Outcome.STOPPED_OUTSIDE: Status.STOPPED,
}


def bound_ids(record: Record) -> Iterator[tuple[str, Stopping | None]]:
    current = record.current
    if current is not None:
        yield current.id, current.stopping
    for old in record.deposed:
        yield old.id, old.stopping
