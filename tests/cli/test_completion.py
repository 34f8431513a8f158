"""What a shell hears while somebody types."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from declarative.cli.main import run

FILE = """
version: 1
name: shop
executions:
  load: {workflow: load.yaml, for_each: [eu, 'a b', eu/2026-11-01]}
  publish: {workflow: load.yaml}
"""


def completed(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Of bash: the last word is the one being typed."""
    monkeypatch.setenv("_DECLARATIVE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(("declarative", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(stdout), pytest.raises(SystemExit):
        run([])
    stdout.seek(0)
    return [line.removeprefix("plain,") for line in stdout.read().splitlines() if line]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "declarative.yaml").write_text(FILE)
    (tmp_path / "load.yaml").write_text('{yawl: "1.0", start: a, steps: {a: {noOp: {}}}}')
    return tmp_path


def test_commands_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(monkeypatch, "stat") == ["status", "state"]
    assert completed(monkeypatch, "state", "p") == ["pull", "push"]
    assert completed(monkeypatch, "plan", "--ta") == ["--target"]
    assert completed(monkeypatch, "plan", "-nonsense", "--ta") == ["--target"]


def test_addresses_are_those_that_are_declared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ("-C", str(folder))
    assert completed(monkeypatch, *here, "show", "p") == ["publish"]
    assert completed(monkeypatch, *here, "plan", "--target", "load.e") == ["load.eu", "load.eu/2026-11-01"]
    assert completed(monkeypatch, *here, "plan", "-no-color", "--replace", "lo") == [
        "load",
        "load.eu",
        "load.eu/2026-11-01",
    ]


def test_broken_files_complete_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "declarative.yaml").write_text("version: 1\nexecutions: {")
    assert completed(monkeypatch, "-C", str(folder), "show", "p") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_DECLARATIVE_COMPLETE={shell}_complete" in capsys.readouterr().out
