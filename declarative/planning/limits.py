"""How many may run at once: starts beyond a limit are held, never dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Desired
from declarative.model.observed import Observed
from declarative.model.record import Record


@dataclass(slots=True)
class _Slots:
    """What is taken now; a start takes one of each kind that applies to it."""

    entries: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    providers: Counter[str] = field(default_factory=Counter)

    def take(self, name: str, group: str | None, provider: str) -> None:
        self.entries[name] += 1
        self.providers[provider] += 1
        if group is not None:
            self.groups[group] += 1


def hold_back(
    changes: Iterable[Change],
    desired: Desired,
    records: Mapping[Address, Record],
    observed: Observed,
) -> list[Change]:
    """Walks in plan order, so that the first declared go first. A re-run takes the slot of the one it stops;
    `start_first` may exceed its limits by one, because it would otherwise wait for itself."""
    slots = _taken(desired, records, observed)
    limits = _provider_limits(desired, observed)
    return [_held(change, desired, slots, limits) for change in changes]


def _taken(desired: Desired, records: Mapping[Address, Record], observed: Observed) -> _Slots:
    slots = _Slots()
    for address, record in records.items():
        instance = desired.instances.get(address)
        group = instance.policies.group if instance else None
        if record.pending is not None:
            slots.take(address.name, group, record.pending.provider)
        if record.current is not None and record.current.outcome is None:
            slots.take(address.name, group, record.current.provider)
    ours = {record.current.id for record in records.values() if record.current is not None}
    for (provider, _), executions in observed.unmanaged.items():
        slots.providers[provider] += sum(1 for execution in executions if execution.id not in ours)
    return slots


def _provider_limits(desired: Desired, observed: Observed) -> dict[str, int]:
    return {
        observed.identities[alias]: settings.max_active
        for alias, settings in desired.providers.items()
        if settings.max_active is not None and alias in observed.identities
    }


def _held(change: Change, desired: Desired, slots: _Slots, limits: Mapping[str, int]) -> Change:
    if change.gate is not Gate.READY or change.action not in (Action.START, Action.AGAIN):
        return change
    assert change.start is not None
    policies, provider = change.start.policies, change.start.provider
    code = _exceeded(
        change.address.name, policies.max_active, policies.group, provider, desired, slots, limits
    )
    if code is not None:
        return replace(change, gate=Gate.HELD, gate_code=code, gate_reason=_WORDS[code])
    slots.take(change.address.name, policies.group, provider)
    return change


def _exceeded(
    name: str,
    max_active: int | None,
    group: str | None,
    provider: str,
    desired: Desired,
    slots: _Slots,
    limits: Mapping[str, int],
) -> Code | None:
    if max_active is not None and slots.entries[name] >= max_active:
        return Code.MAX_ACTIVE
    if group is not None and group in desired.groups and slots.groups[group] >= desired.groups[group]:
        return Code.GROUP_LIMIT
    if provider in limits and slots.providers[provider] >= limits[provider]:
        return Code.PROVIDER_LIMIT
    return None


_WORDS = {
    Code.MAX_ACTIVE: "max_active of its entry is reached",
    Code.GROUP_LIMIT: "max_active of its group is reached",
    Code.PROVIDER_LIMIT: "max_active of its provider is reached",
}
