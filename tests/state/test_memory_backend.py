"""The backend for tests keeps the same promises as the real ones."""

from __future__ import annotations

from state_kit import ClosingConformance, failure

from declarative.protocols import StateBackend, WriteRequest
from declarative.testing.backends import MemoryBackend, MemoryPlace
from declarative.testing.clock import StillClock
from declarative.testing.memory import Fault


class TestMemory(ClosingConformance):
    def setup_method(self) -> None:
        super().setup_method()
        self.clock = StillClock()
        self.shared = MemoryPlace()

    def make(self) -> StateBackend:
        return MemoryBackend(self.shared, self.clock)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)


def test_a_write_that_was_lost_on_the_way_had_no_effect() -> None:
    backend = MemoryBackend(MemoryPlace(), StillClock())
    backend.faults.append(Fault.LOST_BEFORE)
    assert failure(lambda: backend.write(WriteRequest(b"{}", None))).outcome_unknown
    assert backend.read() is None


def test_a_write_whose_answer_was_lost_had_its_effect() -> None:
    backend = MemoryBackend(MemoryPlace(), StillClock())
    backend.faults.append(Fault.LOST_AFTER)
    assert failure(lambda: backend.write(WriteRequest(b"{}", None))).outcome_unknown
    assert backend.read() is not None
