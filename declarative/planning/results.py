"""The parts of a result that state keeps: what others read, by JSON pointer, to be put together again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import takewhile
from typing import Any

from declarative.model.desired import InputPath
from declarative.model.digests import KEPT_RESULT_MAX_BYTES
from declarative.model.json import Json, canonical

WHOLE = ""
"""The pointer of the result itself."""


def parts(result: Json, paths: Collection[InputPath]) -> dict[str, Json]:
    """Pointer -> value. A path that leads nowhere keeps what it was looked for in, so that an expression
    says of the parts what it would say of the whole. What is too large is left out: it is read again."""
    found = dict(_reached(result, path) for path in paths)
    return {pointer: found[pointer] for pointer in sorted(found) if _fits(found[pointer])}


def covers(kept: Mapping[str, Json] | None, paths: Collection[InputPath]) -> bool:
    """Whether everything at `paths` can be had from what was kept."""
    return kept is not None and all(_is_within(kept, path) for path in paths)


def assembled(kept: Mapping[str, Json]) -> Json:
    """The result with nothing in it but the kept parts."""
    if WHOLE in kept:
        return kept[WHOLE]
    root: dict[str, Any] = {}
    for pointer in sorted(kept, key=len):
        steps = _steps(pointer)
        if not _is_within(kept, steps[:-1]):
            _place(root, steps, kept[pointer])
    return root


def _reached(result: Json, path: InputPath) -> tuple[str, Json]:
    """As far as keys of maps lead; a list is kept whole."""
    value, pointer = result, WHOLE
    for step in path:
        if not (isinstance(step, str) and isinstance(value, dict) and step in value):
            break
        value, pointer = value[step], f"{pointer}/{_escaped(step)}"
    return pointer, value


def _fits(value: Json) -> bool:
    return len(canonical(value)) <= KEPT_RESULT_MAX_BYTES


def _is_within(kept: Mapping[str, Json], path: InputPath) -> bool:
    pointer = WHOLE
    if pointer in kept:
        return True
    for step in takewhile(lambda one: isinstance(one, str), path):
        pointer = f"{pointer}/{_escaped(str(step))}"
        if pointer in kept:
            return True
    return False


def _place(root: dict[str, Any], steps: tuple[str, ...], value: Json) -> None:
    *way, last = steps
    for step in way:
        root = root.setdefault(step, {})
    root[last] = value


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
