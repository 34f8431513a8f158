"""The plan: one frozen value that a person approves and the executor obeys."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.change import Action, Change, Gate


@dataclass(frozen=True)
class Plan:
    """Every address, whether it changes or not, in the order in which it may be carried out.

    `made_at`: epoch seconds. `calls`: calls made to engines while observing. `complete`: false when
    something could not be read. `left_out`: addresses that the selection excluded. `today`: the day that
    `today` meant (ISO 8601), so that a saved plan means the same tomorrow.
    """

    name: str
    environment: str
    lineage: str
    serial: int
    made_at: float
    changes: tuple[Change, ...]
    destroy: bool = False
    calls: int = 0
    complete: bool = True
    left_out: int = 0
    today: str = ""
    acted: str = ""
    warnings: tuple[Diagnostic, ...] = ()

    @cached_property
    def by_address(self) -> dict[Address, tuple[Change, ...]]:
        found: dict[Address, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.address, []).append(change)
        return {address: tuple(changes) for address, changes in found.items()}

    @cached_property
    def counts(self) -> Counter[tuple[Action, Gate]]:
        return Counter((change.action, change.gate) for change in self.changes)

    @property
    def has_changes(self) -> bool:
        """Whether anything is to be done, deferred, held or blocked; in progress alone is nothing."""
        return any(
            change.action is not Action.NONE or change.gate is not Gate.READY for change in self.changes
        )

    @property
    def is_applyable(self) -> bool:
        return any(change.is_ready for change in self.changes)
