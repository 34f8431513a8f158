"""`workflow`: runs another workflow to its end; its result is the raw output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.steps import integration
from declarative.engine.steps.base import Context
from declarative.engine.steps.integration import Integration, Send
from declarative.engine.template import Template
from declarative.engine.workflow import Visit
from declarative.model.json import Json, NotJson, parse


@dataclass(frozen=True, slots=True)
class WorkflowCall:
    workflow_id: str
    execution_input: Template | None

    async def prepare(self, visit: Visit, given: Datum) -> Send:
        nested_input = await self._input(visit, given)
        return partial(visit.nested, self.workflow_id, nested_input)

    async def _input(self, visit: Visit, given: Datum) -> Json:
        """The step's own input without `executionInput`."""
        if self.execution_input is None:
            return given.value
        (value,) = await visit.values([self.execution_input], given)
        return _json_in(value) if self.execution_input.whole is None else value


def _json_in(value: Json) -> Json:
    """A text around templates is JSON text where it can be read so, as in `'{"day": "\\(.day)"}'`."""
    try:
        return parse(value) if isinstance(value, str) else value
    except NotJson:
        return value


def read(fields: Fields, context: Context) -> Integration:
    call = WorkflowCall(
        workflow_id=fields.text("workflowId", required=True),
        execution_input=fields.value_template("executionInput"),
    )
    return integration.read(fields, context, call)
