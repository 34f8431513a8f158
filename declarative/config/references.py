"""Which names the entries use, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from declarative.config import views
from declarative.config.entries import Defaults, Entry
from declarative.config.merge import Placed
from declarative.config.parts import Part
from declarative.config.positions import name_span
from declarative.config.scope import Entries
from declarative.config.template import Leaf, Reference, Template
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic, Span
from declarative.model.address import NAME
from declarative.model.desired import Dependency, InputPath, Need


class Use(NamedTuple):
    """One name in one leaf of a template."""

    template: Template
    leaf: Leaf
    name: Reference

    def span(self) -> Span:
        using = (expression for expression in self.leaf.expressions if self.name in expression.names)
        return self.template.expression_span(self.leaf, next(using))


def uses(part: Part | None) -> Iterator[Use]:
    if part is not None and part.template is not None:
        for leaf in part.template.leaves:
            for name in leaf.names:
                yield Use(part.template, leaf, name)


def unknown_names(
    part: Part, variables: Variables, entries: Entries, address: str | None = None
) -> Iterator[Diagnostic]:
    """What is not declared at all, whether or not an evaluation would come to it. Only names count."""
    for use in uses(part):
        match use.name:
            case ("var", name) if name != "*" and name not in variables.values:
                fault = views.absent_variable(name, variables)
            case ("executions", name, _) if name != "*" and name not in entries.keys:
                fault = views.absent_entry(name, entries)
            case _:
                continue
        yield Diagnostic(fault.code, fault.summary, hint=fault.hint, address=address, span=use.span())


def reads(part: Part | None) -> dict[str, Use]:
    """Entry -> where an input reads more of it than its keys, which are known before anything runs."""
    found: dict[str, Use] = {}
    for use in uses(part):
        if use.name[0] == "executions" and use.name[1] != "*" and use.name[2] != "keys":
            found.setdefault(use.name[1], use)
    return found


def result_paths(part: Part | None, names: Iterable[str]) -> dict[str, frozenset[InputPath]]:
    """By entry, the paths of its result that are read; a computed name may be any of `names`."""
    found: dict[str, frozenset[InputPath]] = {}
    for name, path in part.template.results if part and part.template else ():
        for one in names if name == "*" else (name,):
            found[one] = found.get(one, frozenset()) | {path}
    return found


@dataclass(slots=True)
class Dependencies:
    """`depends_on` of one entry after another. `known` is None while a file could not be read."""

    known: Entries | None
    common: Defaults
    problems: list[Diagnostic] = field(default_factory=list)
    _shared: tuple[Dependency, ...] | None = None

    def of(self, entry: Entry) -> tuple[Dependency, ...]:
        if "depends_on" not in entry.constants:
            return ()
        own = entry.own("depends_on")
        if own is not None:
            return self._read(own, entry.name)
        if self._shared is None:
            self._shared = self._read(self.common.placed["depends_on"], None)
        # The entry that all others wait for has the same defaults.
        return tuple(needed for needed in self._shared if needed.name != entry.name)

    def _read(self, placed: Placed, address: str | None) -> tuple[Dependency, ...]:
        found = tuple(_dependencies(placed))
        for needed in found:
            if self.known is not None and needed.name not in self.known.keys:
                fault = views.absent_entry(needed.name, self.known)
                self.problems.append(
                    Diagnostic(fault.code, fault.summary, hint=fault.hint, address=address, span=needed.span)
                )
        return found


def _dependencies(placed: Placed) -> Iterator[Dependency]:
    """Whatever has the wrong shape was named already."""
    if isinstance(placed.value, dict):
        for name, need in placed.value.items():
            if isinstance(need, str) and need in set(Need) and NAME.match(name):
                yield Dependency(name, Need(need), name_span(placed.document, (*placed.path, name)))
    elif isinstance(placed.value, list):
        for index, item in enumerate(placed.value):
            if isinstance(item, str) and NAME.match(item):
                yield Dependency(item, Need.FINISHED, name_span(placed.document, (*placed.path, index)))
