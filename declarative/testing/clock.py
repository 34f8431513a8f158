"""A clock that moves only when it is told to."""

from __future__ import annotations

import threading


class StillClock:
    """Sleeping moves it at once. `slept`: every wait that was asked for, in seconds."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self._now = now
        self._monotonic = 1000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        with self._lock:
            self._now += seconds
            self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Sets the wall clock without letting time pass, as an administrator or NTP does."""
        with self._lock:
            self._now += seconds
