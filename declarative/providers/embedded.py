"""Provider over the embedded engine: the first minutes, dev environments, and repositories tested in CI.

It keeps the attempt of every start, so a lost answer leaves nothing to guess and recovery need not wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from declarative.model.execution import Execution, ExecutionError, Step
from declarative.protocols import (
    Capabilities,
    Clock,
    GetRequest,
    HistoryRequest,
    Kind,
    ListPage,
    ListRequest,
    Provider,
    ProviderError,
    ResolveRequest,
    Started,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.providers.embedded_settings import read_settings

if TYPE_CHECKING:
    from declarative.engine.client import Engine
    from declarative.engine.errors import EngineError
    from declarative.engine.journal import Entry, StepError
    from declarative.plugins import OpenRequest

R = TypeVar("R")

LOOK_SECONDS = 1.0
"""How soon a reader misses a runner that was killed."""

FOREVER = 10 * 365 * 86_400.0
"""Seconds; what the engine remembers where nothing limits it."""

_KIND_OF = {
    3: Kind.INVALID,
    4: Kind.TIMEOUT,
    5: Kind.NOT_FOUND,
    6: Kind.EXISTS,
    7: Kind.DENIED,
    8: Kind.EXHAUSTED,
    9: Kind.PRECONDITION,
    14: Kind.UNAVAILABLE,
}
_PROOF = frozenset(
    {Kind.INVALID, Kind.NOT_FOUND, Kind.DENIED, Kind.EXHAUSTED, Kind.PRECONDITION, Kind.EXISTS}
)

_log = logging.getLogger("declarative.providers.embedded")


def open_embedded(request: OpenRequest) -> Provider:
    """The engine of this configuration and environment, under `.declarative/`. Raises Refused.

    Who may not write is given a reader, and none creates an engine: until something was applied, there is
    nothing to read.
    """
    directory = Path(request.root, ".declarative", request.environment or "default", "engine")
    settings = read_settings(request.settings, request.environ, request.workflows)
    capabilities = _capabilities(settings.keep)
    if not request.may_write and not (directory / "engine.sqlite3").exists():
        return cast(Provider, NoEngineYet(request.root, capabilities))
    from declarative.engine.client import Engine

    engine = Engine(directory, request.root, settings, looks_on=not request.may_write)
    if request.may_write:
        return EmbeddedProvider(engine, request.root, request.clock, capabilities)
    # The table of providers knows one type only; a reader that is asked to start fails instead of starting.
    return cast(Provider, EmbeddedReader(engine, request.root, request.clock, capabilities))


def _capabilities(keep: float | None) -> Capabilities:
    return Capabilities(
        idempotent_start=True, terminal_is_final=True, settle=0.0, retention_min=keep or FOREVER
    )


class _Paths:
    """What a path means, with or without a database."""

    def __init__(self, root: str, capabilities: Capabilities) -> None:
        self._root = root
        self.capabilities = capabilities

    def resolve(self, request: ResolveRequest) -> str:
        """The id that the file's path stands for. Raises ProviderError when there is no such file."""
        from declarative.engine.catalogue import workflow_id

        if not Path(self._root, request.reference).is_file():
            hint = f"Paths of workflows start from {self._root}."
            raise ProviderError(
                Kind.NOT_FOUND, f"workflow {request.reference}", "there is no such file", hint=hint
            )
        return workflow_id(request.reference)


class NoEngineYet(_Paths):
    """Stands in for an engine that nothing was ever started on. Writes nothing; there is nothing to stop."""

    identity = "embedded (new)"

    def get(self, request: GetRequest) -> Execution:
        self._knows_nothing(f"get {request.execution_id}")

    def list(self, request: ListRequest) -> ListPage:
        return ListPage(())

    def history(self, request: HistoryRequest) -> tuple[Step, ...]:
        self._knows_nothing(f"history {request.execution_id}")

    def close(self) -> None:
        """There is nothing to give back."""

    def _knows_nothing(self, call: str) -> NoReturn:
        raise ProviderError(Kind.NOT_FOUND, call, "there is no engine yet")


class EmbeddedReader(_Paths):
    """Looks on, and has a runner carry active executions on: they are this machine's own work."""

    def __init__(self, engine: Engine, root: str, clock: Clock, capabilities: Capabilities) -> None:
        super().__init__(root, capabilities)
        self._engine = engine
        self._clock = clock
        self._look_at = clock.monotonic()
        self._look_after()

    @property
    def identity(self) -> str:
        return f"embedded {self._engine.identity}"

    def get(self, request: GetRequest) -> Execution:
        self._look_after()
        return self._call(f"get {request.execution_id}", lambda: self._engine.get(request.execution_id))

    def list(self, request: ListRequest) -> ListPage:
        """An engine that was never told of a workflow has run nothing of it."""
        self._look_after()
        try:
            page = self._call(
                f"list {request.workflow_id}",
                lambda: self._engine.list(request.workflow_id, request.page_size, request.page_token),
            )
        except ProviderError as error:
            if error.kind is not Kind.NOT_FOUND:
                raise
            return ListPage(())
        return ListPage(tuple(page.executions), page.next_page_token, self._clock.now())

    def history(self, request: HistoryRequest) -> tuple[Step, ...]:
        self._look_after()
        call = f"history {request.execution_id}"
        return tuple(_steps(self._call(call, lambda: self._engine.history(request.execution_id))))

    def close(self) -> None:
        self._engine.close()

    def _call(self, name: str, work: Callable[[], R]) -> R:
        from declarative.engine.errors import EngineError

        try:
            return work()
        except EngineError as error:
            raise _provider_error(name, error) from error

    def _look_after(self) -> None:
        """Who waits for an execution would wait for ever once its runner has been killed."""
        now = self._clock.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._see_to_runner()

    def _see_to_runner(self) -> None:
        """What was started is durable and goes on with the next runner, so its absence is no error yet."""
        from declarative.engine.errors import EngineError

        try:
            self._engine.ensure_running()
        except EngineError as error:
            _log.warning("%s", error)


class EmbeddedProvider(EmbeddedReader):
    """Safe to call from several threads: starts of the same moment share one commit."""

    def __init__(self, engine: Engine, root: str, clock: Clock, capabilities: Capabilities) -> None:
        super().__init__(engine, root, clock, capabilities)
        self._paths: dict[str, str] = {}

    def resolve(self, request: ResolveRequest) -> str:
        found = super().resolve(request)
        self._paths[found] = request.reference
        return found

    def start(self, request: StartRequest) -> Started:
        """Durable on return. The same attempt answers with the same execution."""
        path = self._paths.get(request.workflow_id)
        name = f"start {path or request.workflow_id}"
        if self._clock.monotonic() > request.not_after:
            said = "the time in which it may be sent was over"
            raise ProviderError(Kind.TOO_LATE, name, said, proves_nothing_happened=True)
        execution_id = self._call(name, lambda: self._start(request, path))
        self._see_to_runner()
        return Started(execution_id)

    def stop(self, request: StopRequest) -> None:
        self._call(f"stop {request.execution_id}", lambda: self._engine.stop(request.execution_id))

    def terminate(self, request: TerminateRequest) -> None:
        self._call(f"terminate {request.execution_id}", lambda: self._engine.terminate(request.execution_id))

    def _start(self, request: StartRequest, path: str | None) -> str:
        from declarative.engine.client import StartCall

        if path is not None:
            self._engine.register(path)
        call = StartCall(request.workflow_id, request.input_json, request.attempt)
        return self._engine.start_soon(call).result()


def _provider_error(name: str, error: EngineError) -> ProviderError:
    """Whatever the engine refuses has not happened; what the disk or a bug prevented may have."""
    kind = _KIND_OF.get(error.code, Kind.OTHER)
    return ProviderError(kind, name, error.message, proves_nothing_happened=kind in _PROOF)


def _steps(entries: Iterable[Entry]) -> Iterable[Step]:
    from declarative.engine.timestamps import rfc3339

    for entry in entries:
        yield Step(
            id=entry.step,
            type=entry.type,
            status=entry.status.value,
            title=entry.title,
            path=entry.path,
            started_at=rfc3339(round(entry.started_at * 1e6) * 1000),
            duration=None if entry.ended_at is None else max(0.0, entry.ended_at - entry.started_at),
            attempts=entry.attempts,
            error=_error(entry.error),
            last_error=_error(entry.last_error),
            input_json=entry.input_json,
            output_json=entry.output_json,
        )


def _error(error: StepError | None) -> ExecutionError | None:
    return None if error is None else ExecutionError(error.code, error.message)
