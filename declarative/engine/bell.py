"""How a runner is told that there is work: a named pipe it listens on, so that nobody asks over and over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def ring(place: Path) -> bool:
    """Wakes the runner. False when nobody listens."""
    return _knock(place, b"!")


def is_heard(place: Path) -> bool:
    """Whether somebody listens; does not wake them."""
    return _knock(place, b"")


class Bell:
    """The runner's end. `heard` is called on the loop, once for any number of rings since the last time."""

    def __init__(self, place: Path, heard: Callable[[], None]) -> None:
        with suppress(FileExistsError):
            os.mkfifo(place, 0o600)
        # Open for writing too: without any writer a pipe is at its end, and would wake the loop without end.
        self._pipe = os.open(place, os.O_RDWR | os.O_NONBLOCK)
        self._heard = heard
        asyncio.get_running_loop().add_reader(self._pipe, self._ringing)

    def close(self) -> None:
        """From here on `ring` says that nobody listens. Closing again does nothing."""
        if self._pipe >= 0:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def _ringing(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._pipe, 1 << 16)
        self._heard()


def _knock(place: Path, sound: bytes) -> bool:
    try:
        pipe = os.open(place, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # A full pipe holds rings enough.
        with suppress(BlockingIOError):
            os.write(pipe, sound)
        return True
    except BrokenPipeError:
        return False
    finally:
        os.close(pipe)
