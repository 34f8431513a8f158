"""What of a plan is shown, and what is only counted: alike instances of one entry are folded into one block.

Made from a plan, or from a document that was saved; both ways give the same outline. Entries are only built
for what is shown, so that a plan of ten thousand costs what its blocks cost.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from declarative.model.change import Action, Change, Code, Gate
from declarative.model.json import Json
from declarative.model.plan import Plan
from declarative.render.dump import JsonObject
from declarative.render.entry import brief_entry, change_entry
from declarative.render.outputs import PlannedOutputs, output_changes
from declarative.render.reading import number_at, object_at, objects_at, text_at
from declarative.render.summary import summarize

_T = TypeVar("_T")

FULL_BLOCKS_MAX = 50
"""Further blocks take one line each: nothing is left out, and ten thousand entries stay readable."""


@dataclass(frozen=True, slots=True)
class Block:
    """One entry in full, and how many more are like it."""

    entry: JsonObject
    more: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """A note on an address that nothing else is said about."""

    address: str
    text: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    name: str
    environment: str
    blocks: tuple[Block, ...]
    remarks: tuple[Remark, ...]
    summary: Mapping[str, int]
    outputs: JsonObject
    complete: bool = True
    destroy: bool = False
    left_out: int = 0

    @property
    def has_changes(self) -> bool:
        return bool(self.blocks)


def outline_of_plan(plan: Plan, outputs: PlannedOutputs | None = None, *, verbose: bool = False) -> Outline:
    """`verbose` folds nothing."""
    ready = [c for c in plan.changes if c.gate is Gate.READY and c.action is not Action.NONE]
    waiting = [c for c in plan.changes if c.gate is not Gate.READY]
    quiet = [c for c in plan.changes if _is_remark(c)]
    return Outline(
        plan.name,
        plan.environment,
        _blocks([*ready, *waiting], verbose),
        _remarks(map(change_entry, quiet), verbose),
        summarize(plan.changes),
        output_changes(outputs or {}),
        plan.complete,
        plan.destroy,
        plan.left_out,
    )


def outline_of_document(document: Mapping[str, Json], *, verbose: bool = False) -> Outline:
    entries = objects_at(document, "resource_changes")
    acting = [entry for entry in entries if object_at(entry, "declarative").get("action") != "none"]
    quiet = [entry for entry in entries if object_at(entry, "declarative").get("action") == "none"]
    shown = acting + [
        object_at(waiting, "resource_change") for waiting in objects_at(document, "deferred_changes")
    ]
    summary = object_at(document, "summary")
    return Outline(
        text_at(document, "name"),
        text_at(document, "environment"),
        tuple(Block(entry, more) for entry, more in _folded(shown, _kind_of_entry, verbose)),
        _remarks(filter(_entry_is_remark, quiet), verbose),
        {key: number_at(summary, key) for key in summary},
        object_at(document, "output_changes"),
        document.get("complete") is True,
        document.get("destroy") is True,
        number_at(document, "left_out"),
    )


def _blocks(changes: Iterable[Change], verbose: bool) -> tuple[Block, ...]:
    folded = _folded(changes, _kind_of_change, verbose)
    full = len(folded) if verbose else FULL_BLOCKS_MAX
    return tuple(
        Block(change_entry(change) if number < full else brief_entry(change), more)
        for number, (change, more) in enumerate(folded)
    )


def _folded(found: Iterable[_T], kind: Callable[[_T], Hashable], verbose: bool) -> list[tuple[_T, int]]:
    """The first of each kind, and how many more there are."""
    firsts: dict[Hashable, _T] = {}
    more: dict[Hashable, int] = {}
    for number, item in enumerate(found):
        key = (number, kind(item)) if verbose else kind(item)
        if key in firsts:
            more[key] = more.get(key, 0) + 1
        else:
            firsts[key] = item
    return [(item, more.get(key, 0)) for key, item in firsts.items()]


def _kind_of_change(change: Change) -> Hashable:
    """Blocked ones are never folded: a person has to look at each."""
    blocked = change.address.key if change.gate is Gate.BLOCKED else None
    gate_code = None if change.gate is Gate.READY else (change.gate_code or change.code).value
    words = (change.action.value, change.code.value, change.gate.value)
    return (change.address.name, *words, gate_code, blocked)


def _kind_of_entry(entry: JsonObject) -> Hashable:
    ours = object_at(entry, "declarative")
    blocked = entry.get("index") if ours.get("gate") == Gate.BLOCKED.value else None
    words = tuple(str(ours.get(key)) for key in ("action", "code", "gate"))
    return (entry.get("name"), *words, ours.get("gate_code"), str(blocked))


def _is_remark(change: Change) -> bool:
    nothing = change.gate is Gate.READY and change.action is Action.NONE
    return nothing and bool(change.note or change.code is Code.SUSPENDED)


def _entry_is_remark(entry: JsonObject) -> bool:
    ours = object_at(entry, "declarative")
    return bool(ours.get("note")) or ours.get("code") == Code.SUSPENDED.value


def _remarks(entries: Iterable[JsonObject], verbose: bool) -> tuple[Remark, ...]:
    found: dict[Hashable, Remark] = {}
    for number, entry in enumerate(entries):
        text = _remark_text(object_at(entry, "declarative"))
        key: Hashable = number if verbose else (entry.get("name"), text)
        first = found.get(key)
        more = 0 if first is None else first.more + 1
        address = text_at(entry, "address") if first is None else first.address
        found[key] = Remark(address, text, more)
    return tuple(found.values())


def _remark_text(ours: JsonObject) -> str:
    suspended = text_at(ours, "reason") if ours.get("code") == Code.SUSPENDED.value else ""
    return "; ".join(filter(None, (suspended, text_at(ours, "note"))))
