"""Commands about state where it is kept behind Terraform's HTTP protocol, which tells nobody who holds the lock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform_server import PASSWORD, USER, Place, TerraformServer

from declarative.cli.main import run
from declarative.model.state import State
from declarative.state.codec import Encoder

HOLDER = {"ID": "0c7b9f1e-0000-4000-8000-000000000001", "Who": "anna@ci-1", "Operation": "apply"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Of a configuration in the present folder."""
    server = TerraformServer(Place())
    address = f"http://127.0.0.1:{server.port}/state"
    backend = f"{{http: {{address: '{address}', lock_address: '{address}/lock'}}}}"
    (tmp_path / "declarative.yaml").write_text(f"version: 1\nname: shop\nbackend: {backend}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_HTTP_USERNAME", USER)
    monkeypatch.setenv("TF_HTTP_PASSWORD", PASSWORD)
    yield server.place
    server.close()


def test_a_lock_that_is_left_is_freed_by_the_id_that_is_shown(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.holder = HOLDER
    assert run(["apply", "--auto-approve", "--allow-empty"]) == 4
    said = capsys.readouterr().err
    assert "anna@ci-1" in said
    shown = re.search(r"declarative\s+force-unlock\s+(\S+)", said)
    assert shown
    assert run(["force-unlock", shown[1], "--force"]) == 0
    assert place.holder is None
    assert "Freed the lock" in capsys.readouterr().out


def test_another_id_frees_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.holder = HOLDER
    assert run(["force-unlock", "another", "--force"]) == 4
    assert place.holder is HOLDER
    assert "anna@ci-1" in capsys.readouterr().err


def test_without_an_id_one_is_asked_for(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["force-unlock", "--force"]) == 1
    assert "Give the id" in capsys.readouterr().err


def test_nobody_is_not_claimed_where_nothing_is_known(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.holder = HOLDER
    assert run(["state", "lock"]) == 0
    assert "Nobody" not in capsys.readouterr().out


OPEN = """
variables: {word: {type: string}, host: {type: string, default: 127.0.0.1}}
executions: {load: {workflow: load.yaml, input: {say: '${var.word}'}}}
"""


@pytest.fixture
def half_said(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    """With a state, in the folder of a configuration whose execution needs a variable that nobody gives."""
    file = tmp_path / "declarative.yaml"
    file.write_text(file.read_text().replace("127.0.0.1", "${var.host}") + OPEN)
    golden = json.loads((Path(__file__).parent / "golden_state_v1.json").read_text())
    place.document = json.dumps({**golden, "name": "shop", "environment": ""}).encode()
    assert run(["plan"]) == 1
    assert 'The variable "word" has no value' in capsys.readouterr().err
    return place


def test_state_is_mended_without_what_only_executions_need(
    half_said: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["state", "list"]) == 0
    assert "extract" in capsys.readouterr().out
    assert run(["state", "mv", 'load["eu \\"1\\""]', "moved"]) == 0
    assert run(["state", "list", "moved"]) == 0
    assert run(["state", "rm", "moved"]) == 0
    capsys.readouterr()
    assert run(["state", "pull"]) == 0
    assert "moved" not in capsys.readouterr().out
    assert run(["state", "rm", "moved"]) == 1
    assert "State knows no moved" in capsys.readouterr().err


def test_what_the_backend_needs_is_still_asked_for_and_nothing_else(
    half_said: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "declarative.yaml"
    file.write_text(file.read_text().replace(", default: 127.0.0.1", ""))
    assert run(["state", "lock"]) == 1
    said = capsys.readouterr().err
    assert 'The variable "host" has no value' in said
    assert '"word"' not in said
    assert run(["state", "lock", "--var", "host=127.0.0.1"]) == 0


def test_a_lock_that_could_not_be_given_back_is_said(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "given.json").write_bytes(Encoder().encode(State(lineage="one", name="shop")))
    place.scripted["UNLOCK"] = [(500, b"out of order")]
    assert run(["state", "push", "given.json"]) == 0
    assert place.holder is not None
    assert "out of order" in capsys.readouterr().err


def test_the_state_of_another_environment_is_not_pushed_by_accident(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its next apply would stop what the other one runs."""
    foreign = State(lineage="one", name="shop", environment="prod")
    (tmp_path / "prod.json").write_bytes(Encoder().encode(foreign))
    assert run(["state", "push", "prod.json"]) == 1
    assert place.document is None
    assert 'environment "prod"' in capsys.readouterr().err
    assert run(["state", "push", "--force", "prod.json"]) == 0
    assert place.document is not None
