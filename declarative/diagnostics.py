"""What is wrong, where, and what to do: problems as values, made once and rendered at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that belongs to the problem, such as the first of two equal keys."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `code` is stable and for machines; `address` is the text of an Address."""

    code: str
    summary: str
    detail: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR
    address: str | None = None
    span: Span | None = None
    notes: tuple[Note, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class Refused(Exception):
    """The request cannot be carried out. Carries every problem known, and the exit code they mean.

    The only exception that crosses from the rooms to the front door on purpose.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], exit_code: int = 1) -> None:
        self.diagnostics = tuple(diagnostics)
        self.exit_code = exit_code
        super().__init__("; ".join(d.summary for d in self.diagnostics))


def errors_in(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(d.is_error for d in diagnostics)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'Did you mean "input"?', or nothing when no known word is near."""
    # Only mistakes are worth its import.
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else ""
