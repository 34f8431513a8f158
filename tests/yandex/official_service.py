"""The service as its official descriptors describe it, on a real socket, with the in-memory engine behind it.

Routes come from the google.api.http options; requests are parsed strictly by json_format and refused where
they are refused there; answers are the official messages.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from google.api import annotations_pb2
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from yandex.cloud import validation_pb2
from yandex.cloud.serverless.workflows.v1 import execution_pb2, execution_service_pb2, workflow_service_pb2

from declarative.model.execution import Execution, Step
from declarative.protocols import (
    GetRequest,
    HistoryRequest,
    Kind,
    ListRequest,
    ProviderError,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.testing.providers import MemoryEngine, MemoryProvider

FOLDER = "b1gfolder"
GRPC_TO_HTTP = {3: 400, 5: 404, 7: 403, 8: 429, 9: 400, 12: 501, 13: 500, 14: 503, 16: 401}
KIND_TO_GRPC = {Kind.INVALID: 3, Kind.NOT_FOUND: 5, Kind.EXHAUSTED: 8, Kind.PRECONDITION: 9}
_CONDITION = re.compile(r'(\w+)\s*(=|<|>)\s*(?:"([^"]*)"|(\S+))\Z')


class Refusal(Exception):
    """A google.rpc.Status on its way to the client."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


class Route:
    """One HTTP binding of one method."""

    def __init__(self, method: Any, rule: Any) -> None:
        self.name = f"{method.containing_service.name}.{method.name}"
        self.verb = rule.WhichOneof("pattern")
        template = getattr(rule, self.verb)
        self.pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")
        self.body = rule.body
        self.message: Any = method.input_type._concrete_class


def routes() -> list[Route]:
    found = []
    for module in (execution_service_pb2, workflow_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                rule = method.GetOptions().Extensions[annotations_pb2.http]
                found += [Route(method, each) for each in (rule, *rule.additional_bindings)]
    return found


class OfficialService:
    """`tokens`: those accepted. `filters`: what happens to a filter: `honoured`, `refused` or `ignored`.

    `requests`: (verb, target, headers, body) of everything that arrived. `before`: called with the method's
    name before it is answered; may raise Refusal.
    """

    def __init__(self, engine: MemoryEngine, filters: str = "honoured") -> None:
        self.engine = engine
        self.filters = filters
        self.tokens = {"t1.good.token"}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections = 0
        self.before: Callable[[str], None] = lambda name: None
        self._provider = MemoryProvider(engine)
        self._routes = routes()
        self._handlers: dict[str, Callable[[Any, dict[str, str]], Any]] = {
            "ExecutionService.Start": self._start,
            "ExecutionService.Stop": self._stop,
            "ExecutionService.Terminate": self._terminate,
            "ExecutionService.Get": self._get,
            "ExecutionService.GetHistory": self._history,
            "ExecutionService.List": self._list,
            "WorkflowService.List": self._workflows,
        }

    @contextmanager
    def running(self) -> Iterator[str]:
        """The service's address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        self.requests.append((verb, target, headers, body))
        try:
            return 200, self._answered(verb, target, headers, body)
        except Refusal as refusal:
            return GRPC_TO_HTTP[refusal.code], _status(refusal.code, str(refusal))
        except ProviderError as error:
            code = KIND_TO_GRPC[error.kind]
            return GRPC_TO_HTTP[code], _status(code, error.said)

    def _answered(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> str:
        route, fields = self._route(verb, urlsplit(target).path)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Refusal(16, "Token is invalid or has expired.")
        request = _parsed(route, fields, urlsplit(target).query, body)
        handler = self._handlers.get(route.name)
        if handler is None:
            raise Refusal(12, f"{route.name} is not served")
        self.before(route.name)
        return str(json_format.MessageToJson(handler(request, headers), indent=None))

    def _route(self, verb: str, path: str) -> tuple[Route, dict[str, str]]:
        for route in self._routes:
            match = route.pattern.match(path)
            if match and route.verb == verb.lower():
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        raise Refusal(5, f"no method for {verb} {path}")

    # ── the methods ──

    def _start(self, request: Any, headers: dict[str, str]) -> Any:
        text = request.input.input_json
        if request.input.HasField("input_value"):
            text = json_format.MessageToJson(request.input.input_value, indent=None)
        attempt = headers.get("idempotency-key") or str(uuid.uuid4())
        started = self._provider.start(StartRequest(request.workflow_id, text or "{}", attempt, float("inf")))
        return execution_service_pb2.StartExecutionResponse(execution_id=started.execution_id)

    def _stop(self, request: Any, headers: dict[str, str]) -> Any:
        self._provider.stop(StopRequest(request.execution_id))
        return execution_service_pb2.StopExecutionResponse(execution_id=request.execution_id)

    def _terminate(self, request: Any, headers: dict[str, str]) -> Any:
        self._provider.terminate(TerminateRequest(request.execution_id))
        return execution_service_pb2.TerminateExecutionResponse(execution_id=request.execution_id)

    def _get(self, request: Any, headers: dict[str, str]) -> Any:
        answer = execution_service_pb2.GetExecutionResponse()
        json_format.ParseDict(
            _execution(self._provider.get(GetRequest(request.execution_id))), answer.execution
        )
        return answer

    def _history(self, request: Any, headers: dict[str, str]) -> Any:
        answer = execution_service_pb2.GetExecutionHistoryResponse()
        for step in self._provider.history(HistoryRequest(request.execution_id)):
            json_format.ParseDict(_entry(step), answer.entries.add())
        return answer

    def _list(self, request: Any, headers: dict[str, str]) -> Any:
        if request.page_size > 1000:
            raise Refusal(3, "page_size is over 1000")
        keep = self._condition(request.filter)
        page = self._provider.list(
            ListRequest(request.workflow_id, request.page_token, request.page_size or 100)
        )
        answer = execution_service_pb2.ListExecutionsResponse(next_page_token=page.next_page_token)
        for row in filter(keep, page.executions):
            json_format.ParseDict(_preview(row), answer.executions.add())
        return answer

    def _workflows(self, request: Any, headers: dict[str, str]) -> Any:
        if request.folder_id != FOLDER:
            raise Refusal(7, "Permission denied")
        name = re.fullmatch(r'name="([^"]+)"', request.filter)
        if request.filter and (self.filters == "refused" or name is None):
            raise Refusal(3, "Illegal argument filter")
        answer = workflow_service_pb2.ListWorkflowsResponse()
        for known, identifier in sorted(self.engine.names.items()):
            if name is None or self.filters == "ignored" or known == name[1]:
                answer.workflows.add(id=identifier, name=known, folder_id=FOLDER)
        size, after = request.page_size or 100, int(request.page_token or "0")
        if len(answer.workflows) > after + size:
            answer.next_page_token = str(after + size)
        del answer.workflows[after + size :], answer.workflows[:after]
        return answer

    def _condition(self, text: str) -> Callable[[Execution], bool]:
        form = _CONDITION.match(text)
        if not text or self.filters == "ignored":
            return lambda row: True
        if form is None or form[1] != "status" or form[2] != "=" or self.filters == "refused":
            raise Refusal(3, "Illegal argument filter")
        return lambda row: row.status.value == (form[3] or form[4])


def _handler(service: OfficialService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            service.connections += 1

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            status, text = service.answer(self.command, self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Request-Id", headers.get("x-request-id", "none"))
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(service.engine.clock.now(), usegmt=True)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _parsed(route: Route, fields: dict[str, str], query: str, body: bytes) -> Any:
    message = route.message()
    try:
        if route.body == "*" and body:
            json_format.Parse(body, message)
        elif route.body and body:
            value = json.loads(body)
            json_format.ParseDict({"input": {"inputValue": value}}, message)
        for name, value in (*parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)),):
            json_format.ParseDict({name: value}, message)
        json_format.ParseDict(fields, message)
    except (json_format.ParseError, ValueError) as error:
        raise Refusal(3, f"Request is not valid: {error}") from None
    _check(message)
    return message


def _check(message: Any) -> None:
    """What the validation options of the descriptors demand."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.GetOptions().Extensions[validation_pb2.required] and not value:
            raise Refusal(3, f"{field.name}: Field is required")
        is_ours = field.message_type is not None and field.message_type.full_name.startswith("yandex.")
        if is_ours and message.HasField(field.name):
            _check(value)
    for oneof in message.DESCRIPTOR.oneofs:
        is_needed = oneof.GetOptions().Extensions[validation_pb2.exactly_one]
        if is_needed and message.WhichOneof(oneof.name) is None:
            raise Refusal(3, f"{oneof.name}: Field is required")


def _status(code: int, message: str) -> str:
    status = status_pb2.Status(code=code, message=message)
    status.details.add().Pack(error_details_pb2.RequestInfo(request_id="e38e71c3-request-info"))
    return str(json_format.MessageToJson(status, indent=None))


def _preview(seen: Execution) -> dict[str, Any]:
    found: dict[str, Any] = {"id": seen.id, "workflowId": seen.workflow_id, "status": seen.raw_status}
    if seen.started_at:
        found["startedAt"] = seen.started_at
    if seen.duration is not None:
        found["duration"] = f"{seen.duration:.9f}s"
    return found


def _execution(seen: Execution) -> dict[str, Any]:
    found = _preview(seen)
    if seen.input_json is not None:
        found["input"] = {"inputJson": seen.input_json}
    if seen.result_json is not None:
        found["result"] = {"resultJson": seen.result_json}
    if seen.error is not None:
        found["error"] = {"message": seen.error.message, "errorCode": seen.error.code}
    return found


def _entry(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": step.id,
        "status": step.status,
        "type": step.type,
        "attempts": str(step.attempts),
    }
    if step.started_at:
        found["startedAt"] = step.started_at
    if step.output_json is not None:
        found["output"] = {"outputJson": step.output_json}
    return found


STATUS_NAMES = tuple(execution_pb2.Execution.Status.keys())
