"""Watermarks in the document: each written once, however many intents of a wave share it.

A watermark names everything young in its workflow. Written out for each intent, a wave of two thousand among
two thousand others would make a state of a hundred megabytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from declarative.model.address import Address
from declarative.model.record import Record, Watermark
from declarative.state.shape import Malformed, shape_of

_MARK = shape_of(Watermark)


def mark_of(record: Record) -> Watermark | None:
    return None if record.pending is None else record.pending.watermark


class Names:
    """A name for each watermark, made of what it says: the same one whenever it is written."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Watermark, str]] = {}

    def of(self, mark: Watermark) -> str:
        known = self._known.get(id(mark))
        if known is None or known[0] is not mark:
            text = f"{mark.time!r} {' '.join(mark.seen)}"
            known = (mark, hashlib.sha256(text.encode()).hexdigest()[:16])
            self._known[id(mark)] = known
        return known[1]

    def table(self, records: Iterable[Record]) -> dict[str, Any]:
        """Name -> watermark as a plain value; those that no intent needs any more are forgotten."""
        marks = {id(mark): mark for mark in map(mark_of, records) if mark is not None}
        self._known = {key: known for key, known in self._known.items() if key in marks}
        return {self.of(mark): _MARK.plain(mark) for mark in marks.values()}


def without_mark(record: Record) -> Record:
    return record if record.pending is None else with_mark(record, None)


def with_mark(record: Record, mark: Watermark | None) -> Record:
    assert record.pending is not None
    return replace(record, pending=replace(record.pending, watermark=mark))


def taken_out(document: dict[str, Any]) -> dict[int, Watermark]:
    """Number of a record -> the watermark that its intent names; names and table are gone from the document.
    Raises Malformed."""
    table = document.pop("watermarks", {})
    if type(table) is not dict:
        raise Malformed("watermarks", "is not an object")
    marks = {name: _built(name, mark) for name, mark in table.items()}
    found: dict[int, Watermark] = {}
    for number, row in enumerate(document["records"]):
        pending = row.get("pending") if type(row) is dict else None
        if type(pending) is dict and type(pending.get("watermark")) is str:
            name = pending.pop("watermark")
            if name not in marks:
                raise Malformed("watermarks", f"has none named {name[:40]!r}")
            found[number] = marks[name]
    return found


def _built(name: str, mark: Any) -> Watermark:
    try:
        built: Watermark = _MARK.build(mark)
    except Malformed as problem:
        raise problem.within(f"watermarks.{name[:40]}") from None
    return built


def put_back(records: Mapping[Address, Record], marks: Mapping[int, Watermark]) -> dict[Address, Record]:
    return {
        address: with_mark(record, marks[number]) if number in marks else record
        for number, (address, record) in enumerate(records.items())
    }
