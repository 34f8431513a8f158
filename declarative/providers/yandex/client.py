"""The service's methods over REST, as a Provider. The reading half cannot start or stop anything."""

from __future__ import annotations

from declarative.diagnostics import Diagnostic
from declarative.model.execution import Execution, Step
from declarative.protocols import (
    Capabilities,
    GetRequest,
    HistoryRequest,
    ListPage,
    ListRequest,
    ResolveRequest,
    Started,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.providers.yandex.calls import Caller, Request, path_of
from declarative.providers.yandex.listing import EXECUTIONS_PATH, ExecutionLists
from declarative.providers.yandex.names import WorkflowNames
from declarative.providers.yandex.settings import YandexSettings
from declarative.providers.yandex.wire import Unusable, execution, start_body, started_id, steps


class YandexReader:
    """The reading methods. `warnings`: what should be said to people once, such as deprecated credentials."""

    def __init__(
        self, settings: YandexSettings, caller: Caller, warnings: tuple[Diagnostic, ...] = ()
    ) -> None:
        self.settings = settings
        self.warnings = warnings
        self._caller = caller
        self._lists = ExecutionLists(caller)
        self._names = WorkflowNames(caller, settings.folder_id)

    @property
    def identity(self) -> str:
        return self.settings.identity

    @property
    def capabilities(self) -> Capabilities:
        return self.settings.capabilities

    def resolve(self, request: ResolveRequest) -> str:
        """An id is taken as it is, without a call; a name is looked up in its folder."""
        return self._names.resolve(request.reference)

    def get(self, request: GetRequest) -> Execution:
        reply = self._caller.again(Request("GET", path_of(EXECUTIONS_PATH, request.execution_id)))
        try:
            found = execution(reply.body.get("execution"))
        except Unusable as problem:
            raise reply.unusable(str(problem)) from None
        if found.id != request.execution_id:
            raise reply.unusable("an answer about another execution")
        return found

    def list(self, request: ListRequest) -> ListPage:
        return self._lists.page(request)

    def history(self, request: HistoryRequest) -> tuple[Step, ...]:
        path = path_of(EXECUTIONS_PATH, request.execution_id, "history")
        reply = self._caller.again(Request("GET", path))
        try:
            return steps(reply.body)
        except Unusable as problem:
            raise reply.unusable(str(problem)) from None

    def close(self) -> None:
        self._caller.close()


class YandexProvider(YandexReader):
    """The reading methods and the three that change something."""

    def start(self, request: StartRequest) -> Started:
        """One try. The key is sent although nobody promises that it is honoured: it can only help."""
        reply = self._caller.once(
            Request(
                "POST",
                f"{EXECUTIONS_PATH}/start",
                body=start_body(request.workflow_id, request.input_json),
                headers={"Content-Type": "application/json", "Idempotency-Key": request.attempt},
                not_after=request.not_after,
                is_start=True,
                needs_executor=True,
            )
        )
        try:
            return Started(started_id(reply.body))
        except Unusable as problem:
            raise reply.unusable(str(problem)) from None

    def stop(self, request: StopRequest) -> None:
        self._change(request.execution_id, "stop")

    def terminate(self, request: TerminateRequest) -> None:
        self._change(request.execution_id, "terminate")

    def _change(self, execution_id: str, verb: str) -> None:
        path = path_of(EXECUTIONS_PATH, execution_id, verb)
        self._caller.again(Request("POST", path, needs_executor=True))
