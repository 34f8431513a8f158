"""Steps that only the cloud can carry out: checked by name, their templates evaluated, answered by a mock.

What each takes is known from the published schema and pages, not completely: an unknown field is a warning,
and where a page lists examples only, no field is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from declarative.diagnostics import Severity
from declarative.engine.codes import PRECONDITION, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields, Reading, compiled
from declarative.engine.steps import integration
from declarative.engine.steps.base import Context, ReadStep
from declarative.engine.steps.integration import Integration, Send
from declarative.engine.template import Template
from declarative.engine.workflow import Visit
from declarative.model.json import Json
from declarative.source import Path


@dataclass(frozen=True, slots=True)
class Shape:
    """`one_of`: exactly one of these must be there. `open`: further fields are nobody's business."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    open: bool = False


SHAPES: Mapping[str, Shape] = {
    "functionCall": Shape(("functionId",)),
    "containerCall": Shape(("containerId",), ("path", "method", "body", "headers", "query")),
    "grpcCall": Shape(("endpoint", "method"), ("body", "headers", "useServiceAccount")),
    "ydbDocument": Shape(("database", "tableName"), one_of=("get", "put", "update")),
    "yds": Shape(("database", "topic", "put")),
    "ymq": Shape(("queueArn", "put")),
    "foundationModelsCall": Shape(("modelUrl", "generate")),
    "objectStorage": Shape(("bucket", "object"), one_of=("put", "get")),
    "disk": Shape(open=True),
    "tracker": Shape(("organization",), open=True),
    "postbox": Shape(("fromAddress", "destination"), open=True),
    "telegramBot": Shape(("token",), open=True),
    "aiAgent": Shape(("agentConfig", "tasks"), open=True),
    "aiStudioAgent": Shape(("promptTemplateId",), open=True),
    "vectorStore": Shape(open=True),
    "databaseQuery": Shape(("query",), ("mode",), one_of=("connection", "dsn"), open=True),
    "ocr": Shape(open=True),
    "stt": Shape(open=True),
}


@dataclass(frozen=True, slots=True)
class CloudCall:
    key: str
    templates: tuple[Template, ...]

    async def prepare(self, visit: Visit, given: Datum) -> Send:
        """Nothing will be sent, but a template that fails in the cloud must fail here too."""
        await visit.texts(self.templates, given)

        async def send() -> Json:
            keys = f"providers.embedded.mocks.{visit.step.id} or .{self.key}"
            said = f"{self.key} needs the cloud; {keys} can give its answer"
            # Waiting brings no mock, and a policy may wait for hours.
            raise StepFailed(PRECONDITION, said, lasting=True)

        return send


def _read(key: str, fields: Fields, context: Context) -> Integration:
    shape = SHAPES[key]
    for name in (*shape.required, *shape.optional, *shape.one_of):
        fields.value(name, required=name in shape.required)
    _review_one_of(fields, shape)
    templates = tuple(_templates(fields))
    made = integration.read(fields, context, CloudCall(key, templates))
    if not shape.open:
        fields.done(unknown=Severity.WARNING)
    fields.forgive()
    return made


def _review_one_of(fields: Fields, shape: Shape) -> None:
    given = [name for name in shape.one_of if fields.has(name)]
    if shape.one_of and len(given) != 1:
        listed = ", ".join(shape.one_of)
        fields.reading.problem(
            "yawl_value", f"{fields.what} needs exactly one of {listed}", fields.path, key=True
        )


def _templates(fields: Fields) -> Iterator[Template]:
    """The templates of the step's own fields, however deep; the common ones are read elsewhere."""
    for name, value in fields.values.items():
        if name not in integration.FIELDS:
            yield from _inside(fields.reading, fields.at(name), value)


def _inside(reading: Reading, path: Path, value: Json) -> Iterator[Template]:
    if isinstance(value, str) and "\\(" in value:
        yield compiled(reading, path, value)
    elif isinstance(value, (dict, list)):
        for segment, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _inside(reading, (*path, segment), item)


READERS: Mapping[str, ReadStep] = {key: partial(_read, key) for key in SHAPES}
