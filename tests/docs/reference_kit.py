"""Writes docs/reference.md from the commands and the configuration's schema, so that it cannot be out of date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from declarative.app.schemas import schema_of
from declarative.cli.main import cli
from declarative.config import functions
from declarative.config.filters import FILTERS, TESTS
from declarative.config.functions import METHODS

_EXPRESSIONS = """\
`${...}` holds an expression of Jinja2, with texts in quotes; `$${` is a literal `${`. It may stand in values, not in
keys. A value that is one expression keeps its JSON type; within a longer text it becomes text as JSON has it.

| name | where | is |
|---|---|---|
| `var.NAME` | everywhere but in `version`, `name`, `include` and the values of variables | a variable's value |
| `environment` | as `var` | the name of the environment, `""` where none are declared |
| `each.key`, `each.value` | entries with `for_each`, but not in it | key and value of the instance |
| `executions.NAME.result`, `.input`, `.id` | `input`, `description` and `outputs` | of another entry; whoever reads them waits for it |
| `executions.NAME.status` | `outputs` | the engine's word |
| `executions.NAME[KEY]` | as these | the same of one instance |
| `executions.NAME` | these and `for_each` | a map of instances: `\\| list` is its keys |

What is not there is an error, unless `default(...)` or `is defined` asks for it.
"""
_COMMON = {"directory", "environment", "json", "no_color", "verbose", "help"}


def reference() -> str:
    lines = [
        "# Reference",
        "",
        "Made from the commands and the schema; `tests/docs` holds it against them.",
        "",
    ]
    lines += ["## Commands", "", *_common(), *_commands(cli, "declarative"), "## Keys", "", *_keys()]
    lines += ["## Expressions", "", _EXPRESSIONS, *_callables()]
    return "\n".join(lines).rstrip() + "\n"


def _common() -> Iterator[str]:
    yield "Before or after every command:"
    yield ""
    yield from _options([param for param in cli.params if param.name in _COMMON])
    yield ""


def _commands(group: click.Group, path: str) -> Iterator[str]:
    ctx = click.Context(group, info_name=path)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
            continue
        yield f"### `{_usage(command, f'{path} {name}')}`"
        yield ""
        yield " ".join((command.help or "").split())
        yield ""
        own = [param for param in command.params if param.name not in _COMMON]
        rows = list(_options(own))
        yield from [*rows, ""] if rows else []


def _usage(command: click.Command, path: str) -> str:
    ctx = click.Context(command)
    words = [param.make_metavar(ctx) for param in command.params if isinstance(param, click.Argument)]
    return " ".join([path, *words])


def _options(params: list[click.Parameter]) -> Iterator[str]:
    for param in params:
        if isinstance(param, click.Option) and param.name != "help":
            ctx = click.Context(click.Command("none"))
            value = "" if param.is_flag or param.count else f" {param.make_metavar(ctx)}"
            yield f"- `{', '.join(param.opts)}{value}`: {param.help}"


def _keys() -> Iterator[str]:
    schema = schema_of("config")
    yield from _table("The file", schema)
    definitions: Any = schema["definitions"]
    for name, definition in definitions.items():
        if definition.get("properties"):
            yield from _table(name, definition)


def _callables() -> Iterator[str]:
    """Names with a blank are the machinery's."""
    kinds = {"Functions": functions.NAMES, "Filters": FILTERS, "Tests": TESTS, "Methods of texts": METHODS}
    for kind, names in kinds.items():
        named = sorted(name for name in names if name.isidentifier())
        yield f"{kind}: {', '.join(f'`{name}`' for name in named)}."
        yield ""
    yield "`dateadd('-1d')` (also `2h`, `1mo`, `1y`) and `strftime('%Y')` take dates and times. `file(PATH)` is a text"
    yield "of the configuration's folder."


def _table(title: str, definition: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    if definition.get("description"):
        yield from [str(definition["description"]), ""]
    yield "| key | means |"
    yield "|---|---|"
    for key, value in definition["properties"].items():
        words = str(value.get("description", "")).replace("|", "\\|").replace("\n", " ")
        yield f"| `{key}` | {words} |"
    yield ""
