"""The two tools that are compared: how each is called, and in what surroundings."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from measuring import Cost, first_line, run

_ROOT = Path(__file__).parents[2]


def ours(folder: Path, *words: str) -> Cost:
    return run([sys.executable, "-m", "declarative", *words], folder, _environ())


def ours_first_line(folder: Path, *words: str) -> Cost:
    return first_line([sys.executable, "-m", "declarative", *words], folder, _environ())


def script(name: str, folder: Path, *words: str) -> Cost:
    """A program of this folder that uses the tool's own rooms."""
    return run([sys.executable, str(Path(__file__).with_name(name)), *words], folder, _environ())


def _environ() -> dict[str, str]:
    """Of a plain shell: modules are compiled once, as for whoever installed the tool."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "YC_IAM_TOKEN": "t1.a.b", "PYTHONPATH": str(_ROOT)}


def interpreter(folder: Path, program: str) -> Cost:
    """Python alone, with what the tool cannot do without."""
    return run([sys.executable, "-c", program], folder, {"PATH": os.environ["PATH"]})


def terraform() -> str | None:
    return shutil.which("terraform")


def theirs(folder: Path, *words: str) -> Cost:
    """Neither asks whether there is a newer version nor reads anybody's settings."""
    settings = folder.parent / ".terraformrc"
    settings.touch()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(settings),
        "TF_IN_AUTOMATION": "1",
    }
    program = terraform()
    assert program is not None
    return run([program, *words, "-no-color"], folder, environ)
