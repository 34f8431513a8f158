"""What the tests of the engine's processes share: workflows, a site that counts its calls, and waiting."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

from declarative.engine import launch
from declarative.engine.client import Engine, StartCall
from declarative.engine.settings import Settings
from declarative.model.execution import Execution

PATIENCE_SECONDS = 30.0

SUM = "yawl: \"1.0\"\nstart: a\nsteps:\n  a: {noOp: {output: '\\({sum: (.a + .b)})'}}\n"
ECHO = "yawl: \"1.0\"\nstart: a\nsteps:\n  a: {noOp: {output: '\\({given: .input})'}}\n"
HOUR = 'yawl: "1.0"\nstart: a\nsteps:\n  a: {wait: {duration: "3600"}}\n'
CLOUD = 'yawl: "1.0"\nstart: a\nsteps:\n  a: {functionCall: {functionId: d4e}}\n'
FAIL = 'yawl: "1.0"\nstart: a\nsteps:\n  a: {fail: {errorMessage: no \\(.why)}}\n'

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], what: str = "") -> Found:
    """What `look` yields once it is true."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < patience, f"waited in vain {what}"
        time.sleep(0.01)
    return found


def ended(engine: Engine, execution_id: str) -> Execution:
    def look() -> Execution | None:
        found = engine.get(execution_id)
        return None if found.is_active else found

    return until(look, f"for the end of {execution_id}")


def runner_of(directory: Path) -> int | None:
    """The process id of the directory's runner while it lives."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        found = int((directory / "runner.lock").read_text())
        # The id may be anybody's once the runner is gone.
        command = Path(f"/proc/{found}/cmdline").read_bytes()
        return found if str(directory).encode() in command and is_alive(found) else None
    return None


def is_alive(process: int) -> bool:
    """A zombie is dead: its parent may be a test that has better to do."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def kill(directory: Path, number: signal.Signals = signal.SIGKILL) -> None:
    """Ends the directory's runner, if there is one."""
    process = runner_of(directory)
    if process is not None:
        os.kill(process, number)
        # Its main thread may be gone before the others, and with them what it holds open.
        until(lambda: not is_alive(process) and _is_free(directory), f"for process {process} to end")


def _is_free(directory: Path) -> bool:
    lock = launch.take_lock(directory / "runner.lock")
    if lock is not None:
        os.close(lock)
    return lock is not None


@contextmanager
def engine_at(place: Path, settings: Settings | None = None) -> Iterator[Engine]:
    """An engine in `place`/engine over the workflows in `place`; its runner is gone afterwards."""
    engine = Engine(place / "engine", place, settings or Settings(idle=10))
    try:
        yield engine
    finally:
        engine.close()
        kill(place / "engine")


def write_workflow(place: Path, name: str, text: str) -> str:
    (place / name).write_text(text)
    return name


def start(engine: Engine, place: Path, text: str, given: str = "{}") -> str:
    """Starts a workflow that is in the file flow.yaml."""
    workflow = engine.register(write_workflow(place, "flow.yaml", text))
    return engine.start(StartCall(workflow, given))


class Site:
    """A web site that counts calls by path; answers to `held` paths wait until they are let go."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.held: dict[str, threading.Event] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.calls[self.path] += 1
                if (gate := site.held.get(self.path)) is not None:
                    gate.wait(PATIENCE_SECONDS)
                body = b'{"path": "%s"}' % self.path.encode()
                with suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    site.answered[self.path] += 1

            def log_message(self, format: str, *values: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def hold(self, path: str) -> threading.Event:
        self.held[path] = threading.Event()
        return self.held[path]

    def close(self) -> None:
        for gate in self.held.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
