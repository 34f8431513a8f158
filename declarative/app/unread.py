"""What engines refused or did not tell, once for each cause: the call, their words, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from declarative.diagnostics import Diagnostic, Severity
from declarative.model.observed import Observed
from declarative.render.redaction import redact

SHOWN_MAX = 5


def unread(observed: Observed, secrets: frozenset[str]) -> tuple[Diagnostic, ...]:
    """Warnings: whatever could be read is planned all the same. `secrets` are taken out of engines' words."""
    warnings = (replace(problem, severity=Severity.WARNING) for problem in _problems(observed))
    return by_cause(warnings, secrets)


def by_cause(problems: Iterable[Diagnostic], secrets: frozenset[str]) -> tuple[Diagnostic, ...]:
    """The first of each kind, with how many there are of it; a few kinds, then how many more there are."""
    alike: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for problem in problems:
        alike.setdefault((problem.code, problem.hint, _cause(problem)), []).append(problem)
    groups = list(alike.values())
    shown = [_told(group, secrets) for group in groups[:SHOWN_MAX]]
    return (*shown, *_rest(groups[SHOWN_MAX:]))


def _problems(observed: Observed) -> Iterator[Diagnostic]:
    found: Iterable[Diagnostic | None] = (
        *(resolved.problem for resolved in observed.resolved.values()),
        *observed.unlisted.values(),
        *(reading.problem for reading in observed.readings.values()),
    )
    return (problem for problem in found if problem is not None)


def _cause(problem: Diagnostic) -> str:
    """What was said, without the call: the same of two executions is one cause."""
    return problem.summary.partition(" failed: ")[2]


def _told(alike: list[Diagnostic], secrets: frozenset[str]) -> Diagnostic:
    first = alike[0]
    more = f"The same of {len(alike) - 1} more." if len(alike) > 1 else ""
    detail = "\n".join(filter(None, (first.detail, more)))
    return replace(first, summary=redact(first.summary, secrets), detail=detail)


def _rest(groups: list[list[Diagnostic]]) -> Iterator[Diagnostic]:
    if groups:
        summary = f"{sum(map(len, groups))} more calls failed, for other reasons"
        yield Diagnostic("calls_failed", summary, severity=groups[0][0].severity)
