"""Spreads calls evenly, so that a burst of ours does not use up what the whole cloud may ask."""

from __future__ import annotations

import threading

from declarative.protocols import Clock


class RateLimit:
    """At most `per_second` calls, however many threads ask; None means no limit."""

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next_at = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when it is the caller's turn."""
        if not self._interval:
            return
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next_at)
            self._next_at = turn + self._interval
        if turn > now:
            self._clock.sleep(turn - now)
