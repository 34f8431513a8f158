"""An engine behind HTTP in a process of its own, for as long as something is measured against it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from repositories import write_workflows

_PROGRAM = Path(__file__).with_name("counting_server.py")


@dataclass(frozen=True, slots=True)
class Served:
    """`workflows`: the engine's ids."""

    url: str
    workflows: list[str]

    def calls(self) -> dict[str, int]:
        """How often each kind of call was made since this was last asked."""
        with urllib.request.urlopen(f"{self.url}/calls") as answer:
            found: dict[str, int] = json.load(answer)
        return found


@contextmanager
def served(place: Path) -> Iterator[Served]:
    """The server and its runner are gone afterwards."""
    files = write_workflows(place)
    command = [sys.executable, str(_PROGRAM), str(place), *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url, workflows = json.loads(server.stdout.readline())
            yield Served(url, workflows)
        finally:
            server.terminate()
            server.wait(30)
            _end_runner(place)


def _end_runner(place: Path) -> None:
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        process = int((place / "engine" / "runner.lock").read_text(encoding="utf-8"))
        if str(place).encode() in Path(f"/proc/{process}/cmdline").read_bytes():
            os.kill(process, signal.SIGKILL)
