"""The order of entries: whoever is read or waited for comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from declarative.model.address import Address
from declarative.model.desired import Instance


def upstream_entries(instances: Iterable[Instance]) -> dict[str, set[str]]:
    """Entry -> the entries it depends on, by its expressions and by `depends_on`."""
    found: dict[str, set[str]] = {}
    for instance in instances:
        needs = found.setdefault(instance.address.name, set())
        if instance.reads:
            needs.update(instance.reads)
        if instance.depends_on:
            needs.update(dependency.name for dependency in instance.depends_on)
    return found


def in_order(instances: Mapping[Address, Instance]) -> list[Instance]:
    """Upstreams first, else as declared. The reading room has refused cycles already."""
    upstreams = upstream_entries(instances.values())
    if not any(upstreams.values()):
        return list(instances.values())
    ranks = _ranks(upstreams)
    return sorted(instances.values(), key=lambda instance: ranks[instance.address.name])


def _ranks(upstreams: Mapping[str, set[str]]) -> dict[str, int]:
    """How far from the beginning an entry is; a stable sort by it keeps the order of the file."""
    ranks: dict[str, int] = {}
    for name in TopologicalSorter(upstreams).static_order():
        ranks[name] = 1 + max((ranks[needed] for needed in upstreams.get(name, ())), default=-1)
    return ranks
