"""`fail`: ends the whole run as FAILED with STEP_FAIL and a message of the author's."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.engine.codes import FAIL, StepFailed
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import NOTHING, Template
from declarative.engine.workflow import Done, Visit


@dataclass(frozen=True, slots=True)
class Fail(Sequential):
    error_message: Template

    waits = True

    @property
    def may_end(self) -> bool:
        return False

    async def carry_out(self, visit: Visit) -> Done:
        given = visit.take(visit.state)
        (message,) = await visit.texts([self.error_message], given)
        raise StepFailed(FAIL, message)


def read(fields: Fields, context: Context) -> Fail:
    return Fail(next=None, error_message=fields.template("errorMessage", required=True) or NOTHING)
