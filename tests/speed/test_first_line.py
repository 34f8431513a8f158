"""Who waits at a terminal sees at once that something happens."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import declarative


def first_line(folder: Path, *words: str) -> str:
    """What a terminal shows first of stderr."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(Path(declarative.__file__).parents[1])}
    command = [sys.executable, "-m", "declarative", *words]
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"\n" not in shown:
            shown += os.read(ours, 1024)
        process.kill()
    os.close(ours)
    return shown.decode().splitlines()[0]


@pytest.mark.parametrize("files", [{}, {"declarative.yaml": "version: 1\nname: one\n"}])
def test_a_plan_speaks_before_it_reads(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert first_line(tmp_path, "plan") == "Reading the files, the state and what is active ..."


def test_a_pipe_is_told_results_only(tmp_path: Path) -> None:
    (tmp_path / "declarative.yaml").write_text("version: 1\nname: one\n")
    environ = {**os.environ, "PYTHONPATH": str(Path(declarative.__file__).parents[1])}
    command = [sys.executable, "-m", "declarative", "plan"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert "No changes" in done.stdout and done.stderr == ""
