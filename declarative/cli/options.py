"""Options that several commands share, and what they mean to the hall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from declarative.cli.completing import addresses
from declarative.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from declarative.app.setting import Setting
    from declarative.cli.front import Front

F = TypeVar("F", bound=Callable[..., Any])


def together(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


variables = together(
    click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable."),
    click.option(
        "--var-file", "var_files", multiple=True, metavar="FILE", help="Read variables from it, as YAML."
    ),
)

backend = click.option(
    "--backend-config", multiple=True, metavar="KEY=VALUE", help="A setting of the state backend."
)


def _addressed(name: str, metavar: str, help: str) -> Callable[[Any], Any]:
    return click.option(name, multiple=True, metavar=metavar, help=help, shell_complete=addresses)


planning = together(
    variables,
    backend,
    click.option(
        "--refresh",
        type=click.Choice(["active", "full", "none"]),
        default="active",
        show_default=True,
        help="Read what is active, everything, or nothing.",
    ),
    _addressed("--replace", "ADDR", "Run this one again."),
    _addressed("--target", "PATTERN", "Only these; * and ? match."),
    _addressed("--exclude", "PATTERN", "All but these."),
    click.option("--label", multiple=True, metavar="KEY=VALUE", help="Only those with this label."),
    click.option("--failed", is_flag=True, help="Only what failed, was stopped or is lost."),
    click.option("--new-state", is_flag=True, help="There is no state yet, and that is right."),
    click.option("--allow-stops", type=int, default=0, metavar="N", help="Let this plan stop up to N."),
    click.option("--allow-reruns", type=int, default=0, metavar="N", help="Let it start up to N again."),
    click.option("--allow-empty", is_flag=True, help="Let a configuration without executions stop all."),
    _addressed(
        "--allow-protected", "ADDR", "Lift the recorded protection of one that is no longer declared."
    ),
)


_EQUALS = "Write the name, = and the value without spaces between them."


def pairs(words: tuple[str, ...], option: str) -> dict[str, str]:
    """`NAME=VALUE` words as a dictionary. Raises Refused."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            # Not the word itself: it may be the value of a secret.
            raise Refused([Diagnostic("usage", f"{option} takes NAME=VALUE", hint=_EQUALS)])
        found[name] = value
    return found


def seconds(text: str | None) -> float | None:
    """`90`, `90s`, `2m`, `1h30m` in seconds. Raises Refused."""
    if text is None:
        return None
    from declarative.model.durations import seconds as of_duration

    found = float(text) if text.replace(".", "", 1).isdigit() else of_duration(text)
    if found is None:
        summary = f"{text!r} is not a duration"
        raise Refused([Diagnostic("usage", summary, hint="Write 90s, 2m, 1h30m or 1d.")])
    return found


def setting(here: Front, given: Mapping[str, Any]) -> Setting:
    """The setting that the shared options describe."""
    return here.setting(
        pairs(given.get("variables", ()), "--var"),
        given.get("var_files", ()),
        pairs(given.get("backend_config", ()), "--backend-config"),
    )
