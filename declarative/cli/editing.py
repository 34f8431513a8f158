"""`accept`, `suspend`, `resume`, `import`: what is said about executions, not to engines."""

from __future__ import annotations

from typing import Any

import click

from declarative.app import adopting, editing
from declarative.app.importing import import_one
from declarative.app.setting import Setting
from declarative.cli import completing, exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front

_reason = click.option("--reason", required=True, help="Why; it is kept and shown.")
_addresses = click.argument(
    "addresses", nargs=-1, required=True, metavar="ADDR...", shell_complete=completing.addresses
)


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
@click.option(
    "--stop", is_flag=True, help="Also stop those that are active; said again, at once after stop_grace."
)
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
@click.argument("address", required=False, metavar="[ADDR]", shell_complete=completing.addresses)
@click.argument("execution_id", required=False, metavar="[ID]")
@click.option("--as-is", is_flag=True, help="Although its input differs from what is declared.")
@click.option("--all", "everything", is_flag=True, help="List what runs and nobody declared.")
@click.option("--write", metavar="FILE", help="With --all: write entries that adopt them.")
@click.option("--new-state", is_flag=True, help="With --all: there is no state yet, and that is right.")
@options.variables
@options.backend
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    address: str | None,
    execution_id: str | None,
    as_is: bool,
    everything: bool,
    write: str | None,
    new_state: bool,
    **given: Any,
) -> int:
    """Bind an execution that somebody else started to a declared address. Starts nothing."""
    here = front(ctx)
    setting = options.setting(here, given)
    if everything:
        return _import_all(here, setting, write, new_state)
    if address is None or execution_id is None:
        raise click.UsageError("import takes an address and an execution's id, or --all", ctx)
    imported = import_one(setting, address, execution_id, as_is)
    if here.json:
        here.document(
            {"address": str(imported.address), "id": imported.execution_id, "status": imported.status}
        )
    else:
        here.say(f"{imported.address}: imported {imported.execution_id} ({imported.status})")
    return exits.OK


def _import_all(here: Front, setting: Setting, write: str | None, new_state: bool) -> int:
    found = adopting.unmanaged_now(setting, new_state)
    if write is not None and found:
        adopting.write_entries(found, write)
    if here.json:
        here.document({"found": [{"workflow": one.workflow, "id": one.execution.id} for one in found]})
        return exits.OK
    for one in found:
        here.say(f"{one.execution.id}  {one.workflow}  {one.execution.status}")
    here.say(_found_words(len(found)))
    if write is not None and found:
        here.say(f"Wrote {write}: review it, then declarative apply binds them.")
    return exits.OK


def _found_words(number: int) -> str:
    if not number:
        return "Of the declared workflows, everything active is declared."
    from declarative.render.words import count

    return f"{count(number, 'active execution')} not declared."
