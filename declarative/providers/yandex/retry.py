"""Tries a call again while it makes sense: exponential backoff, full jitter, and the service's own wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from declarative.protocols import Clock
from declarative.providers.yandex.errors import CallFailed

T = TypeVar("T")

RETRY_AFTER_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Only for calls that may be made twice: never around a start."""

    clock: Clock
    random: Random
    attempts_max: int = 5
    first_seconds: float = 0.5
    seconds_max: float = 20.0
    total_seconds_max: float = 120.0

    def run(self, call: Callable[[], T]) -> T:
        """The first answer. Raises the last failure; what is not transient is raised at once."""
        give_up_at = self.clock.monotonic() + self.total_seconds_max
        for tries in range(1, self.attempts_max):
            try:
                return call()
            except CallFailed as failure:
                wait = self._wait(tries, failure)
                if not failure.is_transient or self.clock.monotonic() + wait > give_up_at:
                    raise
            self.clock.sleep(wait)
        return call()

    def _wait(self, tries: int, failure: CallFailed) -> float:
        ceiling = min(self.seconds_max, self.first_seconds * 2 ** (tries - 1))
        asked = min(failure.retry_after or 0.0, RETRY_AFTER_SECONDS_MAX)
        return max(asked, self.random.uniform(0, ceiling))
