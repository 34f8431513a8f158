"""What the files declare: joined, one environment chosen, expressions compiled, names checked.

Nothing is evaluated here, so that a typing error in one entry does not hide those in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from declarative.config import (
    cycles,
    entries,
    environments,
    given,
    merge,
    outputs,
    references,
    sections,
    shape,
)
from declarative.config.entries import Defaults, Entry
from declarative.config.environments import Chosen
from declarative.config.files import Files
from declarative.config.merge import Joined
from declarative.config.parts import Part
from declarative.config.references import Dependencies
from declarative.config.scope import Entries
from declarative.config.sections import Sections
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic, Span, errors_in
from declarative.model.desired import Dependency

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller says beside the files. `environ`: the process's environment variables."""

    environment: str | None
    variables: Mapping[str, str]
    var_files: Sequence[str]
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Declared:
    """`depends_on`: by entry. `variables` are empty where they could not be told."""

    joined: Joined
    chosen: Chosen
    common: Defaults
    entries: Mapping[str, Entry]
    outputs: Mapping[str, Part]
    sections: Sections
    depends_on: Mapping[str, tuple[Dependency, ...]]
    variables: Variables


def declared(found: Files, asked: Asked) -> tuple[Declared, list[Diagnostic]]:
    """Everything that can be told without evaluating; the problems of reading `found` are not repeated."""
    problems = [problem for document in found.documents for problem in shape.check(document)]
    is_shaped = not errors_in(problems)
    joined = noted(problems, merge.join(found.documents))
    chosen, unclear = environments.choose(joined, asked.environment, asked.environ)
    problems += unclear
    common = noted(problems, entries.defaults(chosen.defaults))
    compiled = noted(problems, entries.entries(joined.executions, common))
    result = Declared(
        joined,
        chosen,
        common,
        compiled,
        noted(problems, outputs.compiled(joined.maps["outputs"])),
        noted(problems, sections.compiled(joined, chosen)),
        noted(problems, _depends_on(compiled, common, found.is_complete)),
        noted(problems, _variables(joined, chosen, asked)) if is_shaped and not unclear else Variables(),
    )
    if found.is_complete:
        problems += _missing_version(found, joined)
        problems += _unknown_names(result)
    problems += cycles.problems(_edges(result))
    return result, problems


def noted(problems: list[Diagnostic], answer: tuple[T, list[Diagnostic]]) -> T:
    """The answer; what is wrong with it goes to the others."""
    value, wrong = answer
    problems += wrong
    return value


def _depends_on(
    compiled: Mapping[str, Entry], common: Defaults, is_complete: bool
) -> tuple[dict[str, tuple[Dependency, ...]], list[Diagnostic]]:
    known = Entries(dict.fromkeys(compiled)) if is_complete else None
    dependencies = Dependencies(known, common)
    found = {name: needs for name, entry in compiled.items() if (needs := dependencies.of(entry))}
    return found, dependencies.problems


def _variables(joined: Joined, chosen: Chosen, asked: Asked) -> tuple[Variables, list[Diagnostic]]:
    declared_there = joined.maps["variables"]
    return given.resolved(declared_there, chosen.variables, asked.variables, asked.var_files, asked.environ)


def _missing_version(found: Files, joined: Joined) -> Iterator[Diagnostic]:
    if "version" not in joined.once and all(isinstance(doc.value, dict | None) for doc in found.documents):
        span = found.documents[0].span()
        yield Diagnostic("missing_key", 'The key "version" is missing', hint="Write version: 1.", span=span)


def _unknown_names(result: Declared) -> Iterator[Diagnostic]:
    variables = Variables(dict.fromkeys(result.joined.maps["variables"]))
    known = Entries(dict.fromkeys(result.entries))
    for part in _common_parts(result):
        yield from references.unknown_names(part, variables, known)
    for entry in result.entries.values():
        for part in entry.templates:
            if part.placed.path[0] == "executions":
                yield from references.unknown_names(part, variables, known, entry.name)


def _common_parts(result: Declared) -> Iterator[Part]:
    yield from result.common.parts.values()
    yield from result.outputs.values()
    for parts in result.sections.parts.values():
        yield from parts.values()


def _edges(result: Declared) -> dict[str, dict[str, Callable[[], Span | None]]]:
    """Who waits for whom while things run, by `depends_on` or by reading more than keys."""
    edges: dict[str, dict[str, Callable[[], Span | None]]] = {}
    for name, entry in result.entries.items():
        if not entry.parts and name not in result.depends_on:
            continue
        needed = {
            dependency.name: partial(_place, dependency) for dependency in result.depends_on.get(name, ())
        }
        used = {upstream: use.span for upstream, use in references.reads(entry.part("input")).items()}
        if needed or used:
            edges[name] = {**used, **needed}
    return edges


def _place(dependency: Dependency) -> Span | None:
    return dependency.span
