"""Two JSON values -> what differs, path by path. The only room that knows deepdiff, and imports it late.

Numbers compare by value (1 = 1.0) and never with booleans; lists compare by position. What is too
large or too deep to be read by a person is compared coarsely instead: one change per key at the top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from declarative.model.json import Json, NotJson, canonical, number

NODES_MAX = 5_000
"""Above this, both sides together, a fine comparison takes longer than anybody waits for a plan."""
DEPTH_MAX = 60
"""deepdiff recurses several frames per level."""

Path = tuple[str | int, ...]


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference. `path` is empty for the value as a whole; the absent side is None."""

    path: Path
    kind: Kind
    before: Json = None
    after: Json = None


def diff(before: Json, after: Json) -> tuple[FieldChange, ...]:
    """Every difference, ordered by path; nothing when both mean the same."""
    if _same(before, after):
        return ()
    if _is_fine(before) and _is_fine(after):
        return tuple(sorted(_fine(before, after), key=_order))
    return tuple(_coarse(before, after))


def _same(before: Json, after: Json) -> bool:
    try:
        return canonical(before) == canonical(after)
    except NotJson:
        return False


def _is_fine(value: Json) -> bool:
    """Counted without recursion, so that a hostile depth costs nothing."""
    left = NODES_MAX // 2
    level = [value]
    for _ in range(DEPTH_MAX):
        left -= len(level)
        level = [inner for outer in level for inner in _inside(outer)]
        if left < 0 or not level:
            return left >= 0
    return False


def _inside(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _fine(before: Json, after: Json) -> Iterator[FieldChange]:
    from deepdiff import DeepDiff

    # The defaults of deepdiff skip keys that begin with two underscores, report a mapping as a whole when
    # little of it is alike, and match list items wherever they moved to.
    found = DeepDiff(
        _plain(before),
        _plain(after),
        view="tree",
        zip_ordered_iterables=True,
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    for category, items in found.items():
        for item in items:
            yield _field_change(category, item)


def _field_change(category: str, item: Any) -> FieldChange:
    path = tuple(item.path(output_format="list"))
    if category.endswith("_added"):
        return FieldChange(path, Kind.ADDED, after=item.t2)
    if category.endswith("_removed"):
        return FieldChange(path, Kind.REMOVED, before=item.t1)
    return FieldChange(path, Kind.CHANGED, item.t1, item.t2)


def _plain(value: Json) -> Json:
    """The value with every number in its one form, so that type and value decide together."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, (float, Decimal)):
        return number(str(value))
    return value


def _coarse(before: Json, after: Json) -> Iterator[FieldChange]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield FieldChange((), Kind.CHANGED, before, after)
        return
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield FieldChange((key,), Kind.ADDED, after=after[key])
        elif key not in after:
            yield FieldChange((key,), Kind.REMOVED, before=before[key])
        elif not _same(before[key], after[key]):
            yield FieldChange((key,), Kind.CHANGED, before[key], after[key])


def _order(change: FieldChange) -> list[tuple[bool, int, str]]:
    return [(isinstance(s, str), s if isinstance(s, int) else 0, str(s)) for s in change.path]
