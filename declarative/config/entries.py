"""The entries of `executions`, each joined with the defaults; expressions compiled, nothing evaluated yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from declarative.config import parts
from declarative.config.merge import Placed
from declarative.config.parts import Part
from declarative.config.positions import name_span
from declarative.config.scanner import holds
from declarative.config.shape import may_hold_expressions
from declarative.diagnostics import Diagnostic, Span
from declarative.model.json import Json
from declarative.source import Document

ALLOWED: Mapping[str, Collection[str]] = {
    "input": parts.ALL,
    "description": parts.ALL,
    "for_each": parts.KEYS,
}
"""By key, the names that its expressions may use; else parts.INSTANCE."""
_LITERAL = frozenset({"depends_on"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `constants`: keys that are as they are written. `parts`: keys that hold `${`, in the order
    in which they apply; `labels` may come twice, for they join."""

    name: str
    document: Document
    constants: Mapping[str, Json]
    parts: tuple[Part, ...] = ()

    @property
    def span(self) -> Span:
        return name_span(self.document, ("executions", self.name))

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.where == key), None)

    def has(self, key: str) -> bool:
        return key in self.constants or self.part(key) is not None

    def own(self, key: str) -> Placed | None:
        """Where the entry itself, not the defaults, says something on `key`."""
        said = written(self.document, self.name)
        return Placed(said[key], self.document, ("executions", self.name, key)) if key in said else None

    @property
    def templates(self) -> Iterator[Part]:
        return (part for part in self.parts if part.template is not None)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where an entry says nothing. `placed` has all of it, `constants` and `parts` as in Entry."""

    placed: Mapping[str, Placed] = field(default_factory=dict)
    constants: Mapping[str, Json] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)


def written(document: Document, name: str) -> Mapping[str, Json]:
    """An entry as its file has it; empty where it is not even a mapping."""
    content = document.value.get("executions") if isinstance(document.value, dict) else None
    own = content.get(name) if isinstance(content, dict) else None
    return own if isinstance(own, dict) else {}


def defaults(placed: Mapping[str, Placed]) -> tuple[Defaults, list[Diagnostic]]:
    constants = {key: item.value for key, item in placed.items() if not _is_dynamic(key, item.value)}
    found = {key: _part(key, item) for key, item in placed.items() if key not in constants}
    problems = [problem for _, wrong in found.values() for problem in wrong]
    return Defaults(placed, constants, {key: part for key, (part, _) in found.items()}), problems


def entries(declared: Mapping[str, Document], common: Defaults) -> tuple[dict[str, Entry], list[Diagnostic]]:
    """All entries, with everything that is wrong with the text of their expressions."""
    documents = {id(document): document for document in declared.values()}
    plain = {number: not may_hold_expressions(document) for number, document in documents.items()}
    found: dict[str, Entry] = {}
    problems: list[Diagnostic] = []
    for name, document in declared.items():
        own = written(document, name)
        dynamic = [] if plain[id(document)] else [key for key in own if _is_dynamic(key, own[key])]
        if dynamic or common.parts:
            found[name], wrong = _with_expressions(name, document, own, dynamic, common)
            problems += [replace(problem, address=name) for problem in wrong]
        else:
            found[name] = Entry(name, document, _joined(common.constants, own))
    return found, problems


def _is_dynamic(key: str, value: Json) -> bool:
    return key not in _LITERAL and holds(value)


def _joined(common: Mapping[str, Json], own: Mapping[str, Json]) -> Mapping[str, Json]:
    """The entry wins; labels join."""
    if not common:
        return own
    joined = {**common, **own}
    shared, labels = common.get("labels"), own.get("labels")
    if isinstance(shared, dict) and isinstance(labels, dict):
        joined["labels"] = {**shared, **labels}
    return joined


def _with_expressions(
    name: str, document: Document, own: Mapping[str, Json], dynamic: list[str], common: Defaults
) -> tuple[Entry, list[Diagnostic]]:
    dynamic = [*dynamic, *(key for key in common.parts if key not in own)]
    if "labels" in common.parts and "labels" not in dynamic:
        dynamic.append("labels")
    constants = {key: value for key, value in _joined(common.constants, own).items() if key not in dynamic}
    made: list[Part] = []
    problems: list[Diagnostic] = []
    for key in dynamic:
        if key in common.placed and (key not in own or key == "labels"):
            made.append(common.parts.get(key) or Part(key, common.placed[key], common.placed[key].value))
        if key in own:
            part, wrong = _part(key, Placed(own[key], document, ("executions", name, key)))
            made.append(part)
            problems += wrong
    return Entry(name, document, constants, tuple(made)), problems


def _part(key: str, placed: Placed) -> tuple[Part, list[Diagnostic]]:
    return parts.compiled(key, placed, ALLOWED.get(key, parts.INSTANCE))
