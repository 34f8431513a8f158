"""Who waits sees at once that something happens; what is for machines is not disturbed by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import declarative

SAID = "Reading the files, the state and what is active ..."


def planned(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(Path(declarative.__file__).parents[1])}
    command = [sys.executable, "-m", "declarative", "plan", *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("files", [{}, {"declarative.yaml": "version: 1\nname: one\n"}])
def test_a_plan_speaks_before_it_reads(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert planned(tmp_path).stderr.splitlines()[0] == SAID


def test_results_stay_alone(tmp_path: Path) -> None:
    (tmp_path / "declarative.yaml").write_text("version: 1\nname: one\n")
    done = planned(tmp_path)
    assert SAID not in done.stdout and "No changes" in done.stdout


def test_a_machine_is_told_the_document_only(tmp_path: Path) -> None:
    (tmp_path / "declarative.yaml").write_text("version: 1\nname: one\n")
    done = planned(tmp_path, "--json")
    assert json.loads(done.stdout)["resource_changes"] == [] and done.stderr == ""
