"""State in memory, over an injected clock: a backend with nothing in its way, or with faults at will."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace

from declarative.diagnostics import Diagnostic
from declarative.model.moment import format_moment
from declarative.protocols import (
    BackendAbilities,
    BackendError,
    Clock,
    Conflict,
    Locked,
    LockGrant,
    LockInfo,
    LockLost,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.testing.memory import Fault


@dataclass(slots=True)
class MemoryPlace:
    """What several backends share: one document and one lock. `expires_at`: on Clock.monotonic."""

    data: bytes | None = None
    version: int = 0
    holder: LockInfo | None = None
    expires_at: float = 0.0
    mutex: threading.RLock = field(default_factory=threading.RLock)


class MemoryBackend:
    """One process's view of a place. `faults`: what befalls the next writes (LOST_BEFORE, LOST_AFTER)."""

    abilities = BackendAbilities(cas=True, lease=True)

    def __init__(self, place: MemoryPlace, clock: Clock, lease: float = 60.0) -> None:
        self.place = "memory"
        self.faults: deque[Fault] = deque()
        self._shared = place
        self._clock = clock
        self._lease = lease

    def read(self) -> StateDocument | None:
        with self._shared.mutex:
            if self._shared.data is None:
                return None
            return StateDocument(self._shared.data, str(self._shared.version))

    def write(self, request: WriteRequest) -> str:
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.LOST_BEFORE:
            raise _unanswered()
        with self._shared.mutex:
            self._check_lock(request.lock_id)
            version = None if self._shared.data is None else str(self._shared.version)
            if request.expected != version:
                raise Conflict(Diagnostic("state_conflict", "The state has changed meanwhile: memory"))
            self._shared.data = request.data
            self._shared.version += 1
        if fault is Fault.LOST_AFTER:
            raise _unanswered()
        return str(self._shared.version)

    def lock(self, request: LockRequest) -> LockGrant:
        with self._shared.mutex:
            before = self._shared.holder
            if before is not None and before.id != request.info.id and not self._has_run_out():
                raise _locked_by(before)
            self._hold(request.info)
            return LockGrant(request.info, taken_from=before)

    def renew(self, request: LockRequest) -> None:
        with self._shared.mutex:
            self._check_lock(request.info.id)
            self._hold(request.info)

    def unlock(self, request: LockRequest) -> None:
        with self._shared.mutex:
            if self._shared.holder is not None and self._shared.holder.id == request.info.id:
                self._shared.holder = None

    def holder(self) -> LockInfo | None:
        with self._shared.mutex:
            return None if self._has_run_out() else self._shared.holder

    def force_unlock(self, lock_id: str) -> None:
        with self._shared.mutex:
            holder = self._shared.holder
            if holder is not None and holder.id != lock_id:
                raise _locked_by(holder)
            self._shared.holder = None

    def close(self) -> None:
        """Nothing: a holder that is gone stops renewing, and that is all."""

    def _hold(self, info: LockInfo) -> None:
        until = format_moment(self._clock.now() + self._lease)
        self._shared.holder = replace(info, expires_at=until)
        self._shared.expires_at = self._clock.monotonic() + self._lease

    def _has_run_out(self) -> bool:
        return self._clock.monotonic() > self._shared.expires_at

    def _check_lock(self, lock_id: str) -> None:
        holder = self._shared.holder
        if (holder.id if holder else "") != lock_id:
            raise LockLost(Diagnostic("state_lock_lost", "The lock of the state was lost: memory"))


def _locked_by(holder: LockInfo) -> Locked:
    detail = f"It is held by {holder.who}, lock {holder.id}."
    return Locked(Diagnostic("state_locked", "The state is locked: memory", detail), holder)


def _unanswered() -> BackendError:
    problem = Diagnostic("state_failed", "Cannot write the state: memory", "The answer was lost.")
    return BackendError(problem, outcome_unknown=True, transient=True)
