"""Commands about state where it is kept behind Terraform's HTTP protocol, which tells nobody who holds the lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform_server import PASSWORD, USER, Place, TerraformServer

from declarative.cli.main import run

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
