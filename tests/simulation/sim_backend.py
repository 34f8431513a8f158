"""Places for state, as the four kinds there are behave, with everything that may befall a write."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sim_faults import Fault
from sim_world import Process, World

from declarative.diagnostics import Diagnostic
from declarative.protocols import (
    BackendAbilities,
    BackendError,
    LockGrant,
    LockInfo,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.testing.backends import MemoryBackend, MemoryPlace

if TYPE_CHECKING:
    from sim_laws import Laws

CALL_SECONDS = 0.05
IN_FLIGHT_SECONDS = 20.0


class PlaceKind(StrEnum):
    LEASED = "leased"
    """S3, PostgreSQL: compare and set; a dead holder's lock runs out."""
    KERNEL = "kernel"
    """A local file: the kernel frees a dead holder's lock at once."""
    SERVER = "server"
    """HTTP: no compare and set, no lease; a person frees a dead holder's lock."""

    @property
    def abilities(self) -> BackendAbilities:
        return BackendAbilities(
            cas=self is not PlaceKind.SERVER,
            lease=self is PlaceKind.LEASED,
            kernel_lock=self is PlaceKind.KERNEL,
        )


@dataclass(eq=False)
class SimPlace:
    """What all processes share. Its lock never runs out by itself, unless it is leased."""

    world: World
    kind: PlaceKind
    laws: Laws
    shared: MemoryPlace
    holder: Process | None = None

    def free_of(self, process: Process) -> None:
        """A process is gone: the kernel frees its lock, a person frees that of a server, a lease runs on."""
        if self.kind is not PlaceKind.LEASED and self.holder is process:
            self.shared.holder = None


class SimBackend:
    """One process's client of a place."""

    def __init__(self, place: SimPlace, process: Process) -> None:
        lease = 60.0 if place.kind is PlaceKind.LEASED else 1e8
        self.abilities = place.kind.abilities
        self.place = "simulated"
        self._place = place
        self._process = process
        self._inner = MemoryBackend(place.shared, process, lease)

    def read(self) -> StateDocument | None:
        self._call("read")
        if self._process.read_at < 0:
            self._process.read_at = self._place.world.mono
        return self._inner.read()

    def write(self, request: WriteRequest) -> str:
        begun = self._place.world.mono
        self._place.laws.may_write(self._process)
        fault = self._process.touch("write")
        self._process.spend(CALL_SECONDS)
        if fault is Fault.CRASH_LATE:
            world = self._place.world
            world.at(world.mono + IN_FLIGHT_SECONDS, lambda: self._land(request))
            self._process.die()
        if fault in (Fault.LOST_BEFORE, Fault.REFUSED):
            raise _failed(outcome_unknown=fault is Fault.LOST_BEFORE)
        version = self._written(request)
        self._process.fenced_at = begun
        if fault is Fault.LOST_AFTER:
            raise _failed(outcome_unknown=True)
        return version

    def _written(self, request: WriteRequest) -> str:
        version = self._inner.write(self._as_checked(request))
        self._place.laws.wrote(request.data, self._process)
        return version

    def _as_checked(self, request: WriteRequest) -> WriteRequest:
        """A leased place compares versions and knows nothing of the lock; a server the other way round."""
        shared = self._place.shared
        if not self.abilities.cas:
            request = replace(request, expected=None if shared.data is None else str(shared.version))
        if self.abilities.lease:
            request = replace(request, lock_id=shared.holder.id if shared.holder else "")
        return request

    def _land(self, request: WriteRequest) -> None:
        """A dead process's write arrives."""
        with contextlib.suppress(BackendError):
            self._written(request)

    def lock(self, request: LockRequest) -> LockGrant:
        self._call("lock")
        granted = self._inner.lock(request)
        self._place.holder = self._process
        self._process.holds_until = self._place.shared.expires_at
        return granted

    def renew(self, request: LockRequest) -> None:
        """From the heartbeat's own thread: no touch, but it may fail."""
        fault = self._place.world.adversary.fault(self._process.name, 0, "renew")
        if fault is not None:
            self._process.undisturbed = False
            raise _failed(outcome_unknown=False)
        self._inner.renew(request)
        self._process.holds_until = self._place.shared.expires_at

    def unlock(self, request: LockRequest) -> None:
        self._process.holds_until = 0.0
        self._call("unlock")
        self._inner.unlock(request)

    def holder(self) -> LockInfo | None:
        return self._inner.holder()

    def force_unlock(self, lock_id: str) -> None:
        self._inner.force_unlock(lock_id)

    def close(self) -> None:
        """Nothing is held open."""

    def _call(self, kind: str) -> None:
        fault = self._process.touch(kind)
        self._process.spend(CALL_SECONDS)
        if fault is not None:
            raise _failed(outcome_unknown=False, transient=False)


def _failed(outcome_unknown: bool, transient: bool | None = None) -> BackendError:
    problem = Diagnostic("state_failed", "Cannot reach the state: simulated")
    return BackendError(problem, outcome_unknown, outcome_unknown if transient is None else transient)
