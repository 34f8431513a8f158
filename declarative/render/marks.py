"""Paths of a value <-> Terraform's marks: `true` where something is unknown or sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from declarative.model.json import Json

Path = tuple[str | int, ...]


def tree(paths: Iterable[Path]) -> Json:
    """`true` at every path, nested as the value is; `{}` for none, `true` for the whole."""
    top: dict[str | int, object] = {}
    for path in paths:
        if not path:
            return True
        _plant(top, path)
    return _as_json(top)


def paths_in(marked: Json, way: Path = ()) -> Iterator[Path]:
    """The paths that `tree` was made from."""
    if marked is True:
        yield way
    elif isinstance(marked, dict):
        for key, inner in marked.items():
            yield from paths_in(inner, (*way, key))
    elif isinstance(marked, list):
        for index, inner in enumerate(marked):
            yield from paths_in(inner, (*way, index))


def _plant(top: dict[str | int, object], path: Path) -> None:
    *way, last = path
    inner = top
    for step in way:
        below = inner.setdefault(step, {})
        if not isinstance(below, dict):
            return
        inner = below
    inner[last] = True


def _as_json(marks: dict[str | int, object]) -> Json:
    nested: dict[str | int, Json] = {
        key: _as_json(inner) if isinstance(inner, dict) else True for key, inner in marks.items()
    }
    if nested and all(isinstance(key, int) for key in nested):
        return [nested.get(index, False) for index in range(1 + max(int(key) for key in nested))]
    return {str(key): inner for key, inner in nested.items()}
