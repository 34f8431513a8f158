"""Entries -> instances: `for_each` expanded, every key but `input` evaluated, `enabled` asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from declarative.config import cycles
from declarative.config.entries import Entry
from declarative.config.parts import Part
from declarative.config.references import Use, uses
from declarative.config.scope import Each, Entries, Executions, Scope
from declarative.config.settling import Values, addressed, entry_values
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.address import Address
from declarative.model.json import Json

PROBLEMS_MAX = 20
"""Of one entry: ten thousand instances make the same mistake."""
_APART = frozenset({"input", "for_each"})


@dataclass(frozen=True, slots=True)
class Expanded:
    """`keys`: all that `for_each` makes, None without one. `instances`: those that are enabled, each with the
    keys of the entry as they are for it; where they do not depend on the instance, all share one object."""

    entry: Entry
    keys: Mapping[str, Json] | None
    instances: tuple[tuple[Each | None, Values], ...]


@dataclass(slots=True)
class Expansion:
    """`scope` has neither instance nor executions. Entries in `failed`, and those that take their keys from
    them, are left out: what is wrong with them is in `problems`, or was known before."""

    scope: Scope
    now: float
    failed: set[str]
    found: dict[str, Expanded] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    keys: dict[str, Mapping[str, Json] | None] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)

    def all(self, entries: Mapping[str, Entry]) -> None:
        """Expands every entry, upstreams of a `for_each` first; `found` is in the order of the file."""
        moving = ((name, entry) for name, entry in entries.items() if entry.parts)
        sources = {name: used for name, entry in moving if (used := _sources(entry, entries))}
        circles = cycles.problems(
            {name: {needed: use.span for needed, use in used.items()} for name, used in sources.items()},
            "takes its keys from",
        )
        self.problems += circles
        self.failed |= {name for name in sources if circles}
        for name in _in_order(entries, {} if circles else sources):
            if name in self.failed or not self.failed.isdisjoint(sources.get(name, ())):
                self.failed.add(name)
            else:
                self._expand(entries[name])
        self.found = {name: self.found[name] for name in entries if name in self.found}

    def _expand(self, entry: Entry) -> None:
        if entry.constants.get("enabled") is False:
            self.disabled.add(entry.name)
            self.found[entry.name] = Expanded(entry, None, ())
            return
        keys, problems = self._keys(entry)
        found: list[tuple[Each | None, Values]] = []
        if not errors_in(problems):
            eaches = [None] if keys is None else [Each(key, value) for key, value in keys.items()]
            found, wrong = self._instances(entry, eaches)
            problems = [*problems, *wrong]
        self.problems += addressed(problems, entry.name)
        if errors_in(problems):
            self.failed.add(entry.name)
        else:
            self._add(entry, keys, found)

    def _add(
        self, entry: Entry, keys: dict[str, Json] | None, found: list[tuple[Each | None, Values]]
    ) -> None:
        enabled = tuple((each, values) for each, values in found if values.get("enabled", True))
        self.found[entry.name] = Expanded(entry, keys, enabled)
        if keys is not None:
            self.keys[entry.name] = {each.key: each.value for each, _ in enabled if each is not None}
        elif enabled:
            self.keys[entry.name] = None
        else:
            self.disabled.add(entry.name)

    def _keys(self, entry: Entry) -> tuple[dict[str, Json] | None, list[Diagnostic]]:
        placed = entry.own("for_each")
        if placed is None:
            return None, []
        # Dates and matrices take imports that most configurations do not need.
        from declarative.config import foreach

        executions = Executions(Entries(self.keys, self.disabled))
        scope = replace(self.scope, executions=executions)
        return foreach.expand(placed.value, placed.path, placed.document, scope, self.now)

    def _instances(
        self, entry: Entry, eaches: Iterable[Each | None]
    ) -> tuple[list[tuple[Each | None, Values]], list[Diagnostic]]:
        moving = [part for part in entry.parts if part.where not in _APART]
        if not moving:
            return [(each, entry.constants) for each in eaches], []
        if not any(part.reads("each") for part in moving):
            values, wrong = entry_values(entry, moving, self.scope)
            return [(each, values) for each in eaches], wrong
        return self._each_alone(entry, moving, eaches)

    def _each_alone(
        self, entry: Entry, moving: list[Part], eaches: Iterable[Each | None]
    ) -> tuple[list[tuple[Each | None, Values]], list[Diagnostic]]:
        found: list[tuple[Each | None, Values]] = []
        problems: list[Diagnostic] = []
        for each in eaches:
            values, wrong = entry_values(entry, moving, replace(self.scope, each=each))
            found.append((each, values))
            problems += addressed(wrong, str(Address(entry.name, each.key if each else None)))
            if len(problems) >= PROBLEMS_MAX:
                break
        return found, problems


def _sources(entry: Entry, entries: Collection[str]) -> dict[str, Use]:
    """The entries whose keys a `for_each` is made of; any of them, where their name is computed."""
    found: dict[str, Use] = {}
    for use in uses(entry.part("for_each")):
        if use.name[0] == "executions":
            named = (
                [use.name[1]] if use.name[1] != "*" else [other for other in entries if other != entry.name]
            )
            for name in named:
                found.setdefault(name, use)
    return {name: use for name, use in found.items() if name in entries}


def _in_order(entries: Iterable[str], sources: Mapping[str, Mapping[str, Use]]) -> list[str]:
    """As in the file, but after what they take their keys from."""
    later = [name for name in TopologicalSorter(sources).static_order() if name in sources]
    return [*(name for name in entries if name not in sources), *later]
