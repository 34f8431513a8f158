"""Who waits for whom: which upstream instances keep a start back, and which dependents a stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Dependency, Need
from declarative.model.record import Bound, Record
from declarative.planning.case import Condition, Verdict


@dataclass(slots=True)
class Progress:
    """How far every decided instance is; answers what a `depends_on` still waits for, once per entry."""

    reached: dict[str, list[tuple[Address, frozenset[Need], bool]]] = field(default_factory=dict)
    _unmet: dict[tuple[str, Need], tuple[tuple[Address, ...], tuple[Address, ...]]] = field(
        default_factory=dict
    )

    def note(self, address: Address, needs: frozenset[Need], blocked: bool) -> None:
        self.reached.setdefault(address.name, []).append((address, needs, blocked))

    def unmet(self, name: str, need: Need) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """(all instances of `name` that have not reached `need`, those of them that are blocked)"""
        found = self._unmet.get((name, need))
        if found is None:
            rows = [row for row in self.reached.get(name, ()) if need not in row[1]]
            found = tuple(row[0] for row in rows), tuple(row[0] for row in rows if row[2])
            self._unmet[name, need] = found
        return found

    def is_blocked(self, address: Address) -> bool:
        return any(row[2] for row in self.reached.get(address.name, ()) if row[0] == address)


def needs_reached(
    condition: Condition, bound: Bound | None, satisfied: bool, starts: bool
) -> frozenset[Need]:
    """Which of the three needs of a dependent an instance fulfils now."""
    reached = set()
    if satisfied:
        reached.add(Need.FINISHED)
    if condition is Condition.FINISHED or (condition.is_active and bound is not None and bound.was_running):
        reached.add(Need.ACTIVE)
    if condition.has_ended and not starts:
        reached.add(Need.SETTLED)
    return frozenset(reached)


def wait_for_upstreams(
    verdict: Verdict, depends_on: Iterable[Dependency], progress: Progress
) -> tuple[Verdict, tuple[Address, ...]]:
    """A start that may go is deferred while an upstream has not come far enough."""
    if not verdict.action.starts or verdict.gate is not Gate.READY or verdict.code is Code.STOPPING:
        return verdict, ()
    waits: list[Address] = []
    culprits: list[Address] = []
    for dependency in depends_on:
        unmet, blocked = progress.unmet(dependency.name, dependency.need)
        waits.extend(unmet)
        culprits.extend(blocked)
    if culprits:
        return verdict.deferred(Code.UPSTREAM_BLOCKED), tuple(culprits)
    return (verdict.deferred(Code.UPSTREAM), tuple(waits)) if waits else (verdict, ())


def dependents_stop_first(changes: list[Change], records: Mapping[Address, Record]) -> list[Change]:
    """A stop waits while something that depended on it is being stopped in the same plan."""
    stopping = {change.address for change in changes if change.action.stops and change.gate is Gate.READY}
    waiting_for: dict[str, list[Address]] = {}
    for address in stopping:
        bound = records[address].current if address in records else None
        for needed in bound.depended_on if bound else ():
            waiting_for.setdefault(needed, []).append(address)
    if not waiting_for:
        return changes
    return [_after_dependents(change, waiting_for) for change in changes]


def _after_dependents(change: Change, waiting_for: Mapping[str, list[Address]]) -> Change:
    if not (change.action is Action.STOP or change.action is Action.RERUN) or change.gate is not Gate.READY:
        return change
    found = {*waiting_for.get(str(change.address), ()), *waiting_for.get(change.address.name, ())}
    dependents = tuple(sorted(found - {change.address}, key=lambda address: address.sort_key))
    if not dependents:
        return change
    names = ", ".join(map(str, dependents[:3]))
    return replace(
        change,
        gate=Gate.DEFERRED,
        gate_code=Code.DEPENDENTS_FIRST,
        gate_reason=f"{names} depends on it and is stopped first",
        by=dependents,
    )
