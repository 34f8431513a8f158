"""What templates evaluate to: data in, JSON values or texts out, with jq asked only where it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from declarative.engine.codes import INVALID_OUTPUT, StepFailed
from declarative.engine.template import Expression, Template
from declarative.model.json import Json, NotJson, canonical


class Datum:
    """A JSON value with its canonical text, made when first asked for. The value must not be changed."""

    __slots__ = ("_text", "value")

    def __init__(self, value: Json, text: str | None = None) -> None:
        self.value = value
        self._text = text

    @property
    def text(self) -> str:
        if self._text is None:
            try:
                self._text = canonical(self.value)
            except NotJson as error:
                raise StepFailed(INVALID_OUTPUT, f"the value cannot be written as JSON: {error}") from error
        return self._text

    def merged(self, later: Datum) -> Datum:
        """Both objects' top-level keys; the later wins, nothing is merged deeper."""
        assert isinstance(self.value, dict)
        assert isinstance(later.value, dict)
        return Datum({**self.value, **later.value})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees. `secrets` is the table behind lockboxPayload: secret id -> key -> text."""

    data: Datum
    whole: Datum
    """`$global`: the top-level state before the current top-level step."""
    counter: int | None = None
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Evaluator(Protocol):
    """Evaluates jq."""

    async def evaluate(self, expressions: Sequence[str], scope: Scope) -> list[Json]:
        """One value for each expression. Raises StepFailed(STEP_INVALID_TEMPLATE_EXPRESSION)."""

    async def aclose(self) -> None: ...


async def values(evaluator: Evaluator, templates: Sequence[Template], scope: Scope) -> list[Json]:
    """What each template yields: a whole one its value, any other a text."""
    expressions = [item for template in templates for item in template.expressions]
    found = iter(await _evaluated(evaluator, expressions, scope))
    return [_joined(template, [next(found) for _ in template.expressions]) for template in templates]


async def texts(evaluator: Evaluator, templates: Sequence[Template], scope: Scope) -> list[str]:
    """As `values`, for fields that hold text: a value that is none becomes its JSON text."""
    return [_as_text(value) for value in await values(evaluator, templates, scope)]


async def _evaluated(evaluator: Evaluator, expressions: list[Expression], scope: Scope) -> list[Json]:
    known = [_look_up(item, scope.data.value) for item in expressions]
    asked = [item.text for item, answer in zip(expressions, known, strict=True) if answer is None]
    answers = iter(await evaluator.evaluate(asked, scope) if asked else ())
    return [next(answers) if answer is None else answer[0] for answer in known]


def _look_up(item: Expression, value: Json) -> tuple[Json] | None:
    """The value of a plain path, as jq would find it; None leaves everything else, and jq's errors, to jq."""
    if item.keys is None:
        return None
    for key in item.keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif value is not None:
            return None
    return (value,)


def _joined(template: Template, found: Sequence[Json]) -> Json:
    if template.whole:
        return found[0]
    answers = iter(found)
    return "".join(piece if isinstance(piece, str) else _as_text(next(answers)) for piece in template.pieces)


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else Datum(value).text
