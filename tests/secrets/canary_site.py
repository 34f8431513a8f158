"""A configuration with a canary in every source of secrets, and every command run over it as a process."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import declarative

ROOT = Path(declarative.__file__).parents[1]
PATIENCE_SECONDS = 60.0

FROM_ENVIRONMENT = 'canary"of\\the<environment>é'
FROM_OPTION = "canary-of-the-option"
FROM_FILE = "canary-of-the-file"
FROM_DEFAULT = "canary-of-the-default"
IN_A_MAP = "canary-in-a-map"
KEY_OF_A_MAP = "canary-key-of-a-map"
LINES = ("canary-line-one", "canary-line-two")
TAKEN_UPPER = FROM_OPTION.upper()
OF_A_SENSITIVE_ENTRY = "canary-of-a-sensitive-entry"
PASSWORD = "canary-password-of-a-backend"
TOKEN = "canary-token-of-a-provider"

CANARIES = {
    "environment variable": FROM_ENVIRONMENT,
    "--var": FROM_OPTION,
    "--var-file": FROM_FILE,
    "default": FROM_DEFAULT,
    "value in a map": IN_A_MAP,
    "key of a map": KEY_OF_A_MAP,
    "first line of several": LINES[0],
    "second line of several": LINES[1],
    "made of a secret": TAKEN_UPPER,
    "sensitive entry": OF_A_SENSITIVE_ENTRY,
    "backend's password": PASSWORD,
    "provider's token": TOKEN,
}

CONFIGURATION = """version: 1
name: shop
variables:
  environment: {type: string, sensitive: true, env: SHOP_TOKEN}
  option: {type: string, sensitive: true}
  file: {type: string, sensitive: true}
  default: {type: string, sensitive: true, default: canary-of-the-default}
  map: {type: map, sensitive: true, default: {user: canary-in-a-map, canary-key-of-a-map: x}}
  lines: {type: string, sensitive: true}
executions:
  echo:
    workflow: workflows/echo.yaml
    input:
      token: '${var.environment}'
      inside: '${"a-" ~ var.option ~ "-b"}'
      file: '${var.file}'
      default: '${var.default}'
      map: '${var.map}'
      keys: '${var.map | list}'
      lines: '${var.lines}'
      text: '${var.map | tojson}'
  shout:
    workflow: workflows/shout.yaml
    input: {token: '${var.environment}', user: '${var.option | upper}'}
  marked:
    workflow: workflows/echo.yaml
    sensitive: true
    input: {word: canary-of-a-sensitive-entry}
  loud:
    workflow: workflows/shout.yaml
    sensitive: true
    input: {token: canary-of-a-sensitive-entry, user: '1'}
  of_marked:
    workflow: workflows/echo.yaml
    input: {word: '${executions.marked.result.got.word}'}
  of_echo:
    workflow: workflows/echo.yaml
    input: {word: '${executions.echo.result.got.token}', inside: '${"a-" ~ executions.echo.result.got.file}'}
outputs:
  echoed: '${executions.echo.result.got}'
  marked: '${executions.marked.result.got.word}'
  of_marked: '${executions.of_marked.result.got}'
  of_echo: '${executions.of_echo.result.got.word}'
  declared: '${executions.echo.input.file}'
  variable: '${var.environment ~ "!"}'
"""
ECHO = """yawl: "1.0"
start: a
steps:
  a:
    noOp: {output: '\\({got: .})'}
"""
SHOUT = """yawl: "1.0"
start: a
steps:
  a:
    fail: {errorMessage: '\\("no entry for \\(.user) with \\(.token)")'}
"""
COMMANDS = (
    "validate",
    "plan",
    "plan --json --out saved.plan",
    "apply --auto-approve --wait --json",
    "apply --auto-approve",
    "plan -v",
    "plan --json --replace echo --replace of_marked --replace of_echo --report markdown=report.md",
    "plan --destroy -v --report gitlab=report.json",
    "show saved.plan",
    "status -v",
    "status --json",
    "show echo",
    "show of_echo --json",
    "show shout",
    "show marked --json",
    "show of_marked",
    "history echo",
    "history shout --json",
    "history loud",
    "history of_marked --json",
    "history of_echo",
    "drift",
    "output",
    "output --json",
    "output of_echo",
    "graph",
    "wait --json",
)
_END = "<end of a command>"
_SCRIPT = """
import sys
from declarative.cli.main import run
{before}
for command in sys.stdin.read().splitlines():
    code = run([*command.split(), *{given}])
    sys.stderr.flush()
    print(f"\\n{{code}}<end of a command>", end="", flush=True)
"""


@dataclass
class Site:
    """`said`: by command, its stdout and stderr. `temporary`: where reports of bugs are written to."""

    folder: Path
    temporary: Path
    said: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        workflows = self.folder / "workflows"
        workflows.mkdir(parents=True)
        self.temporary.mkdir()
        (workflows / "echo.yaml").write_text(ECHO)
        (workflows / "shout.yaml").write_text(SHOUT)
        (self.folder / "declarative.yaml").write_text(CONFIGURATION)
        (self.folder / "vars.json").write_text(json.dumps({"file": FROM_FILE, "lines": "\n".join(LINES)}))

    def run(self, commands: Sequence[str], before: str = "") -> list[int]:
        """All in one process, which does `before` first. The exit codes."""
        given = ["--var", f"option={FROM_OPTION}", "--var-file", "vars.json"]
        script = _SCRIPT.format(before=before, given=given)
        return self._run(
            self.folder, [sys.executable, "-c", script], commands, {"SHOP_TOKEN": FROM_ENVIRONMENT}
        )

    def run_elsewhere(self, configuration: str, command: str, environment: Mapping[str, str]) -> None:
        """In a folder of its own."""
        folder = self.folder / f"elsewhere-{len(self.said)}"
        (folder / "workflows").mkdir(parents=True)
        (folder / "workflows" / "echo.yaml").write_text(ECHO)
        (folder / "declarative.yaml").write_text(configuration)
        script = _SCRIPT.format(before="", given=[])
        self._run(folder, [sys.executable, "-c", script], (command,), environment)

    def _run(
        self, folder: Path, process: list[str], commands: Sequence[str], environment: Mapping[str, str]
    ) -> list[int]:
        done = subprocess.run(
            process,
            cwd=folder,
            env=self._environment(environment),
            input="\n".join(commands).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        codes = []
        for words, told in zip(commands, done.stdout.decode().split(_END)[:-1], strict=True):
            text, code = told.rsplit("\n", 1)
            self.said[f"{words} {len(self.said)}"] = text
            codes.append(int(code))
        return codes

    def written(self) -> Iterator[tuple[str, str]]:
        """(where, text) of everything said, and of every file but the sources and the engine's own store."""
        yield from self.said.items()
        for file in sorted([*self.folder.rglob("*"), *self.temporary.rglob("*")]):
            if file.is_file() and not self.is_source(file) and not self.is_engines(file):
                yield str(file), file.read_bytes().decode(errors="replace")

    def is_source(self, file: Path) -> bool:
        return file.name in ("declarative.yaml", "vars.json") or file.parent.name == "workflows"

    def is_engines(self, file: Path) -> bool:
        return ".declarative" in file.parts and "engine" in file.parts

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DECLARATIVE_")}
        kept.pop("CI", None)
        return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "TMPDIR": str(self.temporary), **more}


def spellings(canary: str) -> set[str]:
    """How it may have been written down."""
    as_json = json.dumps(canary)[1:-1]
    return {
        canary,
        as_json,
        json.dumps(canary, ensure_ascii=False)[1:-1],
        json.dumps(as_json)[1:-1],
        quote(canary, safe=""),
        base64.b64encode(canary.encode()).decode().rstrip("="),
        repr(canary)[1:-1],
    }
