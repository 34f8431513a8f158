"""`while`: repeats a block on its own copy of the state.

Each iteration begins with what `input` makes of the loop's state; the condition is asked of that, and what
the block yields is merged into the loop's state. The last of these outputs is the step's raw output, `{}`
without any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count as counting

from declarative.engine.codes import INVALID_ARGUMENT, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.steps.switch import holds
from declarative.engine.template import Template
from declarative.engine.workflow import Block, Done, Visit, step_path

_SPELLINGS = ("max_iterations", "maxIterations")


@dataclass(frozen=True, slots=True)
class While(Sequential):
    input: Template | None
    output: Template | None
    do: Block
    condition: Template | None
    max_iterations: Template | int | None

    @property
    def blocks(self) -> Mapping[str, Block]:
        return {"": self.do}

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        number = 0
        while begun(step_path(f"{path}[{number}]/", self.do.start, 1)):
            yield self.do, f"{path}[{number}]/"
            number += 1

    async def carry_out(self, visit: Visit) -> Done:
        most = await self._most(visit, await self._start(visit, visit.state, 0))
        await visit.begin()
        loop, last = visit.state, Datum({})
        for number in counting():
            start = await self._next(visit, loop, number, most)
            if start is None:
                break
            last = await visit.block(self.do, f"[{number}]", start)
            loop = loop.merged(last)
        return Done(await visit.output(self.output, last), self.next)

    async def _most(self, visit: Visit, given: Datum) -> float:
        """The greatest number of iterations; infinity without a limit but the run's own."""
        if self.max_iterations is None:
            return math.inf
        if isinstance(self.max_iterations, int):
            return self.max_iterations
        (found,) = await visit.texts([self.max_iterations], given)
        if not found.lstrip("-").isdecimal():
            raise StepFailed(INVALID_ARGUMENT, f'max_iterations must be an integer, not "{found[:80]}"')
        return int(found)

    async def _next(self, visit: Visit, loop: Datum, number: int, most: float) -> Datum | None:
        """What the next iteration begins with; None when there is none.

        One that began before a crash began because its condition held then, whatever it says now.
        """
        begun = visit.begun(step_path(f"{visit.path}[{number}]/", self.do.start, 1))
        if number >= most and not begun:
            return None
        start = await self._start(visit, loop, number)
        return start if begun or await self._holds(visit, start, number) else None

    async def _start(self, visit: Visit, loop: Datum, number: int) -> Datum:
        if number == 0:
            return _object(await visit.input(self.input, counter=0))
        if self.input is None:
            return loop
        (value,) = await visit.values([self.input], loop, counter=number)
        return _object(Datum(value))

    async def _holds(self, visit: Visit, start: Datum, number: int) -> bool:
        if self.condition is None:
            return True
        (answer,) = await visit.values([self.condition], start, counter=number)
        return holds(answer)


def _object(datum: Datum) -> Datum:
    if isinstance(datum.value, dict):
        return datum
    raise StepFailed(INVALID_ARGUMENT, "the input of while must be an object")


def read(fields: Fields, context: Context) -> While:
    given = [name for name in (*_SPELLINGS, "condition") if fields.has(name)]
    if not given:
        fields.reading.problem("yawl_value", "while needs condition or max_iterations", fields.path, key=True)
    if fields.has(_SPELLINGS[0]) and fields.has(_SPELLINGS[1]):
        fields.problem(_SPELLINGS[1], "max_iterations stands here twice, in both spellings")
    return While(
        next=fields.reference("next"),
        input=fields.value_template("input", counter=True),
        output=fields.value_template("output"),
        do=context.block(fields.inside("do")),
        condition=fields.condition("condition", counter=True) if fields.has("condition") else None,
        max_iterations=_most(fields),
    )


def _most(fields: Fields) -> Template | int | None:
    for name, found in [(name, fields.value(name)) for name in _SPELLINGS]:
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if fields.has(name):
            return fields.template(name)
    return None
