"""State while it is being worked on: every move in memory, written down in time but not for each move."""

from __future__ import annotations

from dataclasses import replace

from declarative.model.address import Address
from declarative.model.record import Record
from declarative.model.state import State
from declarative.protocols import BackendError, Clock, LockLost, StateWriter

WRITE_EVERY_MIN = 2.0
WRITE_SHARE = 10.0
_EMPTY = Record()


class Desk:
    """The one copy of state that the lock's holder works on. Used from one thread, but for `may_send`."""

    def __init__(self, writer: StateWriter, state: State, clock: Clock) -> None:
        self._writer = writer
        self._state = state
        self._clock = clock
        self._last_write = clock.monotonic()
        self._last_duration = 0.0
        self._is_open = True
        self._failed = False
        self.records: dict[Address, Record] = dict(state.records)
        self.dirty = False

    @property
    def state(self) -> State:
        return replace(self._state, records=self.records)

    @property
    def may_send(self) -> bool:
        """Whether anything may still go on the wire: the lock is ours, and state could be written so far."""
        if self._failed or not self._is_open:
            return False
        try:
            self._writer.check()
        except LockLost:
            return False
        return True

    def check(self) -> None:
        """Raises LockLost once the lock may not be ours; what is known is written first, if it can be."""
        try:
            self._writer.check()
        except LockLost:
            self.save_if_dirty()
            raise

    def record(self, address: Address) -> Record:
        return self.records.get(address, _EMPTY)

    def known_ids(self) -> set[str]:
        """Of every execution that is bound to any address, or once was: none of them is a lost start."""
        return {known for record in self.records.values() for known in record.ids}

    def put(self, address: Address, record: Record) -> None:
        before = self.records.get(address, _EMPTY)
        assert record.generation >= before.generation, "a generation never goes down"
        self.records[address] = record
        self.dirty = True

    def rename(self, old: Address, new: Address) -> None:
        """The record follows its declaration to another address."""
        assert new not in self.records, "a record must not be overwritten by another"
        self.records[new] = self.records.pop(old)
        self.dirty = True

    def amend(self, **fields: object) -> None:
        """Sets fields of the document itself, such as `acted`."""
        changed = replace(self._state, **fields)  # type: ignore[arg-type]
        self.dirty = self.dirty or changed != self._state
        self._state = changed

    def close(self) -> None:
        """The lock is let go: what is put here from now on is only remembered, and never written."""
        self._is_open = False

    def save(self) -> float:
        """Writes now. Returns when the confirmed write was sent (Clock.monotonic).

        Raises BackendError; from then on nothing may be sent, because it could not be recorded.
        """
        assert self._is_open, "state is written by the lock's holder alone"
        begun = self._clock.monotonic()
        try:
            self._state = self._writer.write(self.state)
        except BackendError:
            self._failed = True
            raise
        self._last_write = self._clock.monotonic()
        self._last_duration = self._last_write - begun
        self.dirty = False
        fence = self._writer.fence
        return begun if fence is None else min(begun, fence)

    def save_if_due(self) -> None:
        """Ids and outcomes: every max(2 s, ten times what the last write took)."""
        wait = max(WRITE_EVERY_MIN, WRITE_SHARE * self._last_duration)
        if self.dirty and self._clock.monotonic() - self._last_write >= wait:
            self.save()

    def save_if_dirty(self) -> None:
        if self.dirty:
            self.save()
