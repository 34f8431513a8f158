"""The files of a folder -> Desired, or where its state is kept, or everything that is wrong with them.

The reading room's way in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from declarative.config import files, sections
from declarative.config.declared import Asked, Declared, declared, noted
from declarative.config.desire import desired
from declarative.config.folder import Folder
from declarative.config.quoting import quotable
from declarative.config.references import uses
from declarative.config.scope import Scope
from declarative.config.variables import MISSING_VALUE, Variables
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.desired import Desired, Home


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


@dataclass(frozen=True, slots=True)
class LoadedHome:
    """As Loaded, of what tells where state is kept. `home` is None exactly where there is an error."""

    home: Home | None
    diagnostics: list[Diagnostic]
    sources: Mapping[str, str]
    variables: Variables = field(default_factory=Variables)


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


def load_home(directory: str, asked: Asked) -> LoadedHome:
    """Evaluates nothing but the backend: a variable that only the executions need may have no value."""
    found = files.read(directory)
    if not found.documents:
        return LoadedHome(None, found.problems, found.sources)
    result, wrong = declared(found, asked)
    problems = [*found.problems, *_without_unneeded(wrong, result)]
    home = None
    if not errors_in(problems):
        home = noted(problems, _home(found, result))
    problems = sorted(_each_once(problems), key=_Place(found.sources))
    return LoadedHome(
        None if errors_in(problems) else home, problems, quotable(found.sources, result), result.variables
    )


def _home(found: files.Files, result: Declared) -> tuple[Home, list[Diagnostic]]:
    chosen, name = result.chosen, result.joined.once.get("name")
    scope = Scope(result.variables, chosen.name, Folder(found.root))
    backend, wrong = sections.backend(result.sections, scope)
    named = str(name.value) if name else ""
    return Home(str(found.root), named, chosen.name, backend, chosen.owns_backend), wrong


def _without_unneeded(problems: Iterable[Diagnostic], result: Declared) -> list[Diagnostic]:
    """Without those of variables that have no value and that the backend does not read."""
    parts = result.sections.parts["backend"].values()
    read = {use.name[1] for part in parts for use in uses(part) if use.name[0] == "var"}
    unneeded = {
        placed.span(key=True)
        for name, placed in result.joined.maps["variables"].items()
        if not read & {name, "*"}
    }
    return [problem for problem in problems if problem.code != MISSING_VALUE or problem.span not in unneeded]


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
