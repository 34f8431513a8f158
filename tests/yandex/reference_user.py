"""Somebody with a repository and a shell: files for the reference service, and the command line as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference_executions import Book
from reference_server import TOKEN, Reference

import declarative

PATIENCE_SECONDS = 180.0
WORKFLOWS = {f"dfqreference0000000{number}x": f"work-{number}" for number in range(5)}
SHORT = {"settle": "2s", "send_window": "1s", "request_timeout": "1s"}
"""So that a start without an answer is looked for soon."""


@dataclass(frozen=True)
class Said:
    """What a command came to. `text`: stdout and stderr."""

    code: int
    text: str
    out: str

    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class User:
    """`entries`: the executions of the file, by name. `settings`: of the provider."""

    folder: Path
    service: Reference
    entries: dict[str, Any]
    settings: dict[str, Any]

    def write(self) -> None:
        provider = {"endpoint": self.service.url, **self.settings}
        names = {name: {"yandex": key} for key, name in WORKFLOWS.items()}
        file = {
            "version": 1,
            "name": "reference",
            "providers": {"yandex": provider},
            "workflows": names,
            "executions": self.entries,
        }
        (self.folder / "declarative.yaml").write_text(json.dumps(file))

    def run(self, *words: str, **environ: str) -> Said:
        process = subprocess.run(
            [sys.executable, "-m", "declarative", *words],
            cwd=self.folder,
            env={**_plain_shell(), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return Said(process.returncode, process.stdout + process.stderr, process.stdout)

    def apply(self, *words: str) -> Said:
        new = () if self.state_file.exists() else ("--new-state",)
        return self.run("apply", "--auto-approve", *new, *words)

    @property
    def state_file(self) -> Path:
        return self.folder / ".declarative" / "default" / "state.json"

    def let_pass(self, seconds: float) -> None:
        """Everything that was bound was bound so much longer ago."""
        state = json.loads(self.state_file.read_text())
        for row in state["records"]:
            if row.get("current"):
                row["current"]["bound_at"] -= seconds
        self.state_file.write_text(json.dumps(state))

    def bound(self) -> dict[str, str]:
        """Address -> the id it is bound to."""
        rows = json.loads(self.state_file.read_text())["records"]
        return {f"{row['name']}.{row['key']}": row["current"]["id"] for row in rows if row.get("current")}


def declared(count: int, each_of: int = 0, **policies: Any) -> dict[str, Any]:
    """`count` executions, spread over the workflows; `each_of`: how many of each, instead."""
    each = each_of or count // len(WORKFLOWS)
    keys = [f"k{number:02d}" for number in range(each)]
    return {
        name: {"workflow": name, "for_each": keys, "input": {"n": "${each.key}", "of": name}, **policies}
        for name in WORKFLOWS.values()
    }


def service(**settings: Any) -> Reference:
    return Reference(Book(dict(WORKFLOWS), **settings))


def user(folder: Path, of: Reference, entries: dict[str, Any], **settings: Any) -> User:
    made = User(folder, of, entries, settings)
    made.write()
    return made


def _plain_shell() -> dict[str, str]:
    left_out = ("DECLARATIVE_", "YC_", "CI", "GITLAB", "GITHUB")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    root = str(Path(declarative.__file__).parents[1])
    return {**kept, "PYTHONPATH": root, "COLUMNS": "120", "YC_IAM_TOKEN": TOKEN}
