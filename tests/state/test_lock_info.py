"""Who holds a lock: as others read it, and as it is read from strangers."""

from __future__ import annotations

import getpass
import json

import pytest

from declarative.protocols import LockInfo
from declarative.state.lock import (
    FREE,
    holder_text,
    is_free,
    leased,
    lock_json,
    new_lock,
    printable,
    read_lock,
)
from declarative.testing.clock import StillClock


def test_it_is_terraforms_lock_info() -> None:
    info = new_lock("apply", "s3://b/k", StillClock(1_795_000_000), {})
    written = json.loads(lock_json(info))
    assert written.keys() == {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"}
    assert written["Created"] == "2026-11-18T11:06:40Z" and written["Path"] == "s3://b/k"
    assert read_lock(lock_json(info)) == info


def test_two_locks_are_never_the_same() -> None:
    assert new_lock("apply", "x", StillClock(), {}).id != new_lock("apply", "x", StillClock(), {}).id


def test_a_lease_tells_people_when_it_ends() -> None:
    info = leased(new_lock("apply", "x", StillClock(), {}), 1_795_000_060)
    assert read_lock(lock_json(info)) == info and info.expires_at == "2026-11-18T11:07:40Z"


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1234)
    assert new_lock("apply", "x", StillClock(), {}).who.startswith("1234@")


@pytest.mark.parametrize(
    ("environ", "job"),
    [
        ({"CI_JOB_URL": "https://gitlab.example/j/1"}, "https://gitlab.example/j/1"),
        (
            {
                "GITHUB_RUN_ID": "7",
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "acme/orders",
            },
            "https://github.com/acme/orders/actions/runs/7",
        ),
        ({}, ""),
    ],
)
def test_the_job_that_holds_it_can_be_found(environ: dict[str, str], job: str) -> None:
    assert new_lock("apply", "x", StillClock(), environ).info == job


@pytest.mark.parametrize(
    "content", [b"", b"{", b"7", b"[]", b"{}", b'{"ID": 7}', b'{"ID": ""}', b"[" * 100_000, b"\xff"]
)
def test_what_is_no_lock_names_nobody(content: bytes) -> None:
    assert read_lock(content) is None


def test_only_a_lock_that_was_given_back_is_free() -> None:
    assert is_free(FREE)
    for content in (b"", b"{", b"{}", b"7", b'{"ID": "x"}', b"[" * 100_000):
        assert not is_free(content)


def test_a_stranger_cannot_paint_the_terminal() -> None:
    info = read_lock(json.dumps({"ID": "1", "Who": "\x1b[2J\nanna\u202e", "Operation": ["x"]}).encode())
    assert info is not None and info.who == "[2J anna" and info.operation == ""
    assert len(printable("x" * 10_000)) == 256


def test_a_holder_is_one_line() -> None:
    info = LockInfo("1", "apply", "anna@ci-1", "2026-11-24T00:00:00Z", info="https://j/1")
    assert holder_text(info) == "anna@ci-1 (apply since 2026-11-24T00:00:00Z, https://j/1)"
    assert holder_text(LockInfo("1", "", "", "")) == "somebody (unknown operation)"
    assert holder_text(None) == "somebody who left no name"
