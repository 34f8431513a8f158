"""`parallel`: branches side by side, each on its own copy of the state.

With fewer slots than branches the service picks at random; here they begin in the file's order, so that a run
that is resumed begins them as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from declarative.engine.codes import INVALID_ARGUMENT, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import Template
from declarative.engine.workflow import Block, Done, Visit, quoted
from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Parallel(Sequential):
    input: Template | None
    output: Template | None
    branches: Mapping[str, Block]
    concurrency: int

    @property
    def blocks(self) -> Mapping[str, Block]:
        return self.branches

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        return ((block, f"{path}.{quoted(name)}/") for name, block in self.branches.items())

    async def carry_out(self, visit: Visit) -> Done:
        given = await visit.input(self.input)
        if not isinstance(given.value, dict):
            raise StepFailed(INVALID_ARGUMENT, "the input of parallel must be an object")
        await visit.begin()
        jobs = [partial(self._branch, visit, name, given) for name in self.branches]
        results = await visit.side_by_side(jobs, self.concurrency)
        raw: Json = dict(zip(self.branches, results, strict=True))
        return Done(await visit.output(self.output, Datum(raw)), self.next)

    async def _branch(self, visit: Visit, name: str, given: Datum) -> Json:
        return (await visit.block(self.branches[name], f".{quoted(name)}", given)).value


def read(fields: Fields, context: Context) -> Parallel:
    branches = fields.inside("branches")
    if fields.has("branches") and not branches.values:
        fields.problem("branches", "parallel needs at least one branch")
    return Parallel(
        next=fields.reference("next"),
        input=fields.value_template("input"),
        output=fields.value_template("output"),
        branches={name: context.block(branches.inside(name)) for name in branches.values},
        concurrency=fields.integer("concurrency", 30, least=1),
    )
