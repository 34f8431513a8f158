"""Terraform's spellings in the parser: `-out=x` is `--out=x`, and never `-o ut=x`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import click

from declarative.cli import terraform

_ONE_DASH_WORD = re.compile(r"-[A-Za-z][\w-]+(?:=.*)?\Z", re.DOTALL)
_RENAMED = {"chdir": "-C", "refresh=false": "--refresh=none", "refresh=true": "--refresh=active"}


def spelled_out(arguments: Sequence[str], params: Iterable[click.Parameter], ctx: click.Context) -> list[str]:
    """The arguments with Terraform's one-dash words as two-dash options. Raises UsageError.

    The value of an option is left as it is, whatever it begins with.
    """
    takes_value, known = _options(params)
    found: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*found, word, *rest]
        if _is_without_meaning(word, known, ctx):
            _drop_value(word, rest)
            continue
        changed = _spelled(word, known, ctx)
        found.append(changed)
        if changed in takes_value and rest:
            found.append(rest.pop(0))
    return found


def _options(params: Iterable[click.Parameter]) -> tuple[set[str], set[str]]:
    options = [param for param in params if isinstance(param, click.Option)]
    known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    valued = {name for option in options if not option.is_flag and not option.count for name in option.opts}
    return valued, known


def _is_without_meaning(word: str, known: set[str], ctx: click.Context) -> bool:
    name = word.lstrip("-").partition("=")[0]
    if not word.startswith("-") or f"--{name}" in known:
        return False
    return name in terraform.EVERYWHERE or (ctx.info_name == "plan" and name in terraform.PLAN)


def _drop_value(word: str, rest: list[str]) -> None:
    """`-lock-timeout 5s` is as good as `-lock-timeout=5s`; Terraform's flags need no value."""
    if word.lstrip("-") in ("lock-timeout", "parallelism") and rest:
        rest.pop(0)


def _spelled(word: str, known: set[str], ctx: click.Context) -> str:
    bare = word.lstrip("-")
    name, equals, value = bare.partition("=")
    if word.startswith("--") and name in terraform.OPTIONS and f"--{name}" not in known:
        raise terraform.no_such_option(name, known, ctx)
    if not _ONE_DASH_WORD.match(word):
        return word
    if bare in _RENAMED:
        return _RENAMED[bare]
    if name in _RENAMED and equals:
        return f"{_RENAMED[name]}{value}"
    if f"--{name}" in known:
        return f"--{bare}"
    raise terraform.no_such_option(name, known, ctx)
