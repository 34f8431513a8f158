"""Terraform's spellings in the parser: `-out=x` is `--out=x`, and never `-o ut=x`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import click

_ONE_DASH_WORD = re.compile(r"-[A-Za-z][\w-]+(?:=.*)?\Z", re.DOTALL)
_RENAMED = {"chdir": "-C", "refresh=false": "--refresh=none", "refresh=true": "--refresh=active"}
_ELSEWHERE = {
    "refresh-only": "Use `declarative drift`: it reports what moved and changes nothing.",
    "upgrade": "There is nothing to upgrade: providers are Python packages.",
    "generate-config-out": "Use `declarative import --all --write FILE`.",
}
_WITHOUT_MEANING = ("input=false", "input=true", "compact-warnings")
"""Accepted because pipelines pass them to Terraform everywhere; a prompt needs a terminal here anyway."""


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
        changed = _spelled(word, known, ctx)
        if changed is None:
            continue
        found.append(changed)
        if changed in takes_value and rest:
            found.append(rest.pop(0))
    return found


def _options(params: Iterable[click.Parameter]) -> tuple[set[str], set[str]]:
    options = [param for param in params if isinstance(param, click.Option)]
    known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    valued = {name for option in options if not option.is_flag and not option.count for name in option.opts}
    return valued, known


def _spelled(word: str, known: set[str], ctx: click.Context) -> str | None:
    bare = word.lstrip("-")
    if word.startswith("-") and bare in _WITHOUT_MEANING:
        return None
    if not _ONE_DASH_WORD.match(word):
        return word
    if bare in _RENAMED:
        return _RENAMED[bare]
    name, equals, value = bare.partition("=")
    if name in _RENAMED and equals:
        return f"{_RENAMED[name]}{value}"
    if f"--{name}" in known:
        return f"--{bare}"
    hint = _ELSEWHERE.get(name, "Options of several letters take two dashes.")
    raise click.UsageError(f"No such option: -{name}. {hint}", ctx)
