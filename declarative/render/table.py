"""Rows -> aligned columns. Columns that are empty everywhere are left out; no cell is ever cut."""

from __future__ import annotations

from collections.abc import Sequence

from declarative.render.style import Style
from declarative.render.words import pad, width_of

_GAP = "  "


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The header's line, then one line per row, without white space at their ends."""
    used = [column for column in range(len(header)) if any(row[column] for row in rows)]
    widths = {column: max(width_of(line[column]) for line in (header, *rows)) for column in used}
    return [_GAP.join(pad(line[c], widths[c]) for c in used).rstrip() for line in (header, *rows)]


def paint_status(line: str, status: str, style: Style) -> str:
    """The line with its status in the colour that people expect of it."""
    paint = {"FINISHED": style.green, "COMPLETED": style.green, "FAILED": style.red, "LOST": style.red}
    paint |= {"STOPPED": style.yellow, "PAUSED": style.yellow, "CANCELLED": style.yellow}
    return line.replace(f"  {status}", f"  {paint[status](status)}", 1) if status in paint else line
