"""A strict server of the Execution API on a real socket, with faults that a test switches on.

Unknown fields, parameters, tokens and paths are refused; every call is counted by method, and every start by
workflow and input.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reference_executions import Book, Refused, Run, document, preview

TOKEN = "t1.reference.token"
_HTTP = {3: 400, 5: 404, 7: 403, 8: 429, 9: 400, 12: 501, 13: 500, 14: 503, 16: 401}
_LIST_FIELDS = {"workflowId", "pageSize", "pageToken", "filter"}
_CONDITION = re.compile(r"status\s*=\s*\"?([A-Z_]+)\"?\Z")
_HTML = b"<html><title>Company gateway</title><body>Please <b>log in</b>\x1b[31m</body></html>"


@dataclass
class Faults:
    """What goes wrong. A share is of the calls of that kind; `every(share)` spreads it evenly.

    `lost_after`, `lost_before`: starts without an answer, that took effect or did not. `resets`, `busy`, `slow`:
    of all calls. `filters`: honoured, refused, ignored. `html`: the status a proxy's page comes with.
    `expired`: so many calls get a 401; -1: all. `denied`, `denied_starts`: the code of a missing role, 7 or 3.
    `bare`: answers with an unknown status, without what may be missing, with fields nobody knows.
    """

    lost_after: float = 0.0
    lost_before: float = 0.0
    resets: float = 0.0
    busy: float = 0.0
    retry_after: str = ""
    slow: float = 0.0
    slow_seconds: float = 0.0
    page_max: int = 1000
    filters: str = "honoured"
    html: int = 0
    expired: int = 0
    denied: int = 0
    denied_starts: int = 0
    bare: bool = False


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection is reset instead."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


RESET = Answer(0)


@dataclass
class Reference:
    """The service. `calls`: by method. `spoken`: the tokens that were sent. `url`: once it runs."""

    book: Book
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _spread: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[Reference]:
        server = _Server(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def counted(self) -> Counter[str]:
        """The calls since it was asked last."""
        found, self.calls = self.calls, Counter()
        return found

    # ── one call ──

    def answer(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        path = urlsplit(target).path
        method, execution_id = _route(verb, path)
        if self.faults.slow and self._every("slow", self.faults.slow):
            time.sleep(self.faults.slow_seconds)
        with self.lock:
            self.calls[method] += 1
            return self._troubled(method) or self._honest(method, execution_id, target, headers, body)

    def _troubled(self, method: str) -> Answer | None:
        """What fails before the service has read the call."""
        faults = self.faults
        if faults.html:
            return Answer(faults.html, _HTML, "text/html")
        if method != "start" and self._every("reset", faults.resets):
            return RESET
        if self._every("busy", faults.busy):
            wish = (("Retry-After", faults.retry_after),) if faults.retry_after else ()
            return _refusal(Refused(8, "Too many requests"), wish)
        if method == "start" and self._every("before", faults.lost_before):
            return self._lost("before")
        return None

    def _honest(
        self, method: str, execution_id: str, target: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        try:
            self._admit(headers)
            self._permit(self.faults.denied or (self.faults.denied_starts if method == "start" else 0))
            found = self._method(method)(execution_id, target, body)
        except Refused as refused:
            return _refusal(refused)
        if method == "start" and self._every("after", self.faults.lost_after):
            return self._lost("after")
        return Answer(200, json.dumps(found).encode())

    def _admit(self, headers: dict[str, str]) -> None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self.faults.expired:
            self.faults.expired -= 1
            raise Refused(16, "Token is invalid or has expired.")
        if token not in self.tokens:
            raise Refused(16, "Token is invalid or has expired.")

    def _permit(self, code: int) -> None:
        if code:
            raise Refused(code, "Permission denied" if code == 7 else "can't invoke workflow")

    def _lost(self, when: str) -> Answer:
        """No answer at all, or one that proves nothing, in turn."""
        if self._every(f"kind {when}", 0.5):
            return RESET
        return _refusal(Refused(14, "upstream connect error or disconnect/reset before headers"))

    def _every(self, name: str, share: float) -> bool:
        """True for that share of the calls, evenly spread."""
        with self.lock:
            owed = self._spread.get(name, 0.0) + share
            self._spread[name] = owed - 1 if owed >= 1 else owed
            return owed >= 1

    # ── the methods ──

    def _method(self, name: str) -> Callable[[str, str, bytes], Any]:
        known = {
            "start": self._start,
            "stop": self._stop,
            "terminate": self._terminate,
            "get": self._get,
            "history": self._history,
            "list": self._list,
            "workflows": self._workflows,
        }
        if name not in known:
            raise Refused(12, "Method not found")
        return known[name]

    def _start(self, _: str, target: str, body: bytes) -> Any:
        _only(urlsplit(target).query, set())
        workflow_id, input_json = _start_fields(body)
        return {"executionId": self.book.start(workflow_id, input_json).id}

    def _stop(self, execution_id: str, target: str, body: bytes) -> Any:
        self.book.stop(execution_id)
        return {"executionId": execution_id}

    def _terminate(self, execution_id: str, target: str, body: bytes) -> Any:
        self.book.terminate(execution_id)
        return {"executionId": execution_id}

    def _get(self, execution_id: str, target: str, body: bytes) -> Any:
        return {"execution": self._shown(document(self.book.find(execution_id)))}

    def _history(self, execution_id: str, target: str, body: bytes) -> Any:
        run = self.book.find(execution_id)
        entry = {"id": "work", "status": "STARTED", "type": "HttpCall", "attempts": "1"}
        return {"execution": preview(run), "entries": [entry]}

    def _list(self, _: str, target: str, body: bytes) -> Any:
        given = _only(urlsplit(target).query, _LIST_FIELDS)
        if not given.get("workflowId"):
            raise Refused(3, "workflow_id: Field is required")
        size = int(given.get("pageSize") or 100)
        if size > 1000:
            raise Refused(3, "page_size: Value must be at most 1000")
        rows = list(filter(self._condition(given.get("filter", "")), self.book.of(given["workflowId"])))
        return self._page(rows, min(size, self.faults.page_max), given)

    def _page(self, rows: list[Run], size: int, given: dict[str, str]) -> Any:
        """A token tells the last row that was given, and belongs to one workflow and filter."""
        bound = [given["workflowId"], given.get("filter", "")]
        if given.get("pageToken"):
            last, *other = json.loads(bytes.fromhex(given["pageToken"]))
            if other != bound:
                raise Refused(3, "page_token: Invalid token")
            rows = [run for run in rows if run.number < last]
        found: dict[str, Any] = {"executions": [self._shown(preview(run)) for run in rows[:size]]}
        if len(rows) > size:
            found["nextPageToken"] = json.dumps([rows[size - 1].number, *bound]).encode().hex()
        return found

    def _condition(self, text: str) -> Callable[[Run], bool]:
        if not text or self.faults.filters == "ignored":
            return lambda run: True
        form = _CONDITION.match(text)
        if form is None or self.faults.filters == "refused":
            raise Refused(3, "filter: Illegal argument")
        wanted = form[1]
        return lambda run: run.status == wanted

    def _workflows(self, _: str, target: str, body: bytes) -> Any:
        given = _only(urlsplit(target).query, {"folderId", "pageSize", "pageToken", "filter"})
        if given.get("folderId") != "b1gfolder":
            raise Refused(7, "Permission denied")
        found = [{"id": key, "name": name, "status": "ACTIVE"} for key, name in self.book.workflows.items()]
        return {"workflows": found}

    def _shown(self, found: dict[str, Any]) -> dict[str, Any]:
        if not self.faults.bare:
            return found
        kept = {key: value for key, value in found.items() if key not in ("startedAt", "workflowId")}
        status = "DRAINING" if kept["status"] == "RUNNING" else kept["status"]
        return {**kept, "status": status, "priority": {"level": 3}, "error": None, "duration": ""}


# ── reading a call ──


def _route(verb: str, path: str) -> tuple[str, str]:
    """(method, execution id); an unknown path is a method that nobody knows."""
    parts = path.split("/")[1:]
    if parts[:2] != ["workflows", "v1"] or len(parts) < 3:
        return "unknown", ""
    match verb, parts[2], [unquote(part) for part in parts[3:]]:
        case "POST", "execution", ["start"]:
            return "start", ""
        case "POST", "execution", [execution_id, ("stop" | "terminate") as deed]:
            return deed, execution_id
        case "GET", "execution", []:
            return "list", ""
        case "GET", "execution", [execution_id]:
            return "get", execution_id
        case "GET", "execution", [execution_id, "history"]:
            return "history", execution_id
        case "GET", "workflow", []:
            return "workflows", ""
        case _:
            return "unknown", ""


def _only(query: str, known: set[str]) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    if given.keys() - known:
        raise Refused(3, f"unknown parameters: {sorted(given.keys() - known)}")
    return given


def _start_fields(body: bytes) -> tuple[str, str]:
    """(workflow id, input). Parsed as strict protobuf JSON is."""
    try:
        found = json.loads(body)
        given = found.pop("input", {"inputJson": "{}"})
        workflow_id, text = found.pop("workflowId"), given.pop("inputJson")
        json.loads(text)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Refused(3, f"Request is not valid: {error!r}") from None
    if found or given or not isinstance(workflow_id, str):
        raise Refused(3, f"Cannot find fields: {sorted({*found, *given})}")
    return workflow_id, text


def _refusal(refused: Refused, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    details = [{"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": str(uuid.uuid4())}]
    body = {"code": refused.code, "message": str(refused), "details": details}
    return Answer(_HTTP[refused.code], json.dumps(body).encode(), headers=headers)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is its own business."""


def _handler(service: Reference) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            answer = service.answer(self.command, self.path, headers, body)
            if answer.status == 0:
                self._reset()
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("X-Request-Id", headers.get("x-request-id", "none"))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(answer.body)

        do_POST = do_GET

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    return Handler
