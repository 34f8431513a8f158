"""`completion`: the script that a shell asks us through."""

from __future__ import annotations

import click

from declarative.cli import exits
from declarative.cli.commands import command
from declarative.cli.front import front

SHELLS = ("bash", "zsh", "fish")


@command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, /, shell: str) -> int:
    """Print the script that completes commands, options and addresses in a shell.

    bash, in ~/.bashrc: eval "$(declarative completion bash)". zsh: the same with zsh, in ~/.zshrc after
    compinit. fish, in config.fish: declarative completion fish | source.
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    script = made(ctx.find_root().command, {}, "declarative", "_DECLARATIVE_COMPLETE").source()
    front(ctx).say(script)
    return exits.OK
