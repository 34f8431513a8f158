"""The two tools that are compared: how each is called, and in what surroundings."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from measuring import Cost, run

_ROOT = Path(__file__).parents[2]


def ours(folder: Path, *words: str) -> Cost:
    """Modules come compiled from a cache, as they do for whoever installed the tool."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    cache = folder.parent / ".compiled"
    token = {"YC_IAM_TOKEN": "t1.a.b"}
    environ = {**kept, **token, "PYTHONPATH": str(_ROOT), "PYTHONPYCACHEPREFIX": str(cache)}
    return run([sys.executable, "-m", "declarative", *words], folder, environ)


def interpreter(folder: Path, program: str) -> Cost:
    """Python alone, with what the tool cannot do without."""
    cache = folder.parent / ".compiled"
    environ = {"PATH": os.environ["PATH"], "PYTHONPYCACHEPREFIX": str(cache)}
    return run([sys.executable, "-c", program], folder, environ)


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
