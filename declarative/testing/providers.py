"""The test double of every engine, and the suite that every provider passes."""

from __future__ import annotations

from declarative.model.execution import Execution, Step
from declarative.protocols import (
    Capabilities,
    GetRequest,
    HistoryRequest,
    Kind,
    ListPage,
    ListRequest,
    ResolveRequest,
    Started,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.testing.conformance import ProviderConformance
from declarative.testing.memory import Conditions, Fault, MemoryEngine, engine_error
from declarative.testing.probe import Sample
from declarative.testing.runs import Run, Script

__all__ = [
    "Conditions",
    "Fault",
    "MemoryEngine",
    "MemoryProvider",
    "MemoryReader",
    "ProviderConformance",
    "Sample",
    "Script",
]


class MemoryReader:
    """The reading half: it has no way to start or stop."""

    def __init__(self, engine: MemoryEngine, identity: str = "memory") -> None:
        self.engine = engine
        self._identity = identity

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        return self.engine.capabilities

    def resolve(self, request: ResolveRequest) -> str:
        return self.engine.asked("resolve", request, lambda at: self.engine.workflow_id(request.reference))

    def get(self, request: GetRequest) -> Execution:
        return self.engine.asked("get", request, lambda at: self.engine.find(request.execution_id).whole(at))

    def list(self, request: ListRequest) -> ListPage:
        return self.engine.asked("list", request, lambda at: self.engine.listed(request))

    def history(self, request: HistoryRequest) -> tuple[Step, ...]:
        return self.engine.asked(
            "history", request, lambda at: self.engine.find(request.execution_id).steps(at)
        )

    def close(self) -> None:
        """There is nothing to give back."""


class MemoryProvider(MemoryReader):
    """A Provider over a MemoryEngine."""

    def start(self, request: StartRequest) -> Started:
        if self.engine.clock.monotonic() > request.not_after:
            raise engine_error(Kind.TOO_LATE, "the send window was over", proof=True)
        self.engine.starts.append(request)
        return self.engine.asked("start", request, lambda at: self.engine.accept(request, at))

    def stop(self, request: StopRequest) -> None:
        def act(at: float) -> None:
            run = self._active(request.execution_id)
            run.stop_asked_at = min(run.stop_asked_at, at)

        self.engine.asked("stop", request, act)

    def terminate(self, request: TerminateRequest) -> None:
        def act(at: float) -> None:
            run = self._active(request.execution_id)
            run.terminated_at = min(run.terminated_at, at)

        self.engine.asked("terminate", request, act)

    def _active(self, execution_id: str) -> Run:
        run = self.engine.find(execution_id)
        if run.status(self.engine.clock.monotonic()).is_terminal:
            raise engine_error(Kind.PRECONDITION, f"the execution {execution_id} has ended", proof=True)
        return run
