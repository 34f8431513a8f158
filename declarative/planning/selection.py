"""Which addresses take part in a plan. What is left out is not touched, and never counts as gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from declarative.model.address import Address
from declarative.model.desired import Instance
from declarative.model.record import Outcome, Record

_TROUBLE = (Outcome.FAILED, Outcome.STOPPED_OUTSIDE, Outcome.LOST)


@dataclass(frozen=True, slots=True)
class Selection:
    """`targets` and `excludes` are patterns in which only `*` and `?` are special; a name alone means all its
    instances. Labels must all be there. `failed`: only what failed, was stopped from outside or is lost."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    failed: bool = False

    @property
    def is_everything(self) -> bool:
        return not (self.targets or self.excludes or self.labels or self.failed)

    def includes(self, address: Address, instance: Instance | None, record: Record | None) -> bool:
        if self.targets and not any(matches(pattern, address) for pattern in self.targets):
            return False
        if any(matches(pattern, address) for pattern in self.excludes):
            return False
        if self.labels and not self._has_labels(instance, record):
            return False
        return not self.failed or _is_in_trouble(record)

    def _has_labels(self, instance: Instance | None, record: Record | None) -> bool:
        labels = labels_of(instance, record)
        return all(labels.get(key) == value for key, value in (self.labels or {}).items())


def labels_of(instance: Instance | None, record: Record | None) -> Mapping[str, str]:
    """Those declared; of one that is gone, those recorded."""
    bound = record.current if record else None
    return instance.policies.labels if instance else bound.applied.labels if bound else {}


def matches(pattern: str, address: Address) -> bool:
    """`load`, `load["eu"]`, `load[eu]`, `load.eu`, `load[2026-11-*]`, `lo*`."""
    form = _form(pattern)
    texts = {str(address)} if address.key is None else _spellings(address)
    return any(form.fullmatch(text) for text in (*texts, address.name))


def _spellings(address: Address) -> set[str]:
    return {str(address), f"{address.name}[{address.key}]", f"{address.name}.{address.key}"}


def _form(pattern: str) -> re.Pattern[str]:
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _is_in_trouble(record: Record | None) -> bool:
    return record is not None and record.current is not None and record.current.outcome in _TROUBLE
