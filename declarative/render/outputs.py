"""Outputs: in a plan, and as they are read afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from declarative.model.desired import Evaluated
from declarative.model.digests import MASK, masked
from declarative.model.json import Json
from declarative.render.dump import JsonObject, dump
from declarative.render.marks import tree
from declarative.render.style import PLAIN, Style
from declarative.render.words import KNOWN_AFTER, clean, pad, width_of

PlannedOutputs: TypeAlias = Mapping[str, Evaluated]


def output_changes(outputs: PlannedOutputs) -> JsonObject:
    """Terraform's `output_changes`: what is known now changes nothing, the rest is created by the apply."""
    return {name: _output_change(output) for name, output in outputs.items()}


def _output_change(output: Evaluated) -> JsonObject:
    value = None if output.unknown or output.problem else masked(output.value, output.sensitive)
    hidden: Json = tree(sorted(output.sensitive, key=str)) or False
    return {
        "actions": ["create"] if output.unknown else ["no-op"],
        "before": value,
        "after": value,
        "after_unknown": output.unknown,
        "before_sensitive": False if output.unknown else hidden,
        "after_sensitive": hidden,
    }


def output_document(outputs: PlannedOutputs) -> JsonObject:
    """What `output --json` says: name -> {sensitive, known, value}; an unknown value is null, and with
    `problem` it cannot become known."""
    return {name: _output(output) for name, output in outputs.items()}


def _output(output: Evaluated) -> JsonObject:
    known = not output.unknown and output.problem is None
    value = masked(output.value, output.sensitive) if known else None
    found: JsonObject = {"sensitive": bool(output.sensitive), "known": known, "value": value}
    return found if output.problem is None else {**found, "problem": output.problem.summary}


def is_known(output: Json) -> bool:
    return isinstance(output, dict) and output.get("known") is True


def output_text(document: Mapping[str, Json]) -> str:
    """One line `name = value` per output, made from `output_document`."""
    width = max((width_of(clean(name)) for name in document), default=0)
    lines = [f"{pad(clean(name), width)} = {_value(output)}" for name, output in document.items()]
    return "".join(f"{line}\n" for line in lines)


def output_value(output: Mapping[str, Json], *, terminal: bool) -> str:
    """One output alone: a string exact for a script, cleaned for a terminal; anything else as JSON."""
    value = output.get("value")
    if not isinstance(value, str):
        return dump(value)
    return clean(value) if terminal else value.encode("utf-8", "replace").decode()


def output_change_lines(changes: Mapping[str, Json], style: Style = PLAIN) -> list[str]:
    """The end of a plan's text: outputs that only the apply will know."""
    names = [clean(name) for name, change in changes.items() if isinstance(change, dict) and _is_news(change)]
    width = max((width_of(name) for name in names), default=0)
    lines = [f"  {style.symbol('+')} {pad(name, width)} = {KNOWN_AFTER}" for name in names]
    return ["Changes to Outputs:", *lines] if lines else []


def _is_news(change: Mapping[str, Json]) -> bool:
    return change.get("actions") != ["no-op"]


def _value(output: Json) -> str:
    if not isinstance(output, dict) or not is_known(output):
        problem = output.get("problem") if isinstance(output, dict) else None
        return KNOWN_AFTER if problem is None else f"(not available: {clean(str(problem))})"
    value = output.get("value")
    return MASK if value == MASK else dump(value)
