"""The entry point: runs one command and turns whatever comes of it into output and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from declarative import DISTRIBUTION, __version__
from declarative.cli.commands import Group

_HELP = """Declare workflow executions in YAML; plan, apply and check them.

A configuration is a directory with a declarative.yaml. Begin with `declarative init`.
"""


@click.group("declarative", cls=Group, help=_HELP, no_args_is_help=True)
@click.version_option(__version__, "--version", prog_name="declarative", package_name=DISTRIBUTION)
def cli() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Never returns: ends the process with the exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    from declarative.cli.boundary import guarded

    return guarded(cli, arguments)
