"""Who acts in a story: runs the tool in this process, edits files, and meddles with the engine."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from story_file import Command, Filter, Part, Written, answer_lines

from declarative.cli.main import run
from declarative.engine import launch
from declarative.engine.client import Engine, StartCall

PATIENCE_SECONDS = 30.0
WORKFLOWS = Path(__file__).parent / "workflows"


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder of its own, always with a path of the same length: texts wrap at it. Its runners end."""
    folder = Path(tempfile.mkdtemp(prefix="story-", dir="/tmp")).resolve()
    shutil.copytree(WORKFLOWS, folder / "workflows")
    try:
        yield folder
    finally:
        for lock in folder.glob("**/.declarative/*/engine/runner.lock"):
            end_runner(lock)
        folder.chmod(stat.S_IRWXU)
        shutil.rmtree(folder)


def until(look: Callable[[], bool], what: str) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < patience, f"waited in vain for {what}"
        time.sleep(0.02)


def end_runner(lock: Path) -> None:
    """Kills the runner that holds the lock, if there is one, and waits until its files are free."""

    def is_free() -> bool:
        taken = launch.take_lock(lock)
        if taken is not None:
            os.close(taken)
            return True
        with suppress(ValueError, ProcessLookupError):
            process = int(lock.read_text())
            os.kill(process, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)
        return False

    until(is_free, f"the runner of {lock} to end")


_BEGUN = "Reading the files, the state and what is active ...\n"
"""What every plan begins with tells nothing in a story."""


def tool(*words: str) -> tuple[int, str, str]:
    """One command in this process, in the present folder: (exit code, stdout, stderr)."""
    stdout, stderr = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            code = run(list(words))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code, stdout.getvalue(), stderr.getvalue().replace(_BEGUN, "")


class Person:
    """Carries a story's parts out, in the present folder."""

    def __init__(self, folder: Path, setenv: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._setenv = setenv
        self._filter = Filter(folder)
        self._last = ""

    def do(self, part: Part) -> list[str]:
        """The answer to a command; nothing for anything else."""
        if isinstance(part, Written):
            self._write(part)
        if not isinstance(part, Command):
            return []
        name, *words = shlex.split(part.words.replace("{last}", self._last))
        if name == "declarative":
            code, stdout, stderr = tool(*words)
            return self._filter.answer(answer_lines(stdout, stderr, code))
        getattr(self, f"_{name}")(*words)
        return []

    def _write(self, part: Written) -> None:
        path = self._folder / part.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in part.text))

    def _edit(self, path: str, old: str, new: str) -> None:
        text = (self._folder / path).read_text()
        assert text.count(old) == 1, f"{path} has {text.count(old)} of {old!r}"
        (self._folder / path).write_text(text.replace(old, new.replace(r"\n", "\n")))

    def _remove(self, path: str) -> None:
        (self._folder / path).unlink()

    def _export(self, word: str) -> None:
        self._setenv(*word.split("=", 1))

    def _engine(self, deed: str, *words: str) -> None:
        """`stop ADDR`, `start FILE INPUT` (its id is `{last}`), `settle`: behind the tool's back."""
        with engine_of(self._folder) as engine:
            if deed == "start":
                self._last = engine.start(StartCall(engine.register(words[0]), words[1]))
            if deed == "stop":
                found = bound_id(self._folder, words[0])
                engine.terminate(found)
                until(lambda: not engine.get(found).is_active, f"{words[0]} to stop")
            until(lambda: has_settled(engine), "the engine to settle")


@contextmanager
def engine_of(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder / ".declarative/default/engine", folder)
    try:
        yield engine
    finally:
        engine.close()


def has_settled(engine: Engine) -> bool:
    """All have ended, but those that only wait, which have begun to."""
    for workflow in engine.workflows().workflows:
        wanted = "RUNNING" if workflow.path.endswith("long.yaml") else None
        rows = engine.list(workflow.id).executions
        active = [row for row in rows if row.is_active]
        if any(row.status.value != wanted or not engine.history(row.id) for row in active):
            return False
    return True


def state_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / ".declarative/default/state.json").read_text())
    return found


def bound_id(folder: Path, name: str) -> str:
    """The id of the execution that an address without a key is bound to."""
    record = next(one for one in state_of(folder)["records"] if one["name"] == name)
    found: str = record["current"]["id"]
    return found
