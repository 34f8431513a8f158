"""What a change does to an input, path by path: lines of a plan's block, made from its document entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from declarative.diff import Kind, diff
from declarative.model.digests import MASK
from declarative.model.json import Json
from declarative.render.dump import dump
from declarative.render.marks import Path, paths_in
from declarative.render.reading import object_at
from declarative.render.style import Style
from declarative.render.words import KNOWN_AFTER, clean, pad, shorten, width_of

LINES_MAX = 20
"""Paths shown in a block, unless everything is asked for."""
COUNTED_MAX = 10_000
_INLINE_LIST_MAX = 60
_VALUE_WIDTH_MIN = 16
_PATH_WIDTH_MAX = 40


@dataclass(frozen=True, slots=True)
class FieldLine:
    """`old` is None for what is added, `new` for what goes; both are text to show."""

    path: str
    old: str | None
    new: str | None

    @property
    def symbol(self) -> str:
        return "+" if self.old is None else "-" if self.new is None else "~"


class _Unknown(str):
    """Stands in for a value that only the apply will know."""

    __slots__ = ()


_UNKNOWN = _Unknown(KNOWN_AFTER)


def field_lines(change: Mapping[str, Json]) -> Iterator[FieldLine]:
    """`change`: of a document's entry. Starts show everything, other changes what differs."""
    before, after = object_at(change, "before"), object_at(change, "after")
    for name in ("workflow", "revision", "input"):
        marked = object_at(change, "after_unknown").get(name)
        new = _with_unknown(after.get(name), list(paths_in(marked)) if marked is not None else [])
        if name in before and (name in after or marked is not None):
            yield from _differences(name, before[name], new)
        elif name == "input" and "create" in _actions(change) and (name in after or marked is not None):
            yield from _all(name, new)


def _actions(change: Mapping[str, Json]) -> list[Json]:
    found = change.get("actions")
    return found if isinstance(found, list) else []


def _differences(name: str, old: Json, new: Json) -> Iterator[FieldLine]:
    for found in diff(old, new):
        path = (name, *found.path)
        match found.kind:
            case Kind.ADDED:
                yield from _all(path_text(path), found.after)
            case Kind.REMOVED:
                yield FieldLine(path_text(path), value_text(found.before), None)
            case Kind.CHANGED:
                yield FieldLine(path_text(path), value_text(found.before), value_text(found.after))


def _all(prefix: str, value: Json) -> Iterator[FieldLine]:
    for path, leaf in _leaves(value, ()):
        yield FieldLine(prefix + path_text(path, inside=True), None, value_text(leaf))


def _leaves(value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value and not _is_short(value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _is_short(items: list[Json]) -> bool:
    """A handful of plain values reads best on one line."""
    if len(items) > _INLINE_LIST_MAX or any(isinstance(item, (dict, list, _Unknown)) for item in items):
        return False
    return len(dump(items)) <= _INLINE_LIST_MAX


def _with_unknown(value: Json, paths: list[Path]) -> Json:
    """A copy with the placeholder at every path that is not known yet."""
    if not paths:
        return value
    if () in paths:
        return _UNKNOWN
    if isinstance(value, list):
        inner = dict(enumerate(value))
        for index in {int(path[0]) for path in paths}:
            inner[index] = _with_unknown(inner.get(index), _below(paths, index))
        return [inner.get(index) for index in range(1 + max(inner))]
    copy: dict[str, Json] = dict(value) if isinstance(value, dict) else {}
    for key in dict.fromkeys(path[0] for path in paths):
        copy[str(key)] = _with_unknown(copy.get(str(key)), _below(paths, key))
    return copy


def _below(paths: list[Path], step: str | int) -> list[Path]:
    return [path[1:] for path in paths if path[0] == step]


def path_text(path: Path, *, inside: bool = False) -> str:
    """`input.a[3]["odd key"]`; `inside`: what follows a prefix."""
    parts = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.isascii() and step.replace("-", "_").isidentifier():
            parts.append(f".{step}")
        else:
            parts.append(f"[{clean(dump(step))}]")
    text = "".join(parts)
    return text if inside else text.removeprefix(".")


def value_text(value: Json) -> str:
    """JSON on one line; what is hidden or not known stands in round brackets, without quotes."""
    if isinstance(value, _Unknown) or value == KNOWN_AFTER:
        return KNOWN_AFTER
    return MASK if value == MASK else dump(value)


# ── laid out ───────────────────────────────────────────────────────────────────────────────────────────


def laid_out(change: Mapping[str, Json], style: Style, width: int, verbose: bool) -> list[str]:
    """The lines under a block's header, aligned, and cut to the width unless `verbose`."""
    found = field_lines(change)
    lines = list(found) if verbose else list(islice(found, LINES_MAX))
    more = 0 if verbose else sum(1 for _ in islice(found, COUNTED_MAX))
    column = min(_PATH_WIDTH_MAX, max((width_of(line.path) for line in lines), default=0))
    text = [_line(line, column, style, 10_000_000 if verbose else width) for line in lines]
    return [*text, *([_rest(more)] if more else [])]


def _line(line: FieldLine, column: int, style: Style, width: int) -> str:
    lead = f"      {style.symbol(line.symbol)} {pad(line.path, column)} = "
    room = max(_VALUE_WIDTH_MIN, width - 11 - max(column, width_of(line.path)))
    if line.old is None or line.new is None:
        return lead + shorten(line.old if line.new is None else line.new, room)  # type: ignore[arg-type]
    half = max(_VALUE_WIDTH_MIN, (room - 4) // 2)
    return f"{lead}{shorten(line.old, half)} -> {shorten(line.new, max(half, room - 4 - len(line.old)))}"


def _rest(more: int) -> str:
    over = "over " if more == COUNTED_MAX else ""
    return f"        … {over}{more} more (-v shows them)"
