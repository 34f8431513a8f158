"""What goes into the engine's database and comes out of it, as values."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.engine.journal import Entry


@dataclass(frozen=True, slots=True)
class NewExecution:
    """An accepted start. `attempt`: a key under which the same start may be asked for again; with `exact`,
    asking for another one under it is an error.

    `text` is the workflow as it is at this moment, `settings` those it will run with; `started_at` is in
    nanoseconds since the epoch.
    """

    id: str
    workflow_id: str
    text: str
    settings: str | None
    input_json: str
    started_at: int
    attempt: str | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class NestedStart:
    """A run that a `workflow` step asks for; `parent_path` is the step's, and unique within the parent.

    The run gets the parent's settings, and a stop that was asked of the parent.
    """

    id: str
    workflow_id: str
    text: str
    input_json: str
    started_at: int
    parent: str
    parent_path: str


@dataclass(frozen=True, slots=True)
class Nested:
    """The run of a `workflow` step, made now or before. `number` is the database's own key."""

    number: int
    id: str


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow this engine knows. `path` is relative to the root; `created_at` in nanoseconds."""

    id: str
    name: str
    path: str
    text: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Job:
    """What a runner needs to carry an execution on. `text` and `settings` are numbers of texts."""

    number: int
    id: str
    workflow_id: str
    text: int
    settings: int | None
    input_json: str
    depth: int
    asked: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A stop or terminate that was asked of an active execution."""

    number: int
    asked: str


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of a journal, and its place among the execution's entries."""

    position: int
    entry: Entry
