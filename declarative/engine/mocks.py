"""Canned answers for steps that need the cloud: `providers.embedded.mocks`.

A mock stands under a step's path (`both.quick/note`), its id, or its type (`functionCall`), the nearest wins.
It is a value (the step's raw output), `{error: CODE, message: ...}`, or `{sequence: [...]}` of those: the nth
attempt takes the nth, the last repeats. `{value: ...}` gives a value that would read as one of the other
forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from declarative.diagnostics import Diagnostic
from declarative.engine.codes import StepFailed
from declarative.engine.journal import StepError
from declarative.model.json import Json

_CODE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Value:
    """A mock that answers."""

    value: Json


Answer: TypeAlias = Value | StepError


@dataclass(frozen=True, slots=True)
class Mocks:
    """The answers by path, id or type of a step."""

    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)

    def key_for(self, path: str, step: str, kind: str) -> str | None:
        return next((key for key in (path, step, kind) if key in self.answers), None)

    def answer(self, key: str, attempt: int) -> Json:
        """What the given attempt (from 1) gets. Raises StepFailed for an error."""
        answers = self.answers[key]
        match answers[min(attempt, len(answers)) - 1]:
            case Value(value):
                return value
            case StepError(code, message):
                raise StepFailed(code, message)


def read(value: Json) -> tuple[Mocks | None, list[Diagnostic]]:
    """The configuration's `providers.embedded.mocks`, or everything that is wrong with it."""
    if not isinstance(value, dict):
        return None, [Diagnostic("mocks_type", "mocks must be a mapping of step ids or types to answers")]
    problems: list[Diagnostic] = []
    answers = {key: _sequence(item, f"mocks.{key}", problems) for key, item in value.items()}
    return (None if problems else Mocks(answers)), problems


def _sequence(item: Json, place: str, problems: list[Diagnostic]) -> tuple[Answer, ...]:
    if not isinstance(item, dict) or set(item) != {"sequence"}:
        return (_answer(item, place, problems),)
    items = item["sequence"]
    if not isinstance(items, list) or not items:
        summary = f"{place}.sequence must be a list of at least one answer"
        hint = "An answer that happens to look so is written {value: {sequence: ...}}."
        problems.append(Diagnostic("mocks_sequence", summary, hint=hint))
        return ()
    return tuple(_answer(one, f"{place}.sequence[{n}]", problems) for n, one in enumerate(items))


def _answer(item: Json, place: str, problems: list[Diagnostic]) -> Answer:
    if isinstance(item, dict) and set(item) == {"value"}:
        return Value(item["value"])
    if not isinstance(item, dict) or "error" not in item or not set(item) <= {"error", "message"}:
        return Value(item)
    code, message = item["error"], item.get("message", "")
    if not isinstance(code, str) or not _CODE.match(code) or not isinstance(message, str):
        hint = "An answer that happens to look so is written {value: {error: ...}}."
        summary = f"{place} must be {{error: CODE, message: text}}"
        problems.append(Diagnostic("mocks_error", summary, hint=hint))
        return StepError("", "")
    return StepError(code, message)
