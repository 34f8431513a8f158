"""A checked workflow as data, and the contract between a step and the run that carries it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from declarative.diagnostics import Span
from declarative.engine.evaluation import Datum
from declarative.engine.journal import StepError
from declarative.engine.mocks import Mocks
from declarative.engine.template import Template
from declarative.engine.world import World
from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Block:
    """A sequence of steps: the workflow itself, a branch, the body of a loop."""

    start: str
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class Step:
    """`type` as in histories (`HttpCall`), `key` as in the file (`httpCall`)."""

    id: str
    type: str
    key: str
    body: Body
    span: Span
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """How a step ended: what it adds to the state, and the step after it.

    `error` is what a catch rule took over; `ends` ends the whole run as FINISHED.
    """

    out: Datum | None
    next: str | None
    error: StepError | None = None
    ends: bool = False


class Body(Protocol):
    """What is special to one type of step."""

    @property
    def successors(self) -> tuple[str, ...]:
        """Every step that may come next."""

    @property
    def may_end(self) -> bool:
        """Whether the sequence may end after this step."""

    @property
    def waits(self) -> bool:
        """Whether the step itself talks to the world, waits, or ends the run."""

    @property
    def blocks(self) -> Mapping[str, Block]:
        """The blocks inside, by branch name; the body of a loop under ""."""

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        """Each block as a run of `count` items may have begun it, with the prefix of its steps' paths."""

    async def carry_out(self, visit: Visit) -> Done:
        """Raises StepFailed when the step fails and no catch rule answers."""


class Visit(Protocol):
    """One step of a run at one path: all that a step may do to the journal and the world."""

    @property
    def step(self) -> Step: ...
    @property
    def path(self) -> str: ...
    @property
    def world(self) -> World: ...
    @property
    def state(self) -> Datum: ...
    @property
    def started_at(self) -> float: ...
    @property
    def due(self) -> float | None:
        """What `begin` was told, now or before a crash."""

    @property
    def turn(self) -> int:
        """Which try of the retry policy this is, from 1; a try repeated after a crash keeps its number."""

    @property
    def mock(self) -> str | None:
        """The key of the mock that answers instead of the step, if there is one."""

    def take(self, given: Datum) -> Datum:
        """Sets what history shows as the step's input. Raises StepFailed past the data limit."""

    async def input(self, template: Template | None, counter: int | None = None) -> Datum:
        """What the `input` template makes of the state; after a crash, what it made then."""

    async def begin(self, count: int = 0, due: float | None = None) -> None:
        """Journals that the step is under way; not once more when it was so before a crash."""

    async def begin_attempt(self) -> None:
        """Journals that another attempt is under way, after the delay it is due to wait."""

    async def retry_later(self, error: StepError, delay: float) -> None:
        """Journals a failed attempt that will be tried again in `delay` seconds."""

    async def values(
        self, templates: Sequence[Template], data: Datum, counter: int | None = None
    ) -> list[Json]:
        """What templates yield for `data`."""

    async def texts(self, templates: Sequence[Template], data: Datum) -> list[str]:
        """What templates of text fields yield for `data`."""

    async def output(self, template: Template | None, raw: Datum) -> Datum:
        """What the `output` template makes of the raw output. Raises StepFailed unless it is an object."""

    def masked(self, error: StepError) -> StepError:
        """Without the texts of secrets."""

    async def sleep_until(self, due: float) -> None: ...

    def seconds_left(self, limit: float) -> float:
        """At most `limit`, and not past the end of the step's or the run's time."""

    async def nested(self, workflow_id: str, given: Json) -> Json:
        """The result of another workflow's run. Raises StepFailed with that run's error."""

    async def block(self, block: Block, label: str, state: Datum) -> Datum:
        """Carries out an inner block; `label` sets its paths apart (`.branch`, `[3]`)."""

    def begun(self, path: str) -> bool:
        """Whether the journal knows the path."""

    async def side_by_side(
        self, jobs: Sequence[Callable[[], Awaitable[Json]]], concurrency: int
    ) -> list[Json]:
        """The jobs' results in their order, at most `concurrency` under way."""


@dataclass(frozen=True, slots=True)
class CloudStep:
    """A step that only the cloud can carry out, and its place in the file."""

    path: str
    id: str
    key: str
    span: Span


@dataclass(frozen=True, slots=True)
class NestedWorkflow:
    """A `workflow` step: the other workflow it runs."""

    path: str
    id: str
    workflow_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that passed every check."""

    block: Block
    cloud: tuple[CloudStep, ...]
    nested: tuple[NestedWorkflow, ...]

    def unanswered(self, mocks: Mocks) -> tuple[CloudStep, ...]:
        """The cloud steps that no mock answers."""
        return tuple(step for step in self.cloud if mocks.key_for(step.path, step.id, step.key) is None)

    def nested_unanswered(self, mocks: Mocks) -> tuple[NestedWorkflow, ...]:
        """The `workflow` steps that no mock answers."""
        return tuple(step for step in self.nested if mocks.key_for(step.path, step.id, "workflow") is None)


def quoted(name: str) -> str:
    """A step id or branch name as a part of a path: what paths themselves are made of is percent-encoded."""
    return "".join(f"%{ord(letter):02X}" if letter in "%/.[]~#" else letter for letter in name)


def step_path(prefix: str, step_id: str, visit: int) -> str:
    """The path of a step's nth visit within one run of its block."""
    return f"{prefix}{quoted(step_id)}" + (f"~{visit}" if visit > 1 else "")
