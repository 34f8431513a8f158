"""The tool as real processes: started, read line by line, signalled, and on a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import declarative

PATIENCE_SECONDS = 30.0
ROOT = Path(declarative.__file__).parents[1]
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "declarative", *words]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a plain shell, in which this very package is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECLARATIVE_")}
    kept.pop("CI", None)
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "120", **(more or {})}


def started(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """stdout and stderr in one pipe, unbuffered as a CI job reads it."""
    return subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(
    folder: Path, *words: str, env: Mapping[str, str] | None = None, patience: float = PATIENCE_SECONDS
) -> tuple[int, str]:
    process = started(folder, *words, env=env)
    said, _ = process.communicate(timeout=patience)
    return process.returncode, said


def read_until(process: subprocess.Popen[str], wanted: Callable[[str], bool]) -> list[str]:
    """Lines up to the first wanted one, or to the end."""
    assert process.stdout is not None
    found = []
    for line in process.stdout:
        found.append(line)
        if wanted(line):
            break
    return found


_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Terminal:
    """A command whose stdin, stdout and stderr are one terminal, which is its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._fd, theirs = pty.openpty()
        # Not pty.fork: this process has threads.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *command(*words)[1:]],
            cwd=folder,
            env=environment({"TERM": "xterm"}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""

    def wait_for(self, text: str) -> None:
        patience = time.monotonic() + PATIENCE_SECONDS
        while text not in self.said:
            assert time.monotonic() < patience, self.said
            assert self._read(), self.said

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def insist(self, text: str) -> None:
        """Types until the process is over: a key between a prompt and its reading may be lost."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < patience, self.said
            self.type(text)
            self._read()

    def ended(self) -> int:
        """The exit code, once all that was said is read."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < patience, self.said
        return self._process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 1.0)[0]:
            return True
        with suppress(OSError):
            found = os.read(self._fd, 1 << 16)
            self.said += _COLOURS.sub("", found.decode(errors="replace"))
            return bool(found)
        return False


@contextmanager
def terminal(folder: Path, *words: str) -> Iterator[Terminal]:
    opened = Terminal(folder, *words)
    try:
        yield opened
    finally:
        opened.close()
