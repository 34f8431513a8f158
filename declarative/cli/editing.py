"""`accept`, `suspend`, `resume`, `import`: what is said about executions, not to engines."""

from __future__ import annotations

from typing import Any

import click

from declarative.app import editing
from declarative.app.importing import import_one
from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front

_reason = click.option("--reason", required=True, help="Why; it is kept and shown.")
_addresses = click.argument("addresses", nargs=-1, required=True, metavar="ADDR...")


@command("accept")
@_addresses
@_reason
@options.variables
@options.backend
@click.pass_context
def accept(ctx: click.Context, /, addresses: tuple[str, ...], reason: str, **given: Any) -> int:
    """Declare ended executions finished. Starts nothing."""
    here = front(ctx)
    return told(here, "accepted", editing.accept(options.setting(here, given), addresses, reason))


@command("suspend")
@_addresses
@_reason
@click.option("--stop", is_flag=True, help="Also stop those that are active.")
@options.variables
@options.backend
@click.pass_context
def suspend(ctx: click.Context, /, addresses: tuple[str, ...], reason: str, stop: bool, **given: Any) -> int:
    """Leave executions alone, in every plan, until they are resumed."""
    here = front(ctx)
    deed = editing.suspend_and_stop if stop else editing.suspend
    return told(here, "suspended", deed(options.setting(here, given), addresses, reason))


@command("resume")
@_addresses
@options.variables
@options.backend
@click.pass_context
def resume(ctx: click.Context, /, addresses: tuple[str, ...], **given: Any) -> int:
    """Take suspended executions up again; the next apply does what is declared."""
    here = front(ctx)
    return told(here, "resumed", editing.resume(options.setting(here, given), addresses))


def told(here: Front, done: str, edited: editing.Edited) -> int:
    if here.json:
        here.document({done: [str(address) for address in edited.addresses], "serial": edited.serial})
    else:
        for address in edited.addresses:
            here.say(f"{address}: {done}")
    return exits.OK


@command("import")
@click.argument("address")
@click.argument("execution_id")
@click.option("--as-is", is_flag=True, help="Although its input differs from what is declared.")
@options.variables
@options.backend
@click.pass_context
def import_(ctx: click.Context, /, address: str, execution_id: str, as_is: bool, **given: Any) -> int:
    """Bind an execution that somebody else started to a declared address. Starts nothing."""
    here = front(ctx)
    imported = import_one(options.setting(here, given), address, execution_id, as_is)
    if here.json:
        here.document(
            {"address": str(imported.address), "id": imported.execution_id, "status": imported.status}
        )
    else:
        here.say(f"{imported.address}: imported {imported.execution_id} ({imported.status})")
    return exits.OK
