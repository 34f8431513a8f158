"""State as apply uses it: read, locked, written, with the promises that starts rely on.

A backend makes single calls; here they become: a lock that is kept alive, a write that is known to have
happened, and a state that is never silently lost.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from declarative.diagnostics import Diagnostic, Severity
from declarative.model.state import State
from declarative.protocols import (
    BackendError,
    Clock,
    Conflict,
    Locked,
    LockGrant,
    LockInfo,
    LockLost,
    LockRequest,
    StateBackend,
    WriteRequest,
)
from declarative.state.codec import Encoder, decode
from declarative.state.delivery import deliver
from declarative.state.errored import ErroredState
from declarative.state.heartbeat import Heartbeat
from declarative.state.lock import LEASE, new_lock
from declarative.state.owner import Owner
from declarative.state.problems import left_locked, lost, overdue
from declarative.state.retry import patiently

Waiting = Callable[[LockInfo | None], None]
"""Called before every wait for the lock, with who holds it."""

_LOCK_PAUSE = 1.0
_LOCK_PAUSE_MAX = 16.0
_TAKE_OVER_TRIES = 5


class Store:
    """One state of one configuration. Not for several threads at once, but for its own heartbeat.

    `owner`: the configuration's name and environment; a state of another one is refused. `locking` False is
    `--lock=false`: nothing is locked, and nothing keeps two runs apart. `folder`: where a state is kept that
    could not be written.
    """

    def __init__(
        self,
        backend: StateBackend,
        clock: Clock,
        owner: Owner,
        *,
        locking: bool = True,
        folder: Path = Path(),
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.backend = backend
        self._clock = clock
        self._owner = owner
        self._locking = locking
        self._environ = environ
        self._errored = ErroredState(folder)
        self._encoder = Encoder()
        self._version: str | None = None
        self._serial = 0
        self._held: LockRequest | None = None
        self._heartbeat: Heartbeat | None = None
        self._lost: LockLost | None = None
        self._fence: float | None = None

    @property
    def place(self) -> str:
        return self.backend.place

    @property
    def fence(self) -> float | None:
        """Clock.monotonic of when the last confirmed write under this lock was sent, or before.

        A start may go on the wire only within the engine's `send_window` of it; None: there was no write.
        """
        return self._fence

    def read(self) -> State | None:
        """None when there is none. Raises BackendError; Refused for a state that cannot be used."""
        document = self.backend.read()
        if document is None:
            self._version, self._serial = None, 0
            return None
        state = decode(document.data, self.place)
        self._owner.check(state, self.place)
        self._version, self._serial = document.version, state.serial
        return state

    def forget(self) -> None:
        """What is there cannot be read and is to be replaced, whatever it is. Raises BackendError."""
        document = self.backend.read()
        self._version, self._serial = (document.version if document else None), 0

    def refuse_foreign(self, given: State, source: str) -> None:
        """Writing would sign as ours what is another's. Raises Refused."""
        self._owner.check(given, source)

    def new(self) -> State:
        """A first state, not yet written."""
        return self._owner.sign(State(lineage=str(uuid.uuid4())))

    def lock(self, operation: str, timeout: float = 0.0, waiting: Waiting | None = None) -> LockGrant | None:
        """Takes the lock, waiting up to `timeout` seconds; None when locking is off. Read state after it.

        An abandoned lock is taken over; serial is then raised before anything else, so that whatever the
        dead holder still has on the wire meets a changed document. Raises Locked, BackendError, Refused.
        """
        if not self._locking:
            return None
        request = LockRequest(new_lock(operation, self.place, self._clock, self._environ))
        grant, asked_at = self._await_lock(request, timeout, waiting)
        self._held, self._lost, self._fence = request, None, None
        try:
            self._keep_alive(request, asked_at)
            if grant.taken_from is not None:
                self._take_over()
        except BaseException:
            self.unlock()
            raise
        return grant

    def unlock(self) -> Diagnostic | None:
        """Gives the lock back. A warning when the backend did not hear it.

        A renewal that hangs on the wire is not waited for: it would hold up a Ctrl-C, and the lease ends
        without us.
        """
        held, self._held, self._fence = self._held, None, None
        heartbeat, self._heartbeat = self._heartbeat, None
        if heartbeat is not None and heartbeat.stop():
            return left_locked(self.place, LEASE)
        if held is None:
            return None
        try:
            self.backend.unlock(held)
        except BackendError as error:
            return replace(error.problem, severity=Severity.WARNING)
        return None

    def check(self) -> None:
        """To be asked right before every start and stop. Raises LockLost once the lock may not be ours."""
        self._check_refused()
        if self._heartbeat is not None and self._heartbeat.is_overdue:
            raise overdue(self.place)

    def write(self, state: State) -> State:
        """Writes durably and returns what was written, with its own serial and writer.

        Raises LockLost when somebody else has taken over, BackendError when it failed for good; in both cases
        the state was kept in a file that the diagnostic names.
        """
        sent_at = self._clock.monotonic()
        written = self._next(state)
        data = self._encoder.encode(written)
        try:
            self._check_refused()
            self._version = self._deliver(written, data)
        except Conflict as conflict:
            self._lost = lost(self.place)
            raise self._kept(self._lost, data) from conflict
        except BackendError as error:
            raise self._kept(error, data) from error.__cause__
        self._serial, self._fence = written.serial, sent_at
        self._errored.drop()
        return written

    def close(self) -> None:
        self.unlock()
        self.backend.close()

    def _await_lock(
        self, request: LockRequest, timeout: float, waiting: Waiting | None
    ) -> tuple[LockGrant, float]:
        until = self._clock.monotonic() + timeout
        pause = _LOCK_PAUSE
        while True:
            asked_at = self._clock.monotonic()
            try:
                return patiently(lambda: self.backend.lock(request), self._clock), asked_at
            except Locked as refusal:
                pause = min(pause, until - self._clock.monotonic())
                if pause <= 0:
                    raise
                if waiting is not None:
                    waiting(refusal.holder)
                if not self._slept(pause):
                    raise
            pause = min(2 * pause, _LOCK_PAUSE_MAX)

    def _slept(self, seconds: float) -> bool:
        """False when the wait was cut short: the process was asked to end."""
        began = self._clock.monotonic()
        self._clock.sleep(seconds)
        return self._clock.monotonic() - began >= seconds / 2

    def _keep_alive(self, request: LockRequest, asked_at: float) -> None:
        if self.backend.abilities.lease:
            self._heartbeat = Heartbeat(self.backend, request, self._clock, asked_at)
            self._heartbeat.start()

    def _take_over(self) -> None:
        for _ in range(_TAKE_OVER_TRIES):
            state = self.read()
            if state is None:
                return
            written = self._next(state)
            try:
                self._version = self._deliver(written, self._encoder.encode(written))
            except Conflict:
                # The dead holder's last write came in between: it is part of what is taken over.
                continue
            self._serial = written.serial
            return
        raise lost(self.place)

    def _next(self, state: State) -> State:
        serial = max(self._serial, state.serial) + 1
        return self._owner.sign(replace(state, serial=serial, writer=str(uuid.uuid4())))

    def _deliver(self, written: State, data: bytes) -> str:
        lock_id = self._held.info.id if self._held else ""
        request = WriteRequest(data, self._version, lock_id, written.serial)
        return deliver(self.backend, request, written.writer, self._clock)

    def _check_refused(self) -> None:
        refused = self._lost or (self._heartbeat.refused if self._heartbeat else None)
        if refused is not None:
            raise refused
        if self._locking and self._held is None:
            raise lost(self.place)

    def _kept(self, error: BackendError, data: bytes) -> BackendError:
        try:
            where = self._errored.keep(data)
        except OSError as failure:
            said = f"{error.problem.detail} It could not even be kept in a file: {failure.strerror}."
            error.problem = replace(error.problem, detail=said)
        else:
            said = f"What this run knows was kept in {where}. Look at the state's present place first; then"
            error.problem = replace(error.problem, hint=f"{said} declarative state push {where}")
        return error
