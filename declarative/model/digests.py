"""Digests and masks of inputs: what a declaration is recognised by, and what state may keep of it.

The versions are kept for ever, with golden vectors: a digest that changed its meaning would run everything
again.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable

from declarative.model.desired import InputPath
from declarative.model.json import Json, canonical, digest, loose, parse

VERSION = "1"
MASK = "(sensitive value)"
KEPT_INPUT_MAX_BYTES = 4096
KEPT_RESULT_MAX_BYTES = 64 * 1024


def spec_digest(workflow: str, value: Json, ignored: Iterable[str], sensitive: Iterable[InputPath]) -> str:
    """Over the workflow as the entry names it and the input without ignored parts; sensitive leaves are a
    fixed word, so that a rotated secret is never a reason to run again."""
    return spec_digest_of(workflow, canonical(masked(without(value, ignored), sensitive)))


def spec_digest_of(workflow: str, covered: str) -> str:
    """`covered`: the canonical text of what `spec_digest` looks at, for who has it already."""
    text = f'{{"input":{covered},"workflow":{canonical(workflow)}}}'
    return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


def template_digest(workflow: str, template: Json) -> str:
    """Binds a declaration whose input is not known yet: expression text and known values."""
    return f"t{VERSION}:{digest({'workflow': workflow, 'template': template})}"


def sent_digests(workflow_id: str, input_json: str) -> tuple[str, str]:
    """(exact, loose) over what goes on the wire; only used to recognise an execution as ours.

    The loose one recognises the echo of an engine that keeps doubles, or drops nulls and empties.
    Raises NotJson.
    """
    value = parse(input_json)
    return _sent(workflow_id, value), _sent(workflow_id, loose(value))


def _sent(workflow_id: str, value: Json) -> str:
    return f"{VERSION}:{digest({'workflow_id': workflow_id, 'input': value})}"


def kept_input(value: Json, sensitive: frozenset[InputPath], hidden: bool) -> str | None:
    """What state keeps for a later diff: masked JSON text, None where it is too long or all of it hidden."""
    if hidden:
        return None
    text = canonical(masked(value, sensitive) if sensitive else value)
    return text if len(text) <= KEPT_INPUT_MAX_BYTES else None


def masked(value: Json, paths: Iterable[InputPath]) -> Json:
    """A copy in which every leaf under `paths` is the mask; the value itself where there is none."""
    chosen = list(paths)
    if not chosen:
        return value
    shown = copy.deepcopy(value)
    for path in chosen:
        if not path:
            return MASK
        _put(shown, path)
    return shown


def _put(value: Json, path: InputPath) -> None:
    *way, last = path
    inner: Json = value
    for step in way:
        inner = _child(inner, step)
    if _has(inner, last):
        inner[last] = MASK  # type: ignore[index]


def _has(value: Json, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _child(value: Json, step: str | int) -> Json:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def without(value: Json, ignored: Iterable[str]) -> Json:
    """A copy without the parts named by `a.b` or `a.*.b`; the value itself where nothing is ignored."""
    patterns = [pattern.split(".") for pattern in ignored]
    if not patterns:
        return value
    rest = copy.deepcopy(value)
    for pattern in patterns:
        _drop(rest, pattern)
    return rest


def _drop(value: Json, pattern: list[str]) -> None:
    head, *tail = pattern
    for step in _matching(value, head):
        if tail:
            _drop(_child(value, step), tail)
        elif isinstance(value, dict) and isinstance(step, str):
            del value[step]
        elif isinstance(value, list) and isinstance(step, int):
            value[step] = None


def _matching(value: Json, head: str) -> list[str | int]:
    if isinstance(value, dict):
        return [key for key in list(value) if head in ("*", key)]
    if isinstance(value, list):
        return [index for index in range(len(value)) if head in ("*", str(index))]
    return []
