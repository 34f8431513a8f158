"""Reads are made again when the failure was a passing one; writes are the store's business alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from declarative.protocols import BackendError, Clock

READ_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the second, third and fourth try."""

T = TypeVar("T")


def patiently(read: Callable[[], T], clock: Clock, pauses: Iterable[float] = READ_PAUSES) -> T:
    """Raises the last BackendError, or the first one that is not transient."""
    for pause in pauses:
        try:
            return read()
        except BackendError as error:
            if not error.transient:
                raise
        clock.sleep(pause)
    return read()
