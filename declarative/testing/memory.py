"""An engine in memory, over an injected clock: scripted workflows, and the faults a network is known for."""

from __future__ import annotations

import contextlib
import json
import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from declarative.model.execution import Execution, ExecutionError, Status
from declarative.model.moment import parse_moment
from declarative.protocols import (
    Capabilities,
    Clock,
    Kind,
    ListPage,
    ListRequest,
    ProviderError,
    Started,
    StartRequest,
)
from declarative.testing.runs import Forced, Run, Script

T = TypeVar("T")


class Fault(StrEnum):
    """What may go wrong with one call."""

    LOST_BEFORE = "lost_before"
    """No effect, no answer: nobody can tell."""
    LOST_AFTER = "lost_after"
    """The effect took place, the answer was lost."""
    LATE = "late"
    """No answer; the effect takes place `Conditions.late_by` seconds later."""
    THROTTLED = "throttled"
    """429 with proof that nothing happened."""
    UNREACHABLE = "unreachable"
    """No connection: proof that nothing happened."""
    UNAVAILABLE = "unavailable"
    """503 without any effect, and without proof of that."""
    GARBLED_AFTER = "garbled_after"
    """The effect took place; the answer cannot be read."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How this engine differs from an ideal one. Seconds throughout.

    `list_lag`: until an execution shows up in lists. `late_by`: for Fault.LATE. `page_size_max`: what a page
    holds at most. `narrows`: whether `active_only` and `started_after` have any effect. `retention`: how long
    after its end an execution is remembered. `echo`: what `get` gives for an input. `active_max`: a quota.
    """

    list_lag: float = 0.0
    late_by: float = 30.0
    page_size_max: int = 1000
    narrows: bool = True
    retention: float = math.inf
    echo: Callable[[str], str | None] | None = None
    active_max: float = math.inf


class MemoryEngine:
    """Everything the engine knows; providers are handles to it, as many as a test needs.

    `workflows`: id -> script. `names`: name -> id, for references by name. `calls`: how often each method was
    asked. `starts`: every request to start, in order of arrival. `weather`: picks a fault for a call
    (method, request); `fail_next` does so by order. Deterministic: ids come from the attempts.
    """

    def __init__(
        self,
        clock: Clock,
        workflows: Mapping[str, Script],
        capabilities: Capabilities | None = None,
        conditions: Conditions | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = clock
        self.workflows = dict(workflows)
        self.capabilities = capabilities or Capabilities()
        self.conditions = conditions or Conditions()
        self.names = dict(names or {})
        self.calls: Counter[str] = Counter()
        self.starts: list[StartRequest] = []
        self.weather: Callable[[str, object], Fault | None] = lambda method, request: None
        self._faults: dict[str, deque[Fault | None]] = {}
        self._runs: dict[str, Run] = {}
        self._lock = threading.RLock()

    def fail_next(self, method: str, *faults: Fault | None) -> None:
        """What happens to the next calls of a method; None is an ordinary call."""
        self._faults.setdefault(method, deque()).extend(faults)

    def executions(self) -> tuple[Execution, ...]:
        """All that were ever accepted, whatever lists show, in order of acceptance."""
        with self._lock:
            now = self.clock.monotonic()
            runs = sorted(self._runs.values(), key=_order)
            return tuple(run.whole(now) for run in runs if run.accepted_at <= now)

    def set_status(
        self,
        execution_id: str,
        status: Status,
        error: ExecutionError | None = None,
        result_json: str | None = None,
    ) -> None:
        """What a person in the console, or a broken engine, may do to an execution."""
        with self._lock:
            run = self._runs[execution_id]
            run.forced = Forced(status, self.clock.monotonic(), error, result_json)

    def forget(self, execution_id: str) -> None:
        """The engine's retention has run out for it."""
        with self._lock:
            del self._runs[execution_id]

    def asked(self, method: str, request: object, answer: Callable[[float], T]) -> T:
        """One call: counted, struck by its fault, and answered (`answer` is given the time it acts at)."""
        with self._lock:
            self.calls[method] += 1
            queued = self._faults.get(method)
            fault = queued.popleft() if queued else self.weather(method, request)
            now = self.clock.monotonic()
            if fault in _EFFECTIVE:
                with contextlib.suppress(ProviderError):  # whatever was said, the caller does not hear it
                    answer(now + (self.conditions.late_by if fault is Fault.LATE else 0.0))
            if fault is not None:
                raise _error_of(fault, method)
            return answer(now)

    def workflow_id(self, reference: str) -> str:
        name = _name_in(reference)
        found = self.names.get(name) if name is not None else reference
        if found not in self.workflows:
            raise engine_error(Kind.NOT_FOUND, f"there is no workflow {reference}", proof=True)
        return str(found)

    def accept(self, request: StartRequest, at: float) -> Started:
        """Starts once, or once more: this engine honours a key only where its capabilities say so."""
        script = self.workflows.get(request.workflow_id)
        if script is None:
            raise engine_error(Kind.NOT_FOUND, f"there is no workflow {request.workflow_id}", proof=True)
        known = self._earlier(request)
        if known is not None:
            return Started(known.id)
        now = self.clock.monotonic()
        if sum(run.ended_at > now for run in self._runs.values()) >= self.conditions.active_max:
            raise engine_error(Kind.EXHAUSTED, "the quota of active executions is used up", proof=True)
        run = self._run(request, script, at)
        self._runs[run.id] = run
        return Started(run.id)

    def find(self, execution_id: str) -> Run:
        run = self._runs.get(execution_id)
        if run is None or not self._remembers(run):
            raise engine_error(Kind.NOT_FOUND, f"there is no execution {execution_id}", proof=True)
        return run

    def listed(self, request: ListRequest) -> ListPage:
        """Newest first. The token of a page is the place of its last row, so new rows move nothing."""
        if request.workflow_id not in self.workflows:
            raise engine_error(Kind.NOT_FOUND, f"there is no workflow {request.workflow_id}", proof=True)
        now = self.clock.monotonic()
        rows = [
            run for run in sorted(self._runs.values(), key=_order, reverse=True) if self._shows(run, request)
        ]
        if request.page_token:
            place = json.loads(request.page_token)
            rows = [run for run in rows if list(_order(run)) < place]
        size = max(1, min(request.page_size, self.conditions.page_size_max))
        page, more = rows[:size], rows[size:]
        token = json.dumps(_order(page[-1])) if more else ""
        return ListPage(tuple(run.preview(now) for run in page), token, self.clock.now())

    def _earlier(self, request: StartRequest) -> Run | None:
        if self.capabilities.client_ids and request.execution_id in self._runs:
            run = self._runs[request.execution_id]
            if run.attempt != request.attempt:
                raise engine_error(Kind.EXISTS, f"the execution {run.id} exists already")
            return run
        if not self.capabilities.idempotent_start:
            return None
        return next((run for run in self._runs.values() if run.attempt == request.attempt), None)

    def _run(self, request: StartRequest, script: Script, at: float) -> Run:
        echo = self.conditions.echo
        return Run(
            id=self._new_id(request),
            workflow_id=request.workflow_id,
            attempt=request.attempt,
            input_json=request.input_json,
            echo=echo(request.input_json) if echo else request.input_json,
            script=script,
            accepted_at=at,
            epoch=self.clock.now() - self.clock.monotonic(),
            serial=len(self._runs),
        )

    def _new_id(self, request: StartRequest) -> str:
        if self.capabilities.client_ids and request.execution_id is not None:
            return request.execution_id
        first = f"{request.workflow_id}-{request.attempt}"
        later = (f"{first}-{n}" for n in range(2, len(self._runs) + 3))
        return next(found for found in (first, *later) if found not in self._runs)

    def _remembers(self, run: Run) -> bool:
        now = self.clock.monotonic()
        return run.accepted_at <= now <= run.ended_at + self.conditions.retention

    def _shows(self, run: Run, request: ListRequest) -> bool:
        now = self.clock.monotonic()
        if run.workflow_id != request.workflow_id or not self._remembers(run):
            return False
        if run.accepted_at + self.conditions.list_lag > now:
            return False
        return not self.conditions.narrows or _is_wanted(run.preview(now), request)


_EFFECTIVE = frozenset({Fault.LOST_AFTER, Fault.LATE, Fault.GARBLED_AFTER})


def _order(run: Run) -> tuple[float, int]:
    return run.accepted_at, run.serial


def _is_wanted(seen: Execution, request: ListRequest) -> bool:
    if request.active_only and not seen.is_active:
        return False
    started_at = parse_moment(seen.started_at)
    return request.started_after is None or started_at is None or started_at > request.started_after


def _name_in(reference: str) -> str | None:
    if not reference.startswith("{"):
        return None
    return str(json.loads(reference).get("name"))


def engine_error(kind: Kind, said: str, proof: bool = False) -> ProviderError:
    """What the engine itself says; `proof`: nothing can have happened."""
    return ProviderError(kind, "memory", said, proves_nothing_happened=proof)


def _error_of(fault: Fault, method: str) -> ProviderError:
    match fault:
        case Fault.LOST_BEFORE | Fault.LOST_AFTER | Fault.LATE:
            return ProviderError(Kind.TIMEOUT, method, "no answer in time")
        case Fault.THROTTLED:
            return ProviderError(
                Kind.EXHAUSTED, method, "too many requests", proves_nothing_happened=True, retry_after=1.0
            )
        case Fault.UNREACHABLE:
            return ProviderError(Kind.UNREACHABLE, method, "connection refused", proves_nothing_happened=True)
        case Fault.UNAVAILABLE:
            return ProviderError(Kind.UNAVAILABLE, method, "HTTP 503")
        case Fault.GARBLED_AFTER:
            return ProviderError(Kind.GARBLED, method, "an answer without an id")
