"""An execution's steps as a document, and as a tree in which branches and iterations can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from declarative.model.address import Address
from declarative.model.execution import Execution, ExecutionError, Step
from declarative.model.json import Json, NotJson, parse
from declarative.render.dump import JsonObject
from declarative.render.reading import number_at, object_at, objects_at, seconds_at, text_at
from declarative.render.style import PLAIN, Style
from declarative.render.table import paint_status, table
from declarative.render.words import clean, duration, one_line, shorten

_ITEM = re.compile(r"(.+)\[(\d+)\]\Z")
_OPEN = ("SCHEDULED", "STARTED", "CANCEL_REQUESTED")


def history_document(
    address: Address, execution: Execution, steps: Sequence[Step], *, hidden: bool = False
) -> JsonObject:
    """`hidden`: the execution is sensitive, and what its steps read and wrote stays out."""
    document: JsonObject = {
        "format_version": "1.0",
        "address": str(address),
        "execution_id": clean(execution.id),
        "workflow_id": clean(execution.workflow_id),
        "status": execution.raw_status or execution.status.value,
    }
    _put(document, "started_at", execution.started_at)
    _put(document, "duration", execution.duration)
    _put(document, "error", _error(execution.error))
    document["steps"] = [_step(step, hidden) for step in steps]
    return document


def _step(step: Step, hidden: bool) -> JsonObject:
    found: JsonObject = {"id": clean(step.id), "type": clean(step.type), "status": clean(step.status)}
    found["attempts"] = step.attempts
    for key, text in (("path", step.path), ("title", step.title), ("started_at", step.started_at)):
        _put(found, key, clean(text) if text else None)
    _put(found, "duration", step.duration)
    _put(found, "error", _error(step.error))
    _put(found, "last_error", _error(step.last_error))
    if step.error is not None and step.output_json is not None:
        # A step that failed for good has no output; what stands there is the catch rule's.
        found["caught"] = True
    if not hidden:
        _put(found, "input", _json(step.input_json))
        _put(found, "output", _json(step.output_json))
    return found


def _put(found: JsonObject, key: str, value: Json) -> None:
    if value is not None:
        found[key] = value


def _error(error: ExecutionError | None) -> JsonObject | None:
    return {"code": clean(error.code), "message": clean(error.message)} if error else None


def _json(text: str | None) -> Json:
    try:
        return None if text is None else parse(text)
    except NotJson:
        return text


# ── text, from the document ────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Node:
    """A step, or a branch or item that only groups steps; children in the order in which they appeared."""

    label: str
    step: JsonObject | None = None
    children: dict[str, _Node] = field(default_factory=dict)


def history_text(document: Mapping[str, Json], style: Style = PLAIN, width: int = 80) -> str:
    lines = [style.bold(_headline(document)), ""]
    steps = objects_at(document, "steps")
    if not steps:
        return lines[0] + "\nNo step has begun.\n"
    nodes = list(_flat(_tree(steps), 0))
    head, *rows = table(("STEP", "TYPE", "STATUS", "ATTEMPTS", "TOOK"), [_row(*node) for node in nodes])
    lines.append(style.bold(head))
    for (node, depth), row in zip(nodes, rows, strict=True):
        lines.append(paint_status(row, text_at(node.step or {}, "status"), style))
        lines += [style.red(shorten(line, width)) for line in _errors(node.step or {}, depth)]
    return "".join(f"{line}\n" for line in [*lines, *_end(document, style)])


def under_way(steps: Iterable[Step]) -> list[str]:
    """Where an execution is: the innermost steps that have begun and not ended, with what they are in."""
    return list(_innermost(_tree(_step(step, hidden=True) for step in steps), ()))


def _innermost(level: Mapping[str, _Node], above: tuple[str, ...]) -> Iterable[str]:
    for node in level.values():
        here = (*above, node.label)
        inside = list(_innermost(node.children, here))
        yield from inside
        if not inside and text_at(node.step or {}, "status") in _OPEN:
            yield " / ".join(here) + _tries(node.step or {})


def _tries(step: JsonObject) -> str:
    attempts, last = number_at(step, "attempts"), text_at(object_at(step, "last_error"), "code")
    return f", attempt {attempts}{f' after {last}' if last else ''}" if attempts > 1 else ""


def _headline(document: Mapping[str, Json]) -> str:
    parts = [text_at(document, key) for key in ("address", "execution_id", "status")]
    took = seconds_at(document, "duration")
    return "  ".join(filter(None, [*parts, duration(took) if took is not None else ""]))


def _end(document: Mapping[str, Json], style: Style) -> list[str]:
    said = _error_words(object_at(document, "error"))
    # Above, where the steps stand in line, it is cut; here is room for all of it.
    return ["", style.red(f"Error: {one_line(said)}")] if said else []


def _tree(steps: Iterable[JsonObject]) -> dict[str, _Node]:
    """By path where the engine tells one; a step without a path stands where it came."""
    top: dict[str, _Node] = {}
    for number, step in enumerate(steps):
        segments = (
            text_at(step, "path").split("/") if step.get("path") else [f"{number} {text_at(step, 'id')}"]
        )
        level = top
        for segment in segments[:-1]:
            level = _group(level, segment).children
        own = level.setdefault(segments[-1], _Node(_label(segments[-1], step)))
        own.step, own.label = step, _label(segments[-1], step)
    return top


def _group(level: dict[str, _Node], segment: str) -> _Node:
    """The branch, item or iteration that a path goes through, below the step that it belongs to."""
    item = _ITEM.match(segment)
    owner, _, branch = (item[1], "", item[2]) if item else segment.rpartition(".")
    if not owner:
        return level.setdefault(segment, _Node(segment))
    parent = level.setdefault(owner, _Node(owner))
    word = _item_word(parent) if item else "branch"
    return parent.children.setdefault(f"{word} {branch}", _Node(f"{word} {branch}"))


def _item_word(parent: _Node) -> str:
    return "iteration" if "while" in text_at(parent.step or {}, "type").lower() else "item"


def _label(segment: str, step: JsonObject) -> str:
    name, mark, visit = segment.partition("~")
    label = text_at(step, "id") or name
    title = text_at(step, "title")
    again = f", visit {visit}" if mark else ""
    return f"{label}{again}" + (f" ({title})" if title and title != label else "")


def _flat(level: Mapping[str, _Node], depth: int) -> Iterable[tuple[_Node, int]]:
    for node in level.values():
        yield node, depth
        yield from _flat(node.children, depth + 1)


def _row(node: _Node, depth: int) -> tuple[str, ...]:
    step, label = node.step, "  " * depth + node.label
    if step is None:
        return (label, "", "", "", "")
    took, attempts = seconds_at(step, "duration"), number_at(step, "attempts")
    return (
        label,
        text_at(step, "type"),
        text_at(step, "status"),
        str(attempts) if attempts > 1 else "",
        duration(took) if took is not None else "",
    )


def _errors(step: JsonObject, depth: int) -> list[str]:
    last, final = _error_words(object_at(step, "last_error")), _error_words(object_at(step, "error"))
    lead = "  " * (depth + 1)
    before = [f"{lead}before: {last}"] if last and last != final else []
    caught = "caught: " if step.get("caught") is True else ""
    return [*before, *([f"{lead}{caught}{final}"] if final else [])]


def _error_words(error: JsonObject) -> str:
    return ": ".join(filter(None, (text_at(error, "code"), text_at(error, "message"))))
