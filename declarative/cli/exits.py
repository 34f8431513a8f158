"""Exit codes: the part of the output that CI reads."""

from __future__ import annotations

from typing import Final

OK: Final = 0
ERROR: Final = 1
CHANGES: Final = 2
TROUBLE: Final = 3
LOCKED: Final = 4
STALE: Final = 5
TIMED_OUT: Final = 6
BUG: Final = 70
SIGINT: Final = 130
SIGTERM: Final = 143

_ORDER = (SIGINT, SIGTERM, BUG, LOCKED, STALE, ERROR, TROUBLE, TIMED_OUT, CHANGES)


def first_of(*codes: int) -> int:
    """The gravest of several, in the order that users are promised."""
    return next((code for code in _ORDER if code in codes), OK)
