"""Which failures a policy answers, and how long it waits before the next try."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.engine.codes import ALL, INTERNAL

COUNT_MAX = 100
INITIAL_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 1.0
"""The service's default, taken literally: it cuts a longer `initialDelay` down. Checking a workflow warns."""
MAX_DELAY_SECONDS_MAX = 3600.0


@dataclass(frozen=True, slots=True)
class ErrorMatch:
    """`errorList` and `errorListMode`. STEP_INTERNAL is never matched, listed or not."""

    codes: frozenset[str]
    exclude: bool = False

    def matches(self, code: str) -> bool:
        listed = ALL in self.codes or code in self.codes
        return code != INTERNAL and listed is not self.exclude


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Delays are seconds; `count` is how many tries may follow the first."""

    errors: ErrorMatch
    count: int = 0
    initial_delay: float = INITIAL_DELAY_SECONDS
    backoff_rate: float = 1.0
    max_delay: float = MAX_DELAY_SECONDS

    def delay(self, tries: int) -> float:
        """Seconds to wait after so many tries."""
        delay = self.initial_delay
        for _ in range(tries - 1):
            delay = min(delay * self.backoff_rate, self.max_delay)
        return min(delay, self.max_delay)

    def allows(self, code: str, tries: int) -> bool:
        """Whether another try may follow after so many."""
        return tries <= self.count and self.errors.matches(code)
