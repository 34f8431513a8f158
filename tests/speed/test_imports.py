"""What a command loads before its first word: nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import declarative

HEAVY = {
    "pydantic",
    "pydantic_core",
    "jinja2",
    "httpx",
    "yaml",
    "deepdiff",
    "sqlite3",
    "asyncio",
    "boto3",
    "jq",
}
FINISHED = Path(__file__).parents[1] / "benchmarks" / "finished.py"
PROGRAM = """
import sys
from declarative.cli.main import run
code = run(sys.argv[1:])
print(code, *sorted(sys.modules), file=sys.stderr)
"""


def environ() -> dict[str, str]:
    root = str(Path(declarative.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, "YC_IAM_TOKEN": "t1.a.b"}


def loaded_by(folder: Path, *words: str) -> set[str]:
    """The names of all modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, cwd=folder, env=environ(), capture_output=True, text=True)
    code, *modules = done.stderr.split()
    assert code == "0", done.stdout + done.stderr
    return set(modules)


def test_version_loads_click_and_little_else(tmp_path: Path) -> None:
    modules = loaded_by(tmp_path, "version")
    assert not modules & HEAVY
    ours = {name for name in modules if name.startswith("declarative")}
    assert len(ours) <= 15, sorted(ours)
