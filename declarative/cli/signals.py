"""Ctrl-C and SIGTERM: the first asks for a clean end, the second ends at once. Intents make that safe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from declarative.cli.discretion import Discretion
from declarative.clock import SystemClock


class Interruption:
    """Remembers the first signal and wakes whoever sleeps on the clock. One for each run of the tool."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.discretion = Discretion()
        self.streaming = False
        """A stream of JSON lines has begun: whatever follows must be a line of it."""
        self.signal: int | None = None

    def install(self) -> None:
        signal.signal(signal.SIGINT, self._received)
        signal.signal(signal.SIGTERM, self._received)

    @contextmanager
    def declined(self) -> Iterator[None]:
        """While a person is asked, Ctrl-C means no: raises KeyboardInterrupt, once."""
        before = signal.signal(signal.SIGINT, self._declined)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def requested(self) -> bool:
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        return 128 + (self.signal or 0)

    def _declined(self, number: int, frame: FrameType | None) -> None:
        """Who types it again must not interrupt the lock being let go with a traceback."""
        signal.signal(number, self._received)
        self.signal = number
        raise KeyboardInterrupt

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number
        self.clock.wake.set()
        sys.stderr.write(_SAID)
        sys.stderr.flush()


_SAID = "\nEnding: nothing more is started, what is known is written down. Once more to leave at once.\n"
