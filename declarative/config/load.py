"""The files of a folder -> Desired, or everything that is wrong with them. The reading room's way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from declarative.config import files
from declarative.config.declared import Asked, declared
from declarative.config.desire import desired
from declarative.config.quoting import quotable
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.desired import Desired


@dataclass(frozen=True, slots=True)
class Loaded:
    """`desired` is None exactly where `diagnostics` has an error. `sources`: by file, its text, so that a
    problem can be shown with its line; secrets are struck out.

    `variables`: with the values that were found for them. `owns_backend`: the environment has a backend of
    its own, whose address is meant as it is written.
    """

    desired: Desired | None
    diagnostics: list[Diagnostic]
    sources: Mapping[str, str]
    variables: Variables = field(default_factory=Variables)
    owns_backend: bool = False


def load(
    directory: str,
    environment: str | None,
    variables: Mapping[str, str],
    var_files: Sequence[str],
    environ: Mapping[str, str],
    now: float,
) -> Loaded:
    """All problems of all files in one run. `variables`: from --var; `now`: epoch seconds."""
    found = files.read(directory)
    if not found.documents:
        return Loaded(None, found.problems, found.sources)
    result, wrong = declared(found, Asked(environment, variables, var_files, environ))
    problems = found.problems + wrong
    made = None
    if _may_be_evaluated(problems):
        names = {problem.address for problem in problems if problem.is_error and problem.address}
        made, wrong = desired(found, result, names, now)
        problems += wrong
    problems = sorted(_each_once(problems), key=_Place(found.sources))
    return Loaded(
        None if errors_in(problems) else made,
        problems,
        quotable(found.sources, result),
        result.variables,
        result.chosen.owns_backend,
    )


def _may_be_evaluated(problems: Iterable[Diagnostic]) -> bool:
    """What is wrong with a single entry does not hide what is wrong with the others."""
    return all(problem.address for problem in problems if problem.is_error)


def _each_once(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The instances of an entry, and entries with the same anchor, share what is wrong with them."""
    found: dict[object, Diagnostic] = {}
    for problem in problems:
        found.setdefault((problem.code, problem.summary, problem.span), problem)
    return list(found.values())


class _Place:
    """In the order of the files and the places in them; what has no place comes first."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._rank = {name: rank for rank, name in enumerate(sources)}

    def __call__(self, problem: Diagnostic) -> tuple[int, int, int]:
        span = problem.span
        return (-1, 0, 0) if span is None else (self._rank.get(span.file, -1), span.line, span.column)
