"""`moved_from`: a record follows its declaration to a new address, so that a rename starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.model.address import Address, parse
from declarative.model.desired import Instance
from declarative.model.record import Record
from declarative.model.state import State


def renamed(state: State, instances: Mapping[Address, Instance]) -> tuple[State, Mapping[Address, Address]]:
    """The state with records under their new addresses, and new -> old for each that moved."""
    moved = {
        address: old
        for address, instance in instances.items()
        if instance.moved_from is not None
        and address not in state.records
        and (old := parse(instance.moved_from)) in state.records
        and old not in instances
    }
    if not moved:
        return state, {}
    gone = set(moved.values())
    records: dict[Address, Record] = {
        address: record for address, record in state.records.items() if address not in gone
    }
    records |= {address: state.records[old] for address, old in moved.items()}
    return replace(state, records=records), moved
