"""Several files -> one configuration: maps are joined, and a name given twice is shown at both places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from declarative.config.positions import name_span
from declarative.diagnostics import Diagnostic, Note, Span
from declarative.model.desired import InputPath
from declarative.model.json import Json
from declarative.source import Document

ONCE = ("version", "name", "backend", "defaults")
"""Keys that stand in one file only."""
MAPS = ("providers", "environments", "workflows", "variables", "groups", "outputs", "safety")


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and where it stands."""

    value: Json
    document: Document
    path: InputPath

    def span(self, *inner: str | int, key: bool = False) -> Span:
        return self.document.span((*self.path, *inner), key)

    def inside(self, key: str) -> Placed | None:
        if not isinstance(self.value, dict) or key not in self.value:
            return None
        return Placed(self.value[key], self.document, (*self.path, key))

    def members(self, *keys: str) -> dict[str, Placed]:
        """The keys of a mapping, or of a mapping inside of it; none where there is no mapping."""
        if keys:
            inner = self.inside(keys[0])
            return inner.members(*keys[1:]) if inner else {}
        names = self.value if isinstance(self.value, dict) else {}
        return {name: Placed(value, self.document, (*self.path, name)) for name, value in names.items()}


@dataclass(slots=True)
class Joined:
    """All files as one. `once` lacks what no file has; `maps` has every one of MAPS."""

    once: dict[str, Placed] = field(default_factory=dict)
    maps: dict[str, dict[str, Placed]] = field(default_factory=lambda: {name: {} for name in MAPS})
    executions: dict[str, Document] = field(default_factory=dict)
    """By entry, the file it stands in, under `executions`."""


def join(documents: Iterable[Document]) -> tuple[Joined, list[Diagnostic]]:
    """The documents have the right shape already. Of two equal names the first one holds."""
    joined, problems = Joined(), []
    for document in documents:
        content = document.value if isinstance(document.value, dict) else {}
        problems += _join_once(joined, document, content)
        for section, known in joined.maps.items():
            problems += _join_map(known, document, section, content.get(section))
        problems += _join_executions(joined.executions, document, content.get("executions"))
    return joined, problems


def _join_once(joined: Joined, document: Document, content: dict[str, Json]) -> list[Diagnostic]:
    problems = []
    for key in ONCE:
        if key in joined.once and key in content:
            summary = f'The key "{key}" stands in one file only'
            problems.append(_twice(summary, document, (key,), joined.once[key].document))
        elif key in content:
            joined.once[key] = Placed(content[key], document, (key,))
    return problems


def _join_map(known: dict[str, Placed], document: Document, section: str, content: Json) -> list[Diagnostic]:
    problems = []
    for name, value in content.items() if isinstance(content, dict) else ():
        path = (section, name)
        if name in known:
            problems.append(_twice(f"{section}.{name} is given twice", document, path, known[name].document))
        else:
            known[name] = Placed(value, document, path)
    return problems


def _join_executions(known: dict[str, Document], document: Document, content: Json) -> list[Diagnostic]:
    """Without an object for each: there may be very many."""
    problems = []
    for name in content if isinstance(content, dict) else ():
        if name in known:
            summary = f"executions.{name} is given twice"
            problems.append(_twice(summary, document, ("executions", name), known[name], name))
        else:
            known[name] = document
    return problems


def _twice(
    summary: str, document: Document, path: InputPath, first: Document, address: str | None = None
) -> Diagnostic:
    notes = (Note("first here", name_span(first, path)),)
    return Diagnostic("duplicate_name", summary, address=address, span=name_span(document, path), notes=notes)
