"""What the files declare, expanded to one instance per address: the desired side of every comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from declarative.diagnostics import Diagnostic, Span
from declarative.model.address import Address
from declarative.model.json import Json

InputPath = tuple[str | int, ...]


class Run(StrEnum):
    ONCE = "once"
    ALWAYS = "always"
    NEVER = "never"


class End(StrEnum):
    """The ends that `rerun_on` may name."""

    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


class OnChange(StrEnum):
    RERUN = "rerun"
    START_FIRST = "start_first"
    KEEP = "keep"
    FORBID = "forbid"


class OnRemove(StrEnum):
    STOP = "stop"
    ABANDON = "abandon"


class Need(StrEnum):
    """What a dependent waits for in an upstream."""

    FINISHED = "finished"
    ACTIVE = "active"
    SETTLED = "settled"


class Duplicates(StrEnum):
    BLOCK = "block"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Policies:
    """How an entry's instances are treated; one object shared by all of them. Durations are in seconds."""

    run: Run = Run.ONCE
    rerun_on: frozenset[End] = frozenset()
    stop_timeout: float = 120.0
    max_attempts: int = 3
    healthy_after: float = 600.0
    rotate_after: float | None = None
    on_change: OnChange = OnChange.RERUN
    on_remove: OnRemove = OnRemove.STOP
    stop_grace: float | None = None
    protected: bool = False
    max_active: int | None = None
    group: str | None = None
    ignore_changes: tuple[str, ...] = ()
    sensitive: bool = False
    duplicates: Duplicates = Duplicates.BLOCK
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class WorkflowRef:
    """`named` is what the entry says and what digests cover; `reference` is what the provider resolves.

    `reference` is the engine's own id, a path for the embedded engine, or `name=...;folder_id=...` as
    canonical JSON for an engine that looks names up.
    """

    named: str
    reference: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """A whole entry that has to reach `need` before a dependent starts."""

    name: str
    need: Need
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An input as far as it can be known now.

    `unknown`: an expression touched a result that does not exist yet. `waits_for`: the instances whose
    results (or ids) are missing. `touched`: every instance an expression read from. `sensitive`: paths of
    leaves that must never be shown. `problem`: a reference to something a result does not have.
    """

    value: Json
    unknown: bool = False
    waits_for: tuple[Address, ...] = ()
    touched: tuple[Address, ...] = ()
    sensitive: frozenset[InputPath] = frozenset()
    unknown_paths: frozenset[InputPath] = frozenset()
    problem: Diagnostic | None = None


class Upstream(Protocol):
    """What expressions may ask of other instances while they are evaluated."""

    def result(self, address: Address) -> Json:
        """The result of a finished upstream. Raises Pending when there is none yet."""

    def id(self, address: Address) -> str:
        """The execution id. Raises Pending when it has none yet."""

    def input(self, address: Address) -> Json:
        """The declared input. Raises Pending when it is not known yet."""


class Pending(Exception):
    """An upstream's value does not exist yet. Not an error: the dependent waits."""

    def __init__(self, address: Address) -> None:
        self.address = address
        super().__init__(str(address))


class InputSource(Protocol):
    """Where an instance's input comes from: a constant, or expressions."""

    def evaluate(self, upstream: Upstream) -> Evaluated:
        """The input, as far as `upstream` lets it be known. Pure and repeatable."""

    def template(self) -> Json:
        """Text and known values, independent of results: what binds an input that is still unknown."""


@dataclass(frozen=True, slots=True)
class Constant:
    """An input without expressions over other executions."""

    value: Json
    sensitive: frozenset[InputPath] = frozenset()

    def evaluate(self, upstream: Upstream) -> Evaluated:
        return Evaluated(self.value, sensitive=self.sensitive)

    def template(self) -> Json:
        return self.value


@dataclass(frozen=True, slots=True)
class Instance:
    """One declared execution. `span` is where its entry stands."""

    address: Address
    provider: str
    workflow: WorkflowRef
    input: InputSource
    policies: Policies
    revision: str = "1"
    depends_on: tuple[Dependency, ...] = ()
    reads: tuple[str, ...] = ()
    """Names of entries whose values its input reads, for ordering; the instances are traced later."""
    adopt: str | None = None
    moved_from: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class SafetyLimits:
    """A plan beyond both the count and the share is refused (see planning.safety)."""

    max_stops: int = 5
    max_stops_share: float = 0.3
    max_reruns: int = 5
    max_reruns_share: float = 0.3


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One provider as the file configures it. `settings` is checked by the provider itself."""

    alias: str
    type: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    max_active: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """Where state lives: the backend's type and its own settings."""

    type: str = "local"
    settings: Mapping[str, Json] = field(default_factory=dict)
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Where state is kept, and whose it is. `owns_backend`: the environment has a backend of its own, whose
    address is meant as it is written."""

    root: str
    name: str
    environment: str
    backend: BackendSettings
    owns_backend: bool = False


class OutputSource(Protocol):
    """An output: an expression over results and statuses."""

    def evaluate(self, upstream: Upstream) -> Evaluated: ...


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything the files say. `root` is the configuration's folder; files hold text for diagnostics."""

    root: str
    name: str
    environment: str
    instances: Mapping[Address, Instance]
    providers: Mapping[str, ProviderSettings]
    backend: BackendSettings = BackendSettings()
    groups: Mapping[str, int] = field(default_factory=dict)
    safety: SafetyLimits = SafetyLimits()
    outputs: Mapping[str, OutputSource] = field(default_factory=dict)
    result_paths: Mapping[str, frozenset[InputPath]] = field(default_factory=dict)
    """By entry, the paths of its result that inputs and outputs read; () is all of it."""
    paths_by_reader: Mapping[str, Mapping[str, frozenset[InputPath]]] = field(default_factory=dict)
    """The same by who reads them: the name of an entry, or `outputs.NAME`."""
    secrets: frozenset[str] = frozenset()
    """Texts that must never leave the tool, wherever they turn up."""
    entry_names: tuple[str, ...] = ()
    """Every declared name, enabled or not and however many instances it has."""
    workflows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By provider: what its workflows are called, also by ids of other providers -> what it resolves."""
