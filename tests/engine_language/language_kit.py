"""What tests of the language share: a journal that can die, a clock that does not wait, a server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from declarative.diagnostics import Diagnostic
from declarative.engine import interpreter
from declarative.engine.evaluation import Evaluator
from declarative.engine.journal import Control, Entry, EntryStatus, Outcome
from declarative.engine.mocks import read as read_mocks
from declarative.engine.spec import read_workflow
from declarative.engine.workflow import Workflow
from declarative.engine.world import World

T = TypeVar("T")


class Killed(Exception):
    """The process died: nothing after this happened."""


class MemoryJournal:
    """Dies at a write when told to: before it has taken effect, or just after."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.writes: list[Entry] = []
        self.asked = 0
        self.dies_at: int | None = None
        self.dies_after_writing = False

    def recall(self, path: str) -> Entry | None:
        return self.entries.get(path)

    async def begin(self, entry: Entry) -> None:
        assert entry.status in (EntryStatus.STARTED, EntryStatus.CANCEL_REQUESTED)
        assert entry.ended_at is None
        await self._write(entry)

    async def finish(self, entry: Entry) -> None:
        assert entry.status in (EntryStatus.COMPLETED, EntryStatus.FAILED, EntryStatus.CANCELLED)
        assert entry.ended_at is not None
        await self._write(entry)

    async def _write(self, entry: Entry) -> None:
        number, self.asked = self.asked, self.asked + 1
        dead = self.dies_at is not None and number >= self.dies_at
        if dead and not (self.dies_after_writing and number == self.dies_at):
            raise Killed
        await asyncio.sleep(0)
        self.writes.append(entry)
        self.entries[entry.path] = entry
        if dead:
            raise Killed

    def of(self, step: str) -> list[Entry]:
        """A step's entries, in the order of their start."""
        return [entry for entry in self.entries.values() if entry.step == step]

    def one(self, step: str) -> Entry:
        (entry,) = self.of(step)
        return entry


class StillClock:
    """Moves on only by sleeping, at once."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        due = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, due)


class NoChildren:
    async def run(self, workflow_id: str, input_json: str, parent_path: str) -> Outcome:
        raise LookupError(workflow_id)


@dataclass
class Call:
    """A request the server got."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


Answer = Callable[["Handler", Call], None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, parts.path, parts.query, headers, body)
        self.server.calls.append(call)
        self.server.routes[parts.path](self, call)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def reply(
        self, status: int, content: bytes, content_type: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": content_type, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Answer] = {}
        self.calls: list[Call] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is what some tests are about."""

    def json(self, path: str, *answers: Any, status: int = 200) -> None:
        """Answers a path with JSON values in turn, the last for ever; a number is a bare status."""
        left = list(answers)

        def answer(handler: Handler, call: Call) -> None:
            value = left.pop(0) if len(left) > 1 else left[0]
            bare = isinstance(value, int) and not isinstance(value, bool)
            handler.reply(value if bare else status, b"" if bare else json.dumps(value).encode())

        self.routes[path] = answer

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)


@dataclass
class Result:
    outcome: Outcome
    journal: MemoryJournal
    clock: StillClock

    @property
    def value(self) -> Any:
        assert self.outcome.result_json is not None, self.outcome
        return json.loads(self.outcome.result_json)

    @property
    def code(self) -> str | None:
        return self.outcome.error.code if self.outcome.error else None


@dataclass
class Stage:
    """Where workflows are carried out: one event loop, one jq worker, one HTTP client for many tests."""

    runner: asyncio.Runner
    jq: Evaluator
    http: httpx.AsyncClient
    server: Server

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def workflow(self, text: str) -> Workflow:
        workflow, problems = read_workflow(text.replace("http://h", self.server.url), "w.yaml")
        assert workflow is not None, problems
        return workflow

    def run(
        self,
        text: str,
        given: Any = None,
        journal: MemoryJournal | None = None,
        clock: StillClock | None = None,
        control: Control | None = None,
        **world: Any,
    ) -> Result:
        """Carries a workflow out; `world` replaces parts of the World, `mocks` are given as in a file."""
        journal, clock = journal or MemoryJournal(), clock or StillClock()
        work = self.work(self.workflow(text), given, journal, clock, control or Control(), world)
        return Result(self.do(work), journal, clock)

    async def work(
        self,
        workflow: Workflow,
        given: Any,
        journal: MemoryJournal,
        clock: StillClock,
        control: Control,
        world: dict[str, Any],
    ) -> Outcome:
        if isinstance(world.get("mocks"), dict):
            world = {**world, "mocks": read_mocks(world["mocks"])[0]}
        outside = replace(World(self.http, clock, self.jq, NoChildren()), **world)
        text = json.dumps({} if given is None else given)
        return await interpreter.run(workflow, text, journal, control, outside)


def inputs(entries: Iterable[Entry]) -> list[Any]:
    return [json.loads(entry.input_json or "null") for entry in entries]


def outputs(entries: Iterable[Entry]) -> list[Any]:
    return [json.loads(entry.output_json or "null") for entry in entries]


def problems(text: str) -> list[Diagnostic]:
    return read_workflow(text, "w.yaml")[1]
