"""The question, as it is put on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from story_person import state_of
from tool_process import Terminal, finished, terminal

ONE = """version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
"""


@pytest.fixture
def asked(folder: Path) -> Iterator[Terminal]:
    """An apply that waits for the answer."""
    (folder / "declarative.yaml").write_text(ONE)
    with terminal(folder, "apply") as apply:
        apply.wait_for("Only 'yes' will be accepted")
        yield apply


def test_yes_is_a_yes(asked: Terminal, folder: Path) -> None:
    asked.type("yes\n")
    assert asked.ended() == 0
    assert "1 added" in asked.said
    assert state_of(folder)["records"][0]["current"]["id"]


@pytest.mark.parametrize("answer", ["no\n", "y\n", "YES\n", "\n", "\x04"])
def test_anything_else_is_a_no(asked: Terminal, folder: Path, answer: str) -> None:
    asked.type(answer)
    assert asked.ended() in (1, 130)
    assert not (folder / ".declarative/default/state.json").exists()


def test_ctrl_c_is_a_no(asked: Terminal, folder: Path) -> None:
    asked.insist("\x03")
    assert asked.ended() in (130, -2)
    assert "Traceback" not in asked.said
    assert not (folder / ".declarative/default/state.json").exists()
    code, said = finished(folder, "state", "lock")
    assert (code, "Nobody holds" in said) == (0, True)


def test_while_somebody_is_asked_others_find_the_lock_taken(asked: Terminal, folder: Path) -> None:
    code, said = finished(folder, "apply", "--auto-approve")
    assert code == 4
    assert "@" in said and "process " in said, said
    assert finished(folder, "plan", "--detailed-exitcode")[0] == 2, "a plan needs no lock"
    assert "is locked by" in finished(folder, "state", "lock")[1]
    asked.type("no\n")
    assert asked.ended() == 1
    assert finished(folder, "apply", "--auto-approve", "--lock-timeout", "20s")[0] == 0


def test_a_lock_timeout_waits_for_the_other_one(asked: Terminal, folder: Path) -> None:
    with terminal(folder, "apply", "--auto-approve", "--lock-timeout", "20s") as waiting:
        asked.type("yes\n")
        assert asked.ended() == 0
        assert waiting.ended() == 0
        assert "0 added" in waiting.said
