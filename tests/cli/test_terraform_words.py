"""Whatever a user of Terraform types works, or says what does the same here."""

from __future__ import annotations

import re

import pytest
from story_person import tool

from declarative.cli import terraform
from declarative.cli.commands import COMMANDS
from declarative.cli.versions import EXTRAS


@pytest.mark.parametrize("name", terraform.COMMANDS)
def test_a_command_of_terraform_names_ours(name: str) -> None:
    code, stdout, stderr = tool(name, "-json", "whatever")
    assert code == 1 and not stderr
    assert f"There is no command {name}" in stdout
    assert terraform.COMMANDS[name].split("`")[0] in stdout


@pytest.mark.parametrize("name", terraform.STATE_COMMANDS)
def test_so_does_a_command_on_state(name: str) -> None:
    code, _, stderr = tool("state", name, "whatever")
    assert code == 1 and f"There is no command state {name}" in stderr


@pytest.mark.parametrize("dashes", ["-", "--"])
@pytest.mark.parametrize("name", terraform.OPTIONS)
def test_an_option_of_terraform_names_ours(name: str, dashes: str) -> None:
    code, _, stderr = tool("schema", f"{dashes}{name}=x")
    assert code == 1 and f"No such option: -{name}" in stderr
    assert terraform.OPTIONS[name].split()[0] in stderr


def test_every_answer_names_commands_that_there_are() -> None:
    answers = [*terraform.COMMANDS.values(), *terraform.STATE_COMMANDS.values(), *terraform.OPTIONS.values()]
    named = {name for answer in answers for name in re.findall(r"`declarative ([a-z-]+)", answer)}
    assert named and named <= {*COMMANDS}
    assert not {*terraform.COMMANDS} & {*COMMANDS}


@pytest.mark.parametrize("word", ["-lock=false", "-lock-timeout=5s", "-parallelism=4", "-compact-warnings"])
def test_plan_takes_what_pipelines_pass_to_it(word: str, user: pytest.MonkeyPatch) -> None:
    code, _, stderr = tool("plan", word, "-input=false", "-lock-timeout", "3s")
    assert code == 1 and "There is no declarative.yaml" in stderr


def test_help_is_a_command_too() -> None:
    assert tool("help", "plan") == tool("plan", "--help")
    assert tool("help") == tool("--help")


def test_version_tells_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRAS, "server", (("no_such_module",), "declarative serve"))
    code, stdout, _ = tool("version")
    assert code == 0 and "providers: embedded, yandex" in stdout
    assert "pip install 'declarative-executions[server]'" in stdout
    assert "extra s3 (state in S3): installed" in stdout
