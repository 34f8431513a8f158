"""Where names stand, found without a look at the text: every entry has a span, and there may be very many."""

from __future__ import annotations

from typing import Any

from declarative.diagnostics import Span
from declarative.model.desired import InputPath
from declarative.source import Document

_COLUMN_BITS = 20


def name_span(document: Document, path: InputPath) -> Span:
    """The span of a name that is there: a key of a mapping, or an item of a list. Quotes are not counted."""
    at, marks = 0, document.marks
    for step in path:
        inside: Any = marks[1] if isinstance(marks, tuple) else {}
        if isinstance(inside, dict):
            at, marks = inside[step]
        else:
            marks = inside[step]
            at = marks if isinstance(marks, int) else marks[0]
    line, column = (at >> _COLUMN_BITS) + 1, (at & ((1 << _COLUMN_BITS) - 1)) + 1
    return Span(document.file, line, column, line, column + _width(document, path))


def _width(document: Document, path: InputPath) -> int:
    name: Any = path[-1]
    if isinstance(name, int):
        name = document.value
        for step in path:
            name = name[step]
    return len(name) if isinstance(name, str) else 1
