"""`foreach`: a block for each item of a list. The item is the state its iteration begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from declarative.engine.codes import INVALID_ARGUMENT, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import Template
from declarative.engine.workflow import Block, Done, Visit
from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Foreach(Sequential):
    input: Template | None
    output: Template | None
    do: Block
    concurrency: int

    @property
    def blocks(self) -> Mapping[str, Block]:
        return {"": self.do}

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        return ((self.do, f"{path}[{n}]/") for n in range(count))

    async def carry_out(self, visit: Visit) -> Done:
        items = _objects((await visit.input(self.input)).value)
        await visit.begin(count=len(items))
        jobs = [partial(self._item, visit, n, item) for n, item in enumerate(items)]
        raw = await visit.side_by_side(jobs, self.concurrency)
        return Done(await visit.output(self.output, Datum(raw)), self.next)

    async def _item(self, visit: Visit, number: int, item: Json) -> Json:
        return (await visit.block(self.do, f"[{number}]", Datum(item))).value


def _objects(value: Json) -> list[Json]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise StepFailed(INVALID_ARGUMENT, "the input of foreach must be a list of objects")


def read(fields: Fields, context: Context) -> Foreach:
    return Foreach(
        next=fields.reference("next"),
        input=fields.value_template("input", required=True),
        output=fields.value_template("output", required=True),
        do=context.block(fields.inside("do")),
        concurrency=fields.integer("concurrency", 1, least=1),
    )
