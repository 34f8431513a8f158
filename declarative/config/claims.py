"""What only one instance can claim: the address that it had before, the execution that it adopts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from declarative.config.entries import Entry
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.desired import Instance


def problems(instances: Mapping[Address, Instance], entries: Mapping[str, Entry]) -> Iterator[Diagnostic]:
    declared: set[str] | None = None
    old: dict[str, Instance] = {}
    adopted: dict[str, Instance] = {}
    for instance in instances.values():
        if instance.moved_from is not None:
            declared = declared or {str(address) for address in instances}
            if summary := _moved(instance, instance.moved_from, old, declared):
                yield _problem("moved_from", summary, instance, entries)
        if instance.adopt is not None:
            first = adopted.setdefault(f"{instance.provider} {instance.adopt}", instance)
            if first is not instance:
                summary = f"{first.address} and {instance.address} both adopt {instance.adopt}"
                yield _problem("adopt", summary, instance, entries)


def _moved(instance: Instance, before: str, old: dict[str, Instance], declared: set[str]) -> str:
    first = old.setdefault(before, instance)
    if first is not instance:
        return f"{first.address} and {instance.address} both say that they were {before}"
    return f"{before} is still declared: nothing has moved from it" if before in declared else ""


def _problem(key: str, summary: str, instance: Instance, entries: Mapping[str, Entry]) -> Diagnostic:
    placed = entries[instance.address.name].own(key)
    span = placed.span() if placed else instance.span
    return Diagnostic(key, summary, address=str(instance.address), span=span)
