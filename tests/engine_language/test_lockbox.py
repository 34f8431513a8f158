"""Secrets reach the calls they are for, and nothing that is kept or shown."""

from __future__ import annotations

from typing import Any

import pytest
from language_kit import Killed, MemoryJournal, Server, Stage, outputs

from declarative.engine import secrets
from declarative.engine.secrets import Secrets


def steps(text: str) -> str:
    return 'yawl: "1.0"\nstart: a\nsteps:\n' + "".join(f"  {line}\n" for line in text.strip().splitlines())


TABLE = Secrets({"e6q": {"token": 's3cr3t-é"x'}})


def test_a_secret_reaches_the_call_and_nothing_else(stage: Stage, server: Server) -> None:
    server.json("/x", {"echo": 'you sent s3cr3t-é"x', "n": 1})
    server.json("/y", {"error": 's3cr3t-é"x is wrong'}, status=403)
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token"), v: lockboxPayload("e6q"; "token"; "v1")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, method: POST, body: 'Bearer \\(.t)', output: '\\({echo: .echo, n: .n})', next: c}}\n"
        "c: {httpCall: {url: 'http://h/y', catch: [{errorList: [ALL], output: '\\({m: .message})', next: d}]}}\n"
        "d: {noOp: {output: '\\({m, same: (.t == .v)})', next: e}}\n"
        "e: {noOp: {output: '\\({echo, same})'}}"
    )
    result = stage.run(text, secrets=TABLE)
    assert server.calls[0].body == 'Bearer s3cr3t-é"x'
    assert result.value == {"echo": "you sent (secret)", "same": True}
    assert all("s3cr3t" not in repr(entry) for entry in result.journal.writes)
    assert "you sent (secret " in outputs(result.journal.of("b"))[0]["echo"]


def test_a_secret_is_still_one_after_a_restart(stage: Stage, server: Server) -> None:
    server.json("/x", {})
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, method: POST, input: '\\({u: .t})', body: \\(.u)}}"
    )
    for dies_at in (1, 2):
        journal = MemoryJournal()
        journal.dies_at = dies_at
        with pytest.raises(Killed):
            stage.run(text, journal=journal, secrets=TABLE)
        journal.dies_at = None
        stage.run(text, journal=journal, secrets=TABLE)
        assert server.calls.pop().body == 's3cr3t-é"x'


def test_a_placeholder_from_outside_is_never_a_secret(stage: Stage, server: Server) -> None:
    """An answer may repeat the text of an earlier run's placeholder."""
    text = steps(
        'a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "token")})\', next: b}}\n'
        "b: {httpCall: {url: http://h/x, output: '\\({back: .p})', next: c}}\nc: {noOp: {output: '\\({back})'}}"
    )
    server.json("/x", {})
    shown = outputs(stage.run(text, secrets=TABLE).journal.of("a"))[0]["t"]
    server.json("/x", {"p": shown})
    journal = MemoryJournal()
    journal.dies_at = 3
    with pytest.raises(Killed):
        stage.run(text, journal=journal, secrets=TABLE)
    journal.dies_at = None
    assert stage.run(text, journal=journal, secrets=TABLE).value == {"back": shown}


def test_a_secret_that_is_not_there(stage: Stage) -> None:
    result = stage.run(
        steps('a: {noOp: {output: \'\\({t: lockboxPayload("e6q"; "other")})\'}}'), secrets=TABLE
    )
    assert result.outcome.error is not None
    assert "no secret e6q with the key other" in result.outcome.error.message


def test_secrets_come_from_the_environment() -> None:
    found, problems = secrets.read({"e6q": {"token": {"env": "TOKEN"}}}, {"TOKEN": "x"})
    assert (found, problems) == (Secrets({"e6q": {"token": "x"}}), [])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "secrets_type"),
        ({"e6q": "x"}, "secrets_type"),
        ({"e6q": {"token": "in clear"}}, "secrets_type"),
        ({"e6q": {"token": {"env": "NOT_THERE"}}}, "secrets_unset"),
    ],
)
def test_secrets_that_cannot_be_read(given: Any, code: str) -> None:
    found, problems = secrets.read(given, {})
    assert found is None
    assert [problem.code for problem in problems] == [code]
    assert "in clear" not in str(problems)
