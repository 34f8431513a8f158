"""What somebody is told whose token, role, network or endpoint is wrong: the call, the words, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reference_server import Reference
from reference_user import WORKFLOWS, User, declared, service, user

WORKFLOW = next(key for key, name in WORKFLOWS.items() if name == "work-1")
LOAD = {"load": {"workflow": "work-1"}}


@pytest.fixture
def reference() -> Iterator[Reference]:
    with service().running() as running:
        yield running


@pytest.fixture
def me(reference: Reference, tmp_path: Path) -> User:
    return user(tmp_path, reference, LOAD)


@pytest.mark.parametrize(
    ("fault", "said", "advice"),
    [
        ({"expired": -1}, "Token is invalid or has expired. (HTTP 401)", "export YC_IAM_TOKEN="),
        ({"denied": 7}, "Permission denied (HTTP 403)", "serverless.workflows.viewer"),
        ({"denied": 3}, "can't invoke workflow (HTTP 400)", "serverless.workflows.viewer"),
        ({"html": 200}, "<title>Company gateway</title>", "a proxy"),
    ],
    ids=["token", "role", "role as 400", "gateway"],
)
def test_a_plan_that_could_not_read_says_why(
    me: User, reference: Reference, fault: dict[str, Any], said: str, advice: str
) -> None:
    for name, value in fault.items():
        setattr(reference.faults, name, value)
    answer = me.run("plan", "--new-state")
    assert answer.code == 1
    words = " ".join(answer.text.split())
    assert f"Warning: GET {reference.url}/workflows/v1/execution?workflowId={WORKFLOW} failed: " in words
    assert said in words and "request id: " in words and advice in words
    assert "\x1b" not in answer.text


def test_an_apply_that_was_refused_says_what_to_do_once(reference: Reference, tmp_path: Path) -> None:
    me = user(tmp_path, reference, declared(0, 1))
    reference.faults.denied_starts = 3
    answer = me.apply()
    words = " ".join(answer.text.split())
    assert answer.code == 1 and "The same of 4 more." in words
    assert words.count("Grant the roles serverless.workflows.executor") == 1


def test_drift_and_status_say_why_too(me: User, reference: Reference) -> None:
    assert me.apply().code == 0
    reference.faults.expired = -1
    for command in ("drift", "status"):
        answer = me.run(command)
        assert answer.code == 1 and "request id: " in answer.text, answer.text
        assert "export YC_IAM_TOKEN=" in " ".join(answer.text.split())
    assert "UNKNOWN" in answer.text and "NOT_STARTED" not in answer.text
    machines = me.run("status", "--json")
    (told,) = json.loads(machines.text[machines.text.index("{") :])["diagnostics"]
    assert machines.code == 1 and "export YC_IAM_TOKEN=" in told["hint"]


def test_a_service_that_refuses_all_is_not_asked_about_each(reference: Reference, tmp_path: Path) -> None:
    me = user(tmp_path, reference, declared(0, 5))
    assert me.apply().code == 0
    reference.faults.expired = -1
    reference.counted()
    answer = me.run("plan")
    assert answer.code == 1 and reference.counted().total() <= 5
    assert "The same of 24 more." in answer.text and answer.text.count("Warning: ") == 1


def test_nothing_listens_there(me: User, reference: Reference) -> None:
    me.settings["endpoint"] = "http://127.0.0.1:9"
    me.write()
    answer = me.run("plan", "--new-state")
    assert answer.code == 1
    assert "no connection to 127.0.0.1:9 (Connection refused)" in answer.text
    assert "HTTPS_PROXY" in answer.text and "request id" not in answer.text, "nothing was sent"


def test_deprecated_credentials_are_said_to_people_and_machines(me: User) -> None:
    oauth = {
        "YC_IAM_TOKEN": "",
        "YC_TOKEN": "y0_planted_oauth_token",
        "YC_IAM_ENDPOINT": "http://127.0.0.1:9",
    }
    answer = me.run("plan", "--new-state", **oauth)
    assert "Warning: YC_TOKEN holds an OAuth token" in answer.text
    answer = me.run("plan", "--new-state", "--json", **oauth)
    assert "oauth_deprecated" in [each["code"] for each in answer.document()["diagnostics"]]
    assert "planted" not in answer.text


def test_a_file_alone_sends_no_token_to_a_stranger(me: User, reference: Reference) -> None:
    me.settings["endpoint"] = "https://stranger.example"
    me.write()
    answer = me.run("plan", "--new-state")
    words = " ".join(answer.text.split())
    assert answer.code == 1 and "is not a host of Yandex Cloud" in words
    assert "export YC_WORKFLOWS_ENDPOINT=https://stranger.example" in words


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_this_machine_needs_no_more_than_an_endpoint(me: User, reference: Reference, host: str) -> None:
    me.settings["endpoint"] = reference.url.replace("127.0.0.1", host) + "/"
    me.write()
    answer = me.apply()
    assert answer.code == 0 and reference.book.starts.total() == 1, answer.text
