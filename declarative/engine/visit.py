"""What a step sees of its run: the state, its templates, the world, the blocks inside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from declarative.engine import evaluation
from declarative.engine.codes import (
    DATA_LIMIT,
    INVALID_ARGUMENT,
    INVALID_OUTPUT,
    PRECONDITION,
    StepFailed,
)
from declarative.engine.evaluation import Datum, Scope
from declarative.engine.journal import Ending, Outcome, StepError
from declarative.engine.record import Record
from declarative.engine.run_state import RunState, Stopped
from declarative.engine.side_by_side import side_by_side
from declarative.engine.template import Template
from declarative.engine.workflow import Block, Step
from declarative.engine.world import World
from declarative.model.json import Json, parse

_NUMBERS = re.compile(r"\[\d+\]|~\d+")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a block runs: what precedes its steps' paths, the `$global` they see, who counts them.

    In the workflow's own block every step sees the state before it as `$global`: there `whole` is None.
    """

    prefix: str
    whole: Datum | None
    count: Callable[[int], None]


Walk = Callable[[RunState, Block, Frame, Datum], Awaitable[Datum]]
"""Carries out a block and yields its result: the interpreter, handed in because it makes the visits."""


class StepVisit:
    """The Visit of the interpreter."""

    def __init__(self, run: RunState, frame: Frame, step: Step, path: str, state: Datum, walk: Walk) -> None:
        self._run = run
        self.frame = frame
        self._walk = walk
        self.record = Record(run, step, path)
        self.step = step
        self.path = path
        self.state = state

    @property
    def world(self) -> World:
        return self._run.world

    @property
    def started_at(self) -> float:
        return self.record.started_at

    @property
    def due(self) -> float | None:
        return self.record.memo.due

    @property
    def turn(self) -> int:
        return self.record.memo.turn

    @property
    def mock(self) -> str | None:
        return self.world.mocks.key_for(_NUMBERS.sub("", self.path), self.step.id, self.step.key)

    def count(self, steps: int) -> None:
        """Counts steps carried out inside this one."""
        self.record.inside += steps
        self.frame.count(steps)

    def take(self, given: Datum) -> Datum:
        self.record.given = self._limited(given, "input")
        return given

    async def input(self, template: Template | None, counter: int | None = None) -> Datum:
        if self.record.given is not None:
            return self.record.given
        if template is None:
            return self.take(self.state)
        (value,) = await self.values([template], self.state, counter)
        return self.take(Datum(value))

    async def begin(self, count: int = 0, due: float | None = None) -> None:
        if not self.record.interrupted:
            await self.record.begin(count, due)

    async def begin_attempt(self) -> None:
        if self.due is not None:
            await self._unless_stopped(self.sleep_until(self.due))
            await self._run.permit(self.path)
        await self.record.begin_attempt()

    async def retry_later(self, error: StepError, delay: float) -> None:
        error, due = self.masked(error), self._run.now() + delay
        if due >= self.started_at + self.world.limits.retry_seconds:
            raise StepFailed(error.code, error.message)
        await self.record.retry_later(error, due)

    async def values(
        self, templates: Sequence[Template], data: Datum, counter: int | None = None
    ) -> list[Json]:
        return await evaluation.values(self.world.jq, templates, self._scope(data, counter))

    async def texts(self, templates: Sequence[Template], data: Datum) -> list[str]:
        return await evaluation.texts(self.world.jq, templates, self._scope(data, None))

    async def output(self, template: Template | None, raw: Datum) -> Datum:
        self._limited(raw, "output")
        if template is not None:
            raw = Datum((await self.values([template], raw))[0])
        if not isinstance(raw.value, dict):
            raise StepFailed(INVALID_OUTPUT, f"the output must be an object, not {_kind(raw.value)}")
        return self._limited(raw, "output")

    def masked(self, error: StepError) -> StepError:
        return StepError(error.code, self.world.secrets.masked_text(error.message))

    async def sleep_until(self, due: float) -> None:
        await self._run.sleep_until(due, self.path)

    def seconds_left(self, limit: float) -> float:
        ends = min(self.started_at + self.world.limits.retry_seconds, self._run.deadline)
        return max(0.0, min(limit, self.world.limits.attempt_seconds, ends - self._run.now()))

    async def nested(self, workflow_id: str, given: Json) -> Json:
        if self.world.depth >= self.world.limits.depth:
            raise StepFailed(PRECONDITION, f"runs are nested deeper than {self.world.limits.depth}")
        path = self.path if self.turn == 1 else f"{self.path}#{self.turn}"
        try:
            outcome = await self.world.children.run(workflow_id, Datum(given).text, path)
        except LookupError as error:
            raise StepFailed(INVALID_ARGUMENT, f"there is no workflow {workflow_id}") from error
        return self._result_of(outcome)

    async def block(self, block: Block, label: str, state: Datum) -> Datum:
        frame = Frame(f"{self.path}{label}/", self._whole, self.count)
        return await self._walk(self._run, block, frame, state)

    def begun(self, path: str) -> bool:
        return self._run.journal.recall(path) is not None

    async def side_by_side(
        self, jobs: Sequence[Callable[[], Awaitable[Json]]], concurrency: int
    ) -> list[Json]:
        return await side_by_side(jobs, concurrency)

    @property
    def _whole(self) -> Datum:
        return self.frame.whole or self.state

    def _scope(self, data: Datum, counter: int | None) -> Scope:
        return Scope(data, self._whole, counter, self.world.secrets.texts)

    def _limited(self, datum: Datum, what: str) -> Datum:
        size = len(datum.text.encode())
        if size > self.world.limits.data_bytes:
            limit = f"{self.world.limits.data_bytes:,} bytes"
            raise StepFailed(DATA_LIMIT, f"the step's {what} has {size:,} bytes, more than {limit}")
        return datum

    def _result_of(self, outcome: Outcome) -> Json:
        if outcome.error is not None:
            raise StepFailed(outcome.error.code, outcome.error.message)
        if outcome.ending is Ending.FINISHED:
            return parse(outcome.result_json or "{}")
        if self._run.control.stop_requested:
            raise Stopped
        raise StepFailed(PRECONDITION, "the nested run was stopped")

    async def _unless_stopped(self, waiting: Coroutine[None, None, None]) -> None:
        """Waits, but no longer than until a stop is requested."""
        tasks = [asyncio.create_task(waiting), asyncio.create_task(self._run.control.stop_wanted())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a number"
