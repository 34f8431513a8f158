"""The engine of the simulation: it keeps its promises, and not a bit more.

Effects come late, lists lag behind, pages are short, ended executions are forgotten, people interfere. It knows
the truth about every execution, which the laws are checked against.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from sim_faults import Fault
from sim_world import EPOCH, Crash, Process, World

from declarative.model.execution import Execution, Status
from declarative.protocols import (
    Capabilities,
    GetRequest,
    HistoryRequest,
    Kind,
    ListPage,
    ListRequest,
    ProviderError,
    ResolveRequest,
    Started,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.testing.runs import Forced, Run, Script

if TYPE_CHECKING:
    from sim_laws import Laws

T = TypeVar("T")

CALL_SECONDS = 0.05
SEND_WINDOW = 3.0
REQUEST_TIMEOUT = 2.0
LATE_MAX = 1.5
LIST_LAG_MAX = 1.5
SETTLE = SEND_WINDOW + REQUEST_TIMEOUT + LATE_MAX + LIST_LAG_MAX
"""Exactly what the contract asks for, so that a rule that waits less is found out."""


@dataclass(frozen=True, slots=True)
class EngineKind:
    """`idempotent`: honours the attempt and tells it in lists. Seconds; `retention`: after an end.

    `echo`: what `get` gives for an input. `hides`: lists nothing, which no engine may.
    """

    idempotent: bool = False
    page_size_max: int = 1000
    list_lag: float = LIST_LAG_MAX
    retention: float = math.inf
    retention_min: float = 3600.0
    active_max: float = math.inf
    echo: Callable[[str], str] | None = None
    hides: bool = False

    @property
    def capabilities(self) -> Capabilities:
        settle = 0.0 if self.idempotent else SETTLE
        return Capabilities(
            idempotent_start=self.idempotent,
            settle=settle,
            retention_min=self.retention_min,
            send_window=SEND_WINDOW,
        )


@dataclass(slots=True)
class Kept:
    """One execution, and who asked for it: `address` is empty for people's own."""

    run: Run
    address: str
    listed_at: float


@dataclass(eq=False)
class SimEngine:
    """`workflows`: id -> script. `kept`: every execution there ever was, by id; `forgotten`: those purged."""

    world: World
    kind: EngineKind
    workflows: Mapping[str, Script]
    laws: Laws
    identity: str = "simulated"
    kept: dict[str, Kept] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    by_attempt: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    """How many starts were asked for."""
    is_full: bool = True
    """Whether `active_max` counts."""

    def accept(self, workflow_id: str, input_json: str, attempt: str, address: str) -> str:
        """An execution comes into being."""
        if self.kind.idempotent and attempt in self.by_attempt:
            return self.by_attempt[attempt]
        now, serial = self.world.mono, len(self.kept)
        echo = self.kind.echo(input_json) if self.kind.echo else input_json
        run_id = f"run-{serial + 1}"
        script = self.workflows[workflow_id]
        run = Run(run_id, workflow_id, attempt, input_json, echo, script, now, EPOCH, serial)
        lag = 0.0 if self.kind.idempotent else self.kind.list_lag * self.world.adversary.share()
        self.kept[run_id] = Kept(run, address, now + lag)
        self.by_attempt[attempt] = run_id
        self.laws.accepted(self.kept[run_id])
        return run_id

    def knows(self, run_id: str) -> bool:
        kept = self.kept.get(run_id)
        if kept is None or run_id in self.forgotten:
            return False
        return self.world.mono <= kept.run.ended_at + self.kind.retention

    def is_active(self, run_id: str) -> bool:
        return self.knows(run_id) and not self.kept[run_id].run.status(self.world.mono).is_terminal

    def find(self, run_id: str) -> Run:
        if not self.knows(run_id):
            raise ProviderError(Kind.NOT_FOUND, "get", f"no {run_id}", proves_nothing_happened=True)
        return self.kept[run_id].run

    def has_room(self) -> bool:
        active = sum(self.is_active(run_id) for run_id in self.kept)
        return active < self.kind.active_max or not self.is_full

    def page(self, request: ListRequest) -> ListPage:
        """Newest first; a token is the serial of the last row, so that new rows move nothing."""
        before = int(request.page_token or 10**9)
        rows = [
            kept.run
            for run_id, kept in reversed(self.kept.items())
            if kept.run.workflow_id == request.workflow_id
            and kept.run.serial < before
            and kept.listed_at <= self.world.mono
            and not self.kind.hides
            and self.knows(run_id)
        ]
        size = min(request.page_size, self.kind.page_size_max)
        shown = tuple(self._row(run) for run in rows[:size])
        token = str(rows[size - 1].serial) if len(rows) > size else ""
        return ListPage(shown, token, self.world.service_time)

    def _row(self, run: Run) -> Execution:
        row = run.preview(self.world.mono)
        return replace(row, attempt=run.attempt) if self.kind.idempotent else row

    # ── what people do ─────────────────────────────────────────────────────────────────────────────────

    def started_by_hand(self, workflow_id: str, input_json: str) -> str:
        return self.accept(workflow_id, input_json, f"by-hand-{len(self.kept)}", "")

    def set_status(self, run_id: str, status: Status) -> None:
        if self.is_active(run_id):
            self.kept[run_id].run.forced = Forced(status, self.world.mono)

    def forget(self, run_id: str) -> None:
        self.forgotten.add(run_id)


class SimProvider:
    """One process's client: every call is a touch, and takes time."""

    def __init__(self, engine: SimEngine, process: Process) -> None:
        self._engine = engine
        self._process = process
        self._world = engine.world
        self.identity = engine.identity
        self.capabilities = engine.kind.capabilities

    def resolve(self, request: ResolveRequest) -> str:
        return request.reference

    def get(self, request: GetRequest) -> Execution:
        self._read("get")
        return self._engine.find(request.execution_id).whole(self._world.mono)

    def list(self, request: ListRequest) -> ListPage:
        self._read("list")
        return self._engine.page(request)

    def history(self, request: HistoryRequest) -> tuple[()]:
        return ()

    def close(self) -> None:
        """There is nothing to give back."""

    def start(self, request: StartRequest) -> Started:
        fault = self._process.touch("start")
        if self._world.mono > request.not_after:
            raise ProviderError(Kind.TOO_LATE, "start", "too late", proves_nothing_happened=True)
        if fault is None and not self._engine.has_room():
            fault = Fault.THROTTLED
        if fault not in _NEVER_SENT:
            self._engine.laws.wire.on_start(request, self._process)
        self._engine.starts += 1
        made = self._act("start", fault, lambda: self._accept(request))
        return Started(made)

    def stop(self, request: StopRequest) -> None:
        def act() -> None:
            run = self._running(request.execution_id)
            run.stop_asked_at = min(run.stop_asked_at, self._world.mono)

        self._end("stop", request.execution_id, act)

    def terminate(self, request: TerminateRequest) -> None:
        def act() -> None:
            run = self._running(request.execution_id)
            run.terminated_at = min(run.terminated_at, self._world.mono)
            if run.forced is not None:
                run.forced = Forced(Status.STOPPED, self._world.mono)

        self._end("terminate", request.execution_id, act)

    # ── how calls go wrong ─────────────────────────────────────────────────────────────────────────────

    def _read(self, method: str) -> None:
        fault = self._process.touch(method)
        self._process.spend(CALL_SECONDS)
        if fault is not None:
            raise ProviderError(Kind.UNAVAILABLE, method, "HTTP 503")

    def _end(self, method: str, execution_id: str, act: Callable[[], None]) -> None:
        fault = self._process.touch(method)
        self._engine.laws.wire.on_stop(execution_id, method, self._process)
        self._act(method, fault, act)

    def _accept(self, request: StartRequest) -> str:
        return self._engine.accept(
            request.workflow_id, request.input_json, request.attempt, request.description
        )

    def _running(self, execution_id: str) -> Run:
        run = self._engine.find(execution_id)
        if run.status(self._world.mono).is_terminal:
            raise ProviderError(Kind.PRECONDITION, "stop", "it has ended", proves_nothing_happened=True)
        return run

    def _act(self, method: str, fault: Fault | None, act: Callable[[], T]) -> T:
        """The effect at its time, and what the caller hears of it."""
        if fault is None:
            self._process.spend(CALL_SECONDS)
            return act()
        if fault in (Fault.THROTTLED, Fault.UNREACHABLE):
            raise ProviderError(_KINDS[fault], method, fault.value, proves_nothing_happened=True)
        late = REQUEST_TIMEOUT + LATE_MAX * self._world.adversary.share()
        if fault in (Fault.LOST_AFTER, Fault.UNAVAILABLE_AFTER):
            _quietly(act)
        if fault in (Fault.LATE, Fault.CRASH_LATE):
            late = 0.0 if self._engine.kind.idempotent else late
            self._world.at(self._world.mono + late, lambda: _quietly(act))
        if fault is Fault.CRASH_LATE:
            self._process.die()
        if fault in (Fault.UNAVAILABLE, Fault.UNAVAILABLE_AFTER):
            raise ProviderError(Kind.UNAVAILABLE, method, "HTTP 503")
        self._process.spend(REQUEST_TIMEOUT if self._world.adversary.hangs() else CALL_SECONDS)
        raise ProviderError(Kind.TIMEOUT, method, "no answer")


_NEVER_SENT = frozenset({Fault.THROTTLED, Fault.UNREACHABLE})
_KINDS = {Fault.THROTTLED: Kind.EXHAUSTED, Fault.UNREACHABLE: Kind.UNREACHABLE}


def _quietly(act: Callable[[], object]) -> None:
    """An effect whose answer nobody hears."""
    with contextlib.suppress(ProviderError):
        act()


def as_doubles(input_json: str) -> str:
    """The echo of an engine that keeps numbers as doubles and drops nulls."""
    value = json.loads(input_json, parse_int=float)
    return json.dumps({key: item for key, item in value.items() if item is not None})


def nothing(input_json: str) -> str:
    """The echo of an engine that has lost the input."""
    return "{}"


__all__ = ["Crash", "EngineKind", "Kept", "SimEngine", "SimProvider", "as_doubles", "nothing"]
