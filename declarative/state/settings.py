"""Checks what a backend was given: names, types, and that no credential stands in a file or argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declarative.diagnostics import Diagnostic, Refused, Span, did_you_mean
from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Known:
    """What one backend may be given. `secrets`: settings that belong in the environment, and how they are
    called there."""

    texts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return self.texts | self.numbers


def checked(kind: str, given: Mapping[str, Json], known: Known, span: Span | None) -> dict[str, Any]:
    """The settings, numbers as numbers. Raises Refused with every problem."""
    problems = list(_problems(kind, given, known, span))
    if problems:
        raise Refused(problems)
    return {name: float(str(item)) if name in known.numbers else item for name, item in given.items()}


def _problems(kind: str, given: Mapping[str, Json], known: Known, span: Span | None) -> Iterator[Diagnostic]:
    for name, item in given.items():
        if name in known.secrets:
            yield _secret(kind, name, known.secrets[name], span)
        elif name not in known.names:
            yield _unknown(kind, name, known, span)
        elif name in known.numbers and not _is_count(item):
            summary = f"backend.{kind}.{name} is not a number of seconds or times"
            yield Diagnostic("backend_setting", summary, span=span)
        elif name in known.texts and not (isinstance(item, str) and item and item.isprintable()):
            yield Diagnostic("backend_setting", f"backend.{kind}.{name} is not a text", span=span)


def _is_count(item: Json) -> bool:
    text = str(item)
    return not isinstance(item, bool) and text.replace(".", "", 1).isdecimal() and len(text) < 10


def _secret(kind: str, name: str, where: str, span: Span | None) -> Diagnostic:
    summary = f"backend.{kind}.{name} is a credential and may not be written down"
    detail = "Files are committed, and command lines are seen by every process and log."
    return Diagnostic(
        "backend_secret", summary, detail, f"Set {where} in the environment instead.", span=span
    )


def _unknown(kind: str, name: str, known: Known, span: Span | None) -> Diagnostic:
    hint = did_you_mean(name, known.names)
    if not hint:
        hint = f"Known are {', '.join(sorted(known.names))}." if known.names else "It has no settings."
    return Diagnostic("backend_setting", f"backend.{kind} has no setting {name!r}", hint=hint, span=span)
