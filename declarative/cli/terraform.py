"""Terraform's commands and options that are not ours, and what does the same here."""

from __future__ import annotations

from collections.abc import Iterable

import click

COMMANDS = {
    "refresh": "`declarative drift` shows what moved; `declarative apply` writes outcomes down.",
    "taint": "`declarative apply --replace ADDR` runs an execution again.",
    "untaint": "`declarative accept ADDR --reason ...` declares a failed one finished.",
    "workspace": "`environments:` in the file have a state each; choose with `--env NAME`.",
    "env": "`environments:` in the file have a state each; choose with `--env NAME`.",
    "fmt": "Files are plain YAML: any YAML formatter keeps them tidy.",
    "get": "There are no modules; `include:` joins files.",
    "modules": "There are no modules; `include:` joins files.",
    "providers": "Providers are Python packages; `declarative version` lists those that are installed.",
    "metadata": "`declarative schema config` prints the schema; docs/reference.md lists the functions.",
    "console": "`declarative plan` shows what expressions come to.",
    "query": "`declarative import --all` lists what runs and nobody declared.",
    "login": "Credentials come from the environment: docs/yandex-cloud.md says which.",
    "logout": "Credentials come from the environment: docs/yandex-cloud.md says which.",
    "test": "Give the embedded engine an environment of its own, and `apply` there.",
    "push": "State goes through the `backend:` of the file; `declarative state push FILE` replaces it.",
    "cloud": "There is no cloud service of ours; a schedule in CI runs `declarative plan` and `drift`.",
    "stacks": "One configuration is one state; `environments:` give it several.",
    "lock": "`declarative state lock` shows who holds the lock.",
    "unlock": "`declarative force-unlock [ID]` frees a lock whose holder is gone.",
    "list": "`declarative status` lists executions, `declarative state list` the addresses that state knows.",
    "rerun": "`declarative apply --replace ADDR` runs an execution again.",
    "start": "Declare the execution, then `declarative apply`.",
    "stop": "Remove it from the files, set `run: never`, or `declarative suspend ADDR --stop --reason ...`.",
}
STATE_COMMANDS = {
    "show": "`declarative show ADDR` shows what state keeps, and what was decided from it.",
    "replace-provider": "Change `provider:` in the file; what has finished stays finished.",
    "identities": "`declarative state pull` prints the whole state.",
    "unlock": "`declarative force-unlock [ID]` frees a lock whose holder is gone.",
}
_STATE_FILE = "State's place is the `backend:` of the file; `--backend-config KEY=VALUE` overrides a setting."
_LOCKS = "This command takes the lock and never waits for it; `declarative state lock` shows who holds it."
OPTIONS = {
    "refresh-only": "`declarative drift` reports what moved; `apply` writes outcomes down.",
    "generate-config-out": "`declarative import --all --write FILE` writes entries for what runs already.",
    "invoke": "Declare the execution, or run one again with `--replace ADDR`.",
    "concise": "A pipe gets plain lines anyway; `--json` gives one line for each event.",
    "json-into": "`--report` of `plan` writes a file beside the text.",
    "show-sensitive": "What is sensitive is shown nowhere.",
    "target-file": "Say `--target` once for each pattern; `*` and `?` match.",
    "exclude-file": "Say `--exclude` once for each pattern; `*` and `?` match.",
    "state": _STATE_FILE,
    "state-out": _STATE_FILE,
    "backup": "Nothing is overwritten blindly; `declarative state pull > FILE` keeps a copy.",
    "force": "`--auto-approve` does not ask.",
    "lock": _LOCKS,
    "lock-timeout": _LOCKS,
    "upgrade": "There is nothing to upgrade: providers are Python packages. Leave it out.",
    "reconfigure": "Every command reads the backend from the file. Leave it out.",
    "migrate-state": "`declarative state migrate --from TYPE` copies state to the configured backend.",
    "force-copy": "`declarative state migrate --from TYPE` copies state to the configured backend.",
    "backend": "`init` opens no backend. Leave it out.",
    "backend-config": "It belongs to the commands that read state: plan, apply, drift, status, ...",
    "get": "There are no modules to get. Leave it out.",
    "from-module": "Copy one of the folders under examples/.",
    "lockfile": "There is no lock file: pin the version of the package.",
    "plugin-dir": "Providers are Python packages.",
    "type": "There is one graph: who waits for whom. `--format mermaid` or `--format dot` draws it.",
    "draw-cycles": "A cycle is an error that `declarative validate` shows as a path.",
    "plan": "`declarative show FILE` shows a saved plan.",
    "install-autocomplete": "`declarative completion bash` (or zsh, fish) prints the script.",
    "uninstall-autocomplete": "Take the line of `declarative completion` out of your shell's startup file.",
}
EVERYWHERE = frozenset({"input", "compact-warnings"})
"""Without meaning: pipelines pass them to Terraform everywhere. A prompt needs a terminal here."""
PLAN = frozenset({"lock", "lock-timeout", "parallelism"})
"""The same of `plan`, which takes no lock and reads whole lists."""


class NotHere(click.UsageError):
    """A usage error that knows the remedy."""

    def __init__(self, message: str, hint: str, ctx: click.Context) -> None:
        super().__init__(message, ctx)
        self.hint = hint


def no_such_option(name: str, known: Iterable[str], ctx: click.Context) -> click.UsageError:
    """`name`: without dashes. `known`: the command's own, with them."""
    message = f"No such option: -{name}"
    hint = OPTIONS.get(name) or _near(f"--{name}", known)
    return NotHere(message, hint or f"Options of several letters take two dashes. {_help(ctx)}", ctx)


def no_such_command(name: str, known: Iterable[str], ctx: click.Context) -> click.UsageError:
    group = ctx.command_path.removeprefix("declarative").strip()
    words = f"{group} {name}".strip()
    hint = (STATE_COMMANDS if group else COMMANDS).get(name) or _near(name, known)
    return NotHere(f"There is no command {words}", hint or f"`{ctx.command_path} --help` lists them.", ctx)


def _near(word: str, known: Iterable[str]) -> str:
    from declarative.diagnostics import did_you_mean

    return did_you_mean(word, known)


def _help(ctx: click.Context) -> str:
    return f"`{ctx.command_path} --help` shows what it takes."
