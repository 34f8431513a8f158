"""The provider against `serve`: the embedded engine behind the REST paths, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from declarative.clock import SystemClock
from declarative.model.desired import ProviderSettings
from declarative.protocols import Provider, Reader
from declarative.providers.yandex import open_provider, open_reader
from declarative.testing.providers import ProviderConformance, Sample

TOKEN = "t1.served.token"
SERVE = """
import sys
from declarative.engine.client import Engine
from declarative.engine.server import serve
from declarative.engine.settings import Settings
engine = Engine(sys.argv[1] + "/engine", sys.argv[1], Settings(idle=0.3))
for path in ("sum.yaml", "fail.yaml", "loop.yaml"):
    print(engine.register(path))
serve(engine, token=sys.argv[2], on_ready=lambda url: print(url, flush=True))
"""
WORKFLOWS = {
    "sum.yaml": """
yawl: "1.0"
start: a
steps: {a: {noOp: {output: '\\({sum: 3})'}}}
""",
    "fail.yaml": """
yawl: "1.0"
start: a
steps: {a: {fail: {errorMessage: "no"}}}
""",
    "loop.yaml": """
yawl: "1.0"
start: loop
steps:
  loop:
    while:
      condition: "true"
      do: {start: pause, steps: {pause: {wait: {duration: "0.1"}}}}
""",
}


class Served:
    """Where the server is, and the ids of its workflows."""

    def __init__(self, lines: list[str]) -> None:
        self.finishing, self.failing, self.endless, self.url = lines


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("served")
    for name, text in WORKFLOWS.items():
        (place / name).write_text(text)
    command = [sys.executable, "-c", SERVE, str(place), TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Served([server.stdout.readline().strip() for _ in range(4)])
        finally:
            server.terminate()
            server.wait(20)
    _end_runner(place)


def _end_runner(place: Path) -> None:
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        process = int((place / "engine" / "runner.lock").read_text())
        if str(place).encode() in Path(f"/proc/{process}/cmdline").read_bytes():
            os.kill(process, signal.SIGKILL)


class TestYandexAgainstServe(ProviderConformance):
    clock = SystemClock()

    @pytest.fixture(autouse=True)
    def _server(self, served: Served) -> None:
        self.served = served

    def _settings(self) -> ProviderSettings:
        return ProviderSettings("local", "yandex", {"endpoint": self.served.url, "folder_id": "b1g"})

    def open_provider(self) -> Provider:
        return open_provider(self._settings(), {"YC_IAM_TOKEN": TOKEN}, self.clock)

    def open_reader(self) -> Reader:
        return open_reader(self._settings(), {"YC_IAM_TOKEN": TOKEN}, self.clock)

    def finishing(self) -> Sample:
        return Sample('{"name":"sum"}', result_json='{"sum": 3}')

    def failing(self) -> Sample:
        return Sample(self.served.failing)

    def endless(self) -> Sample:
        return Sample(self.served.endless)
