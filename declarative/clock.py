"""The real clock: the only place that asks the operating system what time it is."""

from __future__ import annotations

import threading
import time


class SystemClock:
    """Sleeps until `wake` is set, so that a signal ends every wait at once."""

    def __init__(self) -> None:
        self.wake = threading.Event()

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.clock_gettime(_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        self.wake.wait(max(0.0, seconds))


_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
