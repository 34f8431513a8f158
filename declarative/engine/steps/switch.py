"""`switch`: goes on at the first choice whose condition holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from declarative.engine.codes import NO_CHOICE, StepFailed
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context
from declarative.engine.template import Template
from declarative.engine.workflow import Block, Done, Visit
from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Choice:
    condition: Template
    next: str


@dataclass(frozen=True, slots=True)
class Switch:
    input: Template | None
    choices: tuple[Choice, ...]
    default: str | None

    waits = False
    may_end = False

    @property
    def successors(self) -> tuple[str, ...]:
        return (*(choice.next for choice in self.choices), *filter(None, (self.default,)))

    @property
    def blocks(self) -> Mapping[str, Block]:
        return {}

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        return iter(())

    async def carry_out(self, visit: Visit) -> Done:
        given = await visit.input(self.input)
        for choice in self.choices:
            (answer,) = await visit.values([choice.condition], given)
            if holds(answer):
                return Done(None, choice.next)
        if self.default is None:
            raise StepFailed(NO_CHOICE, "no condition is true, and there is no default")
        return Done(None, self.default)


def holds(answer: Json) -> bool:
    """A condition holds when it yields true, or the text "true"; nothing else counts."""
    return answer is True or answer == "true"


def read(fields: Fields, context: Context) -> Switch:
    choices = [
        _choice(fields.reading.fields(path, item, "A choice")) for path, item in fields.items("choices", True)
    ]
    return Switch(fields.value_template("input"), tuple(choices), _default(fields))


def _choice(fields: Fields) -> Choice:
    condition = fields.condition("condition", required=True)
    choice = Choice(condition, fields.reference("next", required=True) or "")
    fields.done()
    return choice


def _default(fields: Fields) -> str | None:
    """The service's pages show both `default: id` and `default: {next: id}`."""
    if not isinstance(fields.value("default"), dict):
        return fields.reference("default") if fields.has("default") else None
    inner = fields.inside("default")
    found = inner.reference("next", required=True)
    inner.done()
    return found
