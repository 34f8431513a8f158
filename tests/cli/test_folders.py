"""Folders that cannot be written to, readers that go away, and how often state is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from story_person import engine_of, state_of, tool
from tool_process import command, environment, finished

ONE = """version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
"""
MANY = """version: 1
name: shop
executions:
  load:
    workflow: workflows/quick.yaml
    for_each: '${range(COUNT) | map("string") | list}'
    input: {say: '${each.key}'}
"""
AS_OWNER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Root without the privilege to write anywhere."""


def in_read_only(folder: Path, *words: str) -> tuple[int, str]:
    prefix = AS_OWNER if os.geteuid() == 0 else []
    folder.chmod(0o555)
    done = subprocess.run(
        [*prefix, *command(*words)], cwd=folder, env=environment(), capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write anywhere")
def test_a_folder_that_is_read_only_can_be_planned_and_says_why_not_applied(folder: Path) -> None:
    (folder / "declarative.yaml").write_text(ONE)
    assert in_read_only(folder, "plan", "--detailed-exitcode")[0] == 2
    assert in_read_only(folder, "status")[0] == 0
    code, said = in_read_only(folder, "apply", "--auto-approve")
    assert (code, "Permission denied" in said, "bug" in said) == (1, True, False), said
    code, said = in_read_only(folder, "init", "new")
    assert (code, "cannot be written" in said) == (1, True), said


def test_plan_and_readers_leave_the_folder_as_it_is(folder: Path, user: pytest.MonkeyPatch) -> None:
    (folder / "declarative.yaml").write_text(ONE)
    user.chdir(folder)
    before = sorted(folder.rglob("*"))
    for words in ("plan", "status", "show", "drift --unmanaged", "output", "graph", "validate", "wait"):
        assert tool(*words.split())[0] == 0, words
    assert sorted(folder.rglob("*")) == before


def test_a_reader_that_goes_away_is_no_bug(folder: Path) -> None:
    (folder / "declarative.yaml").write_text(MANY.replace("COUNT", "500"))
    plan = subprocess.Popen(
        command("plan", "-v"), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert plan.stdout is not None and plan.stderr is not None
    plan.stdout.close()
    assert plan.stderr.read().splitlines()[1:] == [], "only what a plan begins with"
    plan.stderr.close()
    assert plan.wait() != 70


def test_a_bug_is_told_with_a_file_and_without_a_traceback(folder: Path, user: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a screw is loose")

    (folder / "declarative.yaml").write_text(ONE)
    user.chdir(folder)
    user.setattr("tempfile.tempdir", str(folder))
    user.setattr("declarative.app.planning.look", broken)
    code, stdout, stderr = tool("plan")
    assert (code, "Traceback" in stdout + stderr) == (70, False)
    [report] = folder.glob("declarative-bug-*.txt")
    assert report.name in stderr
    assert "a screw is loose" in report.read_text()


def test_state_is_written_as_often_for_a_thousand_as_for_a_few(folder: Path) -> None:
    serials: list[int] = []
    for count in (10, 1000):
        (folder / "declarative.yaml").write_text(MANY.replace("COUNT", str(count)))
        before = state_of(folder)["serial"] if serials else 0
        assert finished(folder, "apply", "--auto-approve")[0] == 0
        serials.append(state_of(folder)["serial"] - before)
    assert serials[1] <= serials[0] + 12, serials
    assert len(state_of(folder)["records"]) == 1000
    with engine_of(folder) as engine:
        [workflow] = engine.workflows().workflows
        assert len(engine.list(workflow.id, 1000).executions) == 1000


def test_github_is_told_where_in_the_repository_a_mistake_is(user: pytest.MonkeyPatch, folder: Path) -> None:
    inner = folder / "jobs"
    inner.mkdir()
    (folder / "workflows").rename(inner / "workflows")
    (inner / "workflows" / "bad.yaml").write_text("yawl: '1.0'\nstart: a\nsteps: {a: {nope: {}}}\n")
    (inner / "declarative.yaml").write_text(ONE.replace("quick", "bad"))
    user.chdir(folder)
    assert "::error" not in tool("-C", "jobs", "validate")[1]
    user.setenv("GITHUB_ACTIONS", "true")
    code, told, _ = tool("-C", "jobs", "validate")
    assert code == 1
    assert told.startswith("::error file=jobs/workflows/bad.yaml,line=3,")
    (inner / "declarative.yaml").write_text(ONE.replace("input", "inptu"))
    assert tool("-C", "jobs", "validate")[1].startswith("::error file=jobs/declarative.yaml,line=4,")
