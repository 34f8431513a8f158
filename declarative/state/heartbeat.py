"""Keeps a leased lock alive from a thread of its own, and knows when it no longer is."""

from __future__ import annotations

import threading

from declarative.protocols import BackendError, Clock, LockLost, LockRequest, StateBackend
from declarative.state.lock import HEARTBEAT, LEASE

LAST_BEAT = 5.0
"""Seconds that a renewal under way may still take when the lock is given back."""


class Heartbeat:
    """Renews every `interval` seconds. The lock counts as lost when the backend says so, and as soon as the
    last renewal that was heard was sent longer ago than `lease`: by then another run may have taken it.

    The thread waits on its own event, not on the clock: it must go on while the process is asked to end.
    """

    def __init__(
        self,
        backend: StateBackend,
        request: LockRequest,
        clock: Clock,
        taken_at: float,
        lease: float = LEASE,
        interval: float = HEARTBEAT,
    ) -> None:
        self._backend = backend
        self._request = request
        self._clock = clock
        self._lease = lease
        self._interval = interval
        self._renewed_at = taken_at
        self._refused: LockLost | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state lock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = LAST_BEAT) -> bool:
        """True when a renewal is still under way after `patience` seconds; it is the last one."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        return self._thread.is_alive()

    def beat(self) -> None:
        """One renewal. A failure is not yet a loss: the next beat may be heard."""
        sent_at = self._clock.monotonic()
        try:
            self._backend.renew(self._request)
        except LockLost as loss:
            self._refused = loss
        except BackendError:
            return
        else:
            self._renewed_at = sent_at

    @property
    def refused(self) -> LockLost | None:
        """What the backend said when the lock was not ours any more."""
        return self._refused

    @property
    def is_overdue(self) -> bool:
        return self._clock.monotonic() - self._renewed_at > self._lease

    def _run(self) -> None:
        while not self._ended.wait(self._interval) and self._refused is None:
            self.beat()
