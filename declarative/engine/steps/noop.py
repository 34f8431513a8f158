"""`noOp`: does nothing. Its raw output is its input, the state, so that `output` can reshape it."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import Template
from declarative.engine.workflow import Done, Visit


@dataclass(frozen=True, slots=True)
class NoOp(Sequential):
    output: Template | None

    async def carry_out(self, visit: Visit) -> Done:
        given = visit.take(visit.state)
        return Done(await visit.output(self.output, given), self.next)


def read(fields: Fields, context: Context) -> NoOp:
    return NoOp(fields.reference("next"), fields.value_template("output"))
