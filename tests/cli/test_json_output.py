"""What machines read: every command's stdout is JSON with --json, also when it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from story_person import bound_id, tool

from declarative.app.schemas import schema_of

SHOP = """version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
  broken: {workflow: workflows/fail.yaml, input: {table: orders}}
outputs: {word: '${executions.hello.result.said}'}
"""
READING = {
    "validate": 0,
    "plan": 0,
    "plan --detailed-exitcode": 2,
    "plan --destroy": 0,
    "status": 0,
    "status --check": 3,
    "show": 0,
    "show hello": 0,
    "history broken": 0,
    "drift --unmanaged": 0,
    "output": 0,
    "output word": 0,
    "graph": 0,
    "graph --format dot": 0,
    "state list": 0,
    "state pull": 0,
    "state lock": 0,
    "schema config": 0,
    "schema plan": 0,
    "schema state": 0,
    "schema events": 0,
    "version": 0,
    "init": 0,
}
STREAMS = {"wait": 3, "wait hello": 0, "apply --auto-approve": 3, "apply --wait --auto-approve": 3}
REFUSALS = {
    "show nobody": 1,
    "history nobody": 1,
    "output nothing": 1,
    "accept nobody --reason x": 1,
    "accept hello": 1,
    "resume hello": 1,
    "import hello nonsense": 1,
    "state mv nobody somebody": 1,
    "force-unlock": 1,
    "plan --nonsense": 1,
    "plan --target nobody": 1,
    "nonsense": 1,
    "-C nowhere plan": 1,
}
REFUSED_STREAMS = {
    "wait nobody": 1,
    "apply missing.plan": 1,
    "apply --nonsense": 1,
    "apply --replace broken": 1,
    "destroy": 1,
    "-C nowhere apply": 1,
    "apply --var x": 1,
}


@pytest.fixture
def shop(folder: Path, user: pytest.MonkeyPatch) -> Iterator[Path]:
    (folder / "declarative.yaml").write_text(SHOP)
    user.chdir(folder)
    assert tool("apply", "--auto-approve", "--wait")[0] == 3
    yield folder


def lines_of(stdout: str) -> list[Any]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_every_reading_command_prints_one_document(shop: Path) -> None:
    answers = {words: tool("--json", *words.split()) for words in READING}
    assert {words: code for words, (code, _, _) in answers.items()} == READING
    for words, (_, stdout, stderr) in answers.items():
        assert isinstance(json.loads(stdout), dict), words
        assert stderr == "", words


def test_every_deed_prints_a_stream(shop: Path) -> None:
    answers = {words: tool(*words.split(), "-json") for words in STREAMS}
    assert {words: code for words, (code, _, _) in answers.items()} == STREAMS
    for words, (_, stdout, stderr) in answers.items():
        lines = lines_of(stdout)
        assert lines[0]["type"] == "version", words
        assert all({"@level", "@message", "@timestamp", "type"} <= line.keys() for line in lines), words
        assert stderr == "", words


def test_refusals_are_documents_too(shop: Path) -> None:
    answers = {words: tool(*words.split(), "--json") for words in REFUSALS}
    assert {words: code for words, (code, _, _) in answers.items()} == REFUSALS
    for words, (_, stdout, stderr) in answers.items():
        assert json.loads(stdout)["diagnostics"], words
        assert stderr == "", words


def test_what_answers_in_lines_refuses_in_lines(shop: Path) -> None:
    fits = jsonschema.Draft202012Validator(schema_of("events")).is_valid
    for words, code in REFUSED_STREAMS.items():
        found, stdout, stderr = tool(*words.split(), "--json")
        lines = lines_of(stdout)
        assert (found, stderr) == (code, ""), words
        assert [line["type"] for line in lines].count("version") == 1 and lines[0]["type"] == "version", words
        assert lines[-1]["type"] == "diagnostic" and lines[-1]["@level"] == "error", words
        assert all(map(fits, lines)), words


def test_edits_say_what_they_changed(shop: Path) -> None:
    suspended = json.loads(tool("suspend", "hello", "--reason", "x", "--json")[1])
    assert suspended["suspended"] == ["hello"]
    assert json.loads(tool("resume", "hello", "--json")[1])["resumed"] == ["hello"]
    assert json.loads(tool("accept", "broken", "--reason", "x", "--json")[1])["accepted"] == ["broken"]
    execution = bound_id(shop, "hello")
    assert json.loads(tool("state", "rm", "hello", "--json")[1])["removed"] == ["hello"]
    imported = json.loads(tool("import", "hello", execution, "--json")[1])
    assert imported == {"address": "hello", "id": execution, "status": "FINISHED"}


def test_a_saved_plan_is_the_document_that_json_prints(shop: Path) -> None:
    code, stdout, _ = tool("plan", "--out", "saved.json", "--json")
    assert code == 0
    assert json.loads((shop / "saved.json").read_text()) == json.loads(stdout)
    assert json.loads(tool("show", "saved.json", "--json")[1]) == json.loads(stdout)
    assert (shop / "saved.json").stat().st_mode & 0o077 == 0, "inputs are in it"


def test_a_saved_plan_replaces_once_however_often_it_is_applied(shop: Path) -> None:
    """A job in CI is retried: what it had done already is not done once more."""
    first = bound_id(shop, "hello")
    tool("plan", "--replace", "hello", "--out", "saved.json")
    tool("apply", "saved.json")
    replaced = bound_id(shop, "hello")
    assert replaced != first
    tool("apply", "saved.json")
    assert bound_id(shop, "hello") == replaced


@pytest.mark.parametrize(
    ("backend", "hint"), [("s33: {bucket: b}", '"s3"'), ("s3: {buckett: b}", '"bucket"')]
)
def test_validate_knows_what_a_backend_takes(
    folder: Path, user: pytest.MonkeyPatch, backend: str, hint: str
) -> None:
    (folder / "declarative.yaml").write_text(
        f"version: 1\nname: x\nbackend: {{{backend}}}\nexecutions: {{}}\n"
    )
    user.chdir(folder)
    code, stdout, _ = tool("validate", "--json")
    (problem,) = json.loads(stdout)["diagnostics"]
    assert (code, problem["hint"]) == (1, f"Did you mean {hint}?")


def test_a_saved_plan_is_still_about_its_own_day_after_midnight(
    folder: Path, user: pytest.MonkeyPatch
) -> None:
    (folder / "declarative.yaml").write_text(
        "version: 1\nname: shop\nexecutions:\n  day:\n    workflow: workflows/quick.yaml\n"
        "    for_each: {dates: {from: today, to: today}}\n    input: {say: '${each.key}'}\n"
    )
    user.chdir(folder)
    tool("plan", "--out", "saved.json")
    planned = json.loads((folder / "saved.json").read_text())["resource_changes"][0]["index"]
    user.setattr("declarative.clock.SystemClock.now", lambda self: time.time() + 86_400)
    code, stdout, _ = tool("apply", "saved.json")
    assert code == 0 and f'day["{planned}"]: started' in stdout


@pytest.mark.parametrize("words", [("--env", "plan", "apply"), ("-C", "plan", "--env", "wait", "apply")])
def test_an_environment_named_like_a_command_is_not_taken_for_it(shop: Path, words: tuple[str, ...]) -> None:
    _, stdout, _ = tool(*words, "--json", "--no-such-option")
    assert [json.loads(line)["type"] for line in stdout.splitlines()] == ["version", "diagnostic"]
