"""`state ...` and `force-unlock`."""

from __future__ import annotations

import sys
from typing import Any

import click

from declarative.app import editing, statefiles
from declarative.app.choice import among
from declarative.cli import completing, exits, options
from declarative.cli.commands import Command, CommonGroup, command
from declarative.cli.editing import told
from declarative.cli.front import front
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import BackendSettings
from declarative.model.json import Json
from declarative.protocols import LockInfo


@click.group("state", cls=CommonGroup)
def state() -> None:
    """Look at the state, and mend it."""


@state.command("list", cls=Command)
@click.argument("patterns", nargs=-1, metavar="[ADDR]...")
@options.variables
@options.backend
@click.pass_context
def state_list(ctx: click.Context, /, patterns: tuple[str, ...], **given: Any) -> int:
    """List the addresses that state knows."""
    here = front(ctx)
    found = statefiles.read_state(options.setting(here, given))
    known = list(found.records)
    if patterns:
        chosen = among(patterns, found.records, "State knows no")
        known = [address for address in known if address in chosen]
    if here.json:
        here.document({"addresses": [str(address) for address in known], "serial": found.serial})
    else:
        here.say("".join(f"{address}\n" for address in known) or "State knows nothing yet.")
    return exits.OK


@state.command("pull", cls=Command)
@options.variables
@options.backend
@click.pass_context
def state_pull(ctx: click.Context, /, **given: Any) -> int:
    """Print the state document."""
    here = front(ctx)
    sys.stdout.write(statefiles.pull(options.setting(here, given)).decode() + "\n")
    return exits.OK


@state.command("push", cls=Command)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--force", is_flag=True, help="Over what is newer, or of another lineage or owner.")
@options.variables
@options.backend
@click.pass_context
def state_push(ctx: click.Context, /, file: str, force: bool, **given: Any) -> int:
    """Replace the state by a file."""
    here = front(ctx)
    pushed = statefiles.push(options.setting(here, given), file, force)
    here.say(f"Wrote serial {pushed.serial} to {pushed.place}")
    return exits.OK


@state.command("migrate", cls=Command)
@click.option("--from", "source", required=True, metavar="TYPE", help="The backend that state is in now.")
@click.option("--from-config", multiple=True, metavar="KEY=VALUE", help="A setting of that backend.")
@options.variables
@options.backend
@click.pass_context
def state_migrate(ctx: click.Context, /, source: str, from_config: tuple[str, ...], **given: Any) -> int:
    """Copy the state from another backend to the configured one. The old one is left as it is."""
    here = front(ctx)
    settings: dict[str, Json] = {**options.pairs(from_config, "--from-config")}
    pushed = statefiles.migrate(options.setting(here, given), BackendSettings(source, settings))
    here.say(f"Copied to {pushed.place} (serial {pushed.serial})")
    return exits.OK


@state.command("lock", cls=Command)
@options.variables
@options.backend
@click.pass_context
def state_lock(ctx: click.Context, /, **given: Any) -> int:
    """Show who holds the lock."""
    here = front(ctx)
    seen = statefiles.lock_seen(options.setting(here, given))
    held = seen.holder
    if here.json:
        who = {"id": held.id if held else None, "who": held.who if held else None}
        here.document({"place": seen.place, **who, "told": seen.is_told})
    elif held is not None:
        here.say(f"{seen.place} is locked by {_holder_words(held)}")
    elif seen.is_told:
        here.say(f"Nobody holds the lock of {seen.place}")
    else:
        here.say(f"{seen.place} tells who holds its lock only to those who ask for it, as apply does.")
    return exits.OK


@state.command("rm", cls=Command)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDR...", shell_complete=completing.addresses)
@options.variables
@options.backend
@click.pass_context
def state_rm(ctx: click.Context, /, addresses: tuple[str, ...], **given: Any) -> int:
    """Forget records. An execution that is active goes on, and is nobody's."""
    here = front(ctx)
    return told(here, "removed", editing.remove(options.setting(here, given), addresses))


@state.command("mv", cls=Command)
@click.argument("source", metavar="FROM", shell_complete=completing.addresses)
@click.argument("target", metavar="TO")
@options.variables
@options.backend
@click.pass_context
def state_mv(ctx: click.Context, /, source: str, target: str, **given: Any) -> int:
    """Give a record another address; nothing is started or stopped."""
    here = front(ctx)
    return told(here, "moved", editing.move(options.setting(here, given), source, target))


@command("force-unlock")
@click.argument("lock_id", required=False, metavar="[ID]")
@click.option("--force", is_flag=True, help="Do not ask.")
@options.variables
@options.backend
@click.pass_context
def force_unlock(ctx: click.Context, /, lock_id: str | None, force: bool, **given: Any) -> int:
    """Free a lock whose holder is gone. Never while an apply runs."""
    here = front(ctx)
    setting = options.setting(here, given)
    seen = statefiles.lock_seen(setting)
    if not force and (seen.holder or not seen.is_told) and not _is_sure(_whose(seen)):
        hint = "Say --force if the holder is surely gone."
        raise Refused([Diagnostic("no_approval", "The lock was left as it is", hint=hint)])
    freed = statefiles.force_unlock(setting, lock_id)
    here.say(f"Freed the lock{f' of {freed.who}' if freed.who else ''} (id {freed.id})")
    return exits.OK


def _holder_words(held: LockInfo) -> str:
    return f"{held.who} for {held.operation} since {held.created} (id {held.id})"


def _whose(seen: statefiles.LockSeen) -> str:
    if seen.holder is None:
        return f"{seen.place} does not tell who holds its lock."
    return f"{seen.place} is locked by {_holder_words(seen.holder)}."


def _is_sure(whose: str) -> bool:
    if not sys.stdin.isatty():
        return False
    question = f"{whose}\nIs its holder gone for good? Only 'yes' will be accepted"
    return bool(click.prompt(question, default="", show_default=False) == "yes")
