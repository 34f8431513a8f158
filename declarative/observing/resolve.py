"""Workflow references -> the engine's own ids, once per reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from declarative.diagnostics import Span
from declarative.model.desired import Instance
from declarative.model.observed import Resolved
from declarative.observing.calls import problem_of
from declarative.protocols import ProviderError, Reader, ResolveRequest


def resolve(instances: Iterable[Instance], readers: Mapping[str, Reader]) -> dict[tuple[str, str], Resolved]:
    """By (alias, reference). `readers`: by alias."""
    spans: dict[tuple[str, str], Span | None] = {}
    for instance in instances:
        spans.setdefault((instance.provider, instance.workflow.reference), instance.span)
    return {key: _resolved(readers, *key) for key in spans}


def lookups(resolved: Iterable[tuple[str, str]]) -> int:
    """How many of these (alias, reference) had to be looked up: a reference in braces is no id yet."""
    return sum(reference.startswith("{") for _, reference in resolved)


def _resolved(readers: Mapping[str, Reader], alias: str, reference: str) -> Resolved:
    reader = readers.get(alias)
    if reader is None:
        return Resolved(reference)
    try:
        return Resolved(reader.resolve(ResolveRequest(reference)))
    except ProviderError as error:
        return Resolved(problem=problem_of(error, "workflow_unresolved"))
