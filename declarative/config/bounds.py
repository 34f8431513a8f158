"""What an expression may cost, and the one exception by which it fails."""

from __future__ import annotations

TEXT_MAX_BYTES = 4096
RESULT_MAX_BYTES = 4 * 1024 * 1024
ITEMS_MAX = 100_000
"""The longest list that an operator, a filter or `range` may make."""
WORK_MAX = 1_000_000
"""Units of about a microsecond for one expression. Counted, not timed: the same in every thread and run."""
INT_BITS_MAX = 1_400
"""Somewhat more than 400 decimal digits, where JSON numbers end here."""
NESTING_MAX = 40
"""Levels of the syntax tree."""
DEPTH_MAX = 100
"""Levels of a value."""


class Fault(Exception):
    """Why an expression has no value; becomes a Diagnostic with the place of the expression."""

    def __init__(self, code: str, summary: str, hint: str = "") -> None:
        self.code = code
        self.summary = summary
        self.hint = hint
        super().__init__(summary)


class Meter:
    """Counts the work of one expression and the size of its result."""

    __slots__ = ("bytes_left", "work_left")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.work_left = WORK_MAX
        self.bytes_left = RESULT_MAX_BYTES

    def work(self, units: int) -> None:
        self.work_left -= units
        if self.work_left < 0:
            raise Fault("expression_limit", "The expression does too much work", _SPLIT)

    def keep(self, size: int) -> None:
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Fault("expression_limit", "The result of the expression is larger than 4 MiB", _SPLIT)


def text_fits(length: int) -> None:
    if length > RESULT_MAX_BYTES:
        raise Fault("expression_limit", "The expression makes a text larger than 4 MiB", _SPLIT)


def items_fit(count: int) -> None:
    if count > ITEMS_MAX:
        raise Fault(
            "expression_limit", f"The expression makes a list of more than {ITEMS_MAX:,} items", _SPLIT
        )


def bits_fit(bits: int) -> None:
    if bits > INT_BITS_MAX:
        raise Fault("expression_limit", "The expression makes a number of more than 400 digits")


_SPLIT = "Work on large values inside the workflow; an expression only picks and names."
