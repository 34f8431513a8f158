"""The command classes: common options anywhere, lazy loading, answers to Terraform's words."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from declarative.cli.terraform import no_such_command
from declarative.cli.words import spelled_out

COMMANDS = {
    "init": "setup",
    "validate": "setup",
    "schema": "setup",
    "version": "versions",
    "completion": "shells",
    "plan": "planning",
    "apply": "deeds",
    "destroy": "deeds",
    "status": "reading",
    "show": "reading",
    "history": "reading",
    "wait": "reading",
    "drift": "reporting",
    "output": "reporting",
    "graph": "reporting",
    "serve": "serving",
    "import": "editing",
    "accept": "editing",
    "suspend": "editing",
    "resume": "editing",
    "state": "statefiles",
    "force-unlock": "statefiles",
}


_SENTENCE = 200
_FUNCTIONS = {"import": "import_"}
"""Commands whose names are words of Python."""


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Given before or after the command, the last word counts; a default never overrides a word."""
    source = ctx.get_parameter_source(param.name or "")
    common: dict[str, Any] = ctx.find_root().meta.setdefault("common", {})
    if source is not click.core.ParameterSource.DEFAULT:
        common[param.name or ""] = value
    return value


def common_options() -> list[click.Option]:
    """Made anew for each command: click stores state in them."""

    def option(*names: str, help: str, **more: Any) -> click.Option:
        return click.Option(list(names), help=help, expose_value=False, callback=_remember, **more)

    return [
        option("-C", "directory", metavar="DIR", help="Work in this directory."),
        option("--env", "environment", metavar="NAME", help="The environment to use."),
        option("--json", "json", is_flag=True, help="Machine-readable output."),
        option("--no-color", "no_color", is_flag=True, help="No colours, whatever the terminal."),
        option("-v", "--verbose", "verbose", count=True, help="Say more."),
    ]


class Command(click.Command):
    """A command that also takes the common options and Terraform's one-dash words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += common_options()
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _spelled_out(args, self.get_params(ctx), ctx))


class CommonGroup(click.Group):
    """A group that takes the common options before its command too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += common_options()
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, rest = split_at_command(args, self.get_params(ctx))
        return super().parse_args(ctx, [*_spelled_out(own, self.get_params(ctx), ctx), *rest])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Whole sentences: click would cut them to one line."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, known.get_short_help_str(_SENTENCE)) for name, known in found if known is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            raise no_such_command(args[0], names, ctx)
        return super().resolve_command(ctx, args)


class Group(CommonGroup):
    """Commands are imported when they are called, so that `version` costs nothing but click."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        room = COMMANDS.get(cmd_name)
        if room is None:
            return None
        module = import_module(f"declarative.cli.{room}")
        found: click.Command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name.replace("-", "_")))
        return found


def _spelled_out(args: list[str], params: list[click.Parameter], ctx: click.Context) -> list[str]:
    """While a shell completes, half of a word is no mistake."""
    try:
        return spelled_out(args, params, ctx)
    except click.UsageError:
        if ctx.resilient_parsing:
            return args
        raise


def split_at_command(args: list[str], params: list[click.Parameter]) -> tuple[list[str], list[str]]:
    """Where the group's own words end and the command begins."""
    valued = {
        name
        for param in params
        if isinstance(param, click.Option) and not param.is_flag and not param.count
        for name in param.opts
    }
    index = 0
    while index < len(args) and args[index].startswith("-"):
        index += 2 if args[index] in valued else 1
    return args[:index], args[index:]


def command(name: str, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]:
    return click.command(name, cls=Command, **kwargs)
