"""The entry point: runs one command and turns whatever comes of it into output and an exit code."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence

import click

from declarative import DISTRIBUTION, __version__
from declarative.cli.commands import Group

_HELP = """Declare workflow executions in YAML; plan, apply and check them.

A configuration is a directory with a declarative.yaml. Begin with `declarative init`.
"""

_COLLECT_AFTER = 1_000_000
"""New objects between two looks for garbage. A plan is made of values that live to its end: looking them
through again and again, as Python does after every 700, costs a tenth of its time."""


@click.group("declarative", cls=Group, help=_HELP, no_args_is_help=True)
@click.version_option(__version__, "--version", prog_name="declarative", package_name=DISTRIBUTION)
def cli() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Never returns: ends the process with the exit code."""
    gc.set_threshold(_COLLECT_AFTER)
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python would answer a Ctrl-C from now on with a traceback.
    sys.exit(code)


def run(arguments: list[str]) -> int:
    from declarative.cli.boundary import guarded

    return guarded(cli, arguments)
