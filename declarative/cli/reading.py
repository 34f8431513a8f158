"""`status`, `show`, `history`, `wait`: reading, never writing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from declarative.app import reading
from declarative.app.choice import PlanChoice, addresses
from declarative.app.planning import Planned
from declarative.app.planning import plan as look
from declarative.app.setting import Setting
from declarative.app.unread import unread
from declarative.cli import completing, exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front
from declarative.cli.telling import teller_for
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.json import Json
from declarative.render.redaction import redact, redact_document
from declarative.render.style import Style

if TYPE_CHECKING:
    from declarative.render.status import StatusRow

WATCH_SECONDS = 2.0
FOLLOWED_MAX = 10
"""So many active executions are asked for their steps; with -v, all are. Each is one call."""
CLEAR = "\x1b[H\x1b[2J"


@command("status")
@options.variables
@options.backend
@click.option("--failed", is_flag=True, help="Only what failed, was stopped, is lost or blocked.")
@click.option("--check", is_flag=True, help="Exit with 3 when something is wrong.")
@click.option("--watch", is_flag=True, help="Again every two seconds, until interrupted.")
@click.pass_context
def status(ctx: click.Context, /, failed: bool, check: bool, watch: bool, **given: Any) -> int:
    """Show where every declared execution stands."""
    here = front(ctx)
    setting = options.setting(here, given)
    if watch:
        here.interruption.install()
    while True:
        planned = look(setting, PlanChoice())
        if watch and sys.stdout.isatty() and not here.json:
            sys.stdout.write(CLEAR)
        troubled = _show_status(here, setting, planned, failed)
        if not watch or here.interruption.requested():
            break
        here.interruption.clock.sleep(WATCH_SECONDS)
    if watch:
        return here.interruption.exit_code
    return exits.first_of(
        exits.OK if planned.plan.complete else exits.ERROR,
        exits.TROUBLE if check and troubled else exits.OK,
    )


def _show_status(here: Front, setting: Setting, planned: Planned, failed: bool) -> bool:
    from declarative.render.status import status_row

    most = None if here.verbose else FOLLOWED_MAX
    steps = {} if failed else reading.steps_under_way(setting, planned, most)
    rows = [status_row(change, steps.get(change.address, ())) for change in planned.plan.changes]
    troubled = [row for row in rows if row.trouble]
    problems = unread(planned.view.observed, planned.configuration.desired.secrets)
    if failed and not troubled and not problems and not here.json:
        here.say("No execution needs attention.")
    else:
        _show_rows(here, planned, troubled if failed else rows, problems)
    if problems and not here.json:
        here.problems(problems, planned.configuration.sources)
    return bool(troubled)


def _show_rows(
    here: Front,
    planned: Planned,
    rows: list[StatusRow],
    problems: Sequence[Diagnostic] = (),
    *,
    verbose: bool = False,
) -> None:
    """`problems` stand in the document alone: to people they are told as boxes."""
    from declarative.render.diagnostics import diagnostic_documents
    from declarative.render.status import status_document, status_text

    plan, told = planned.plan, diagnostic_documents(problems, planned.configuration.sources)
    document = status_document(plan.name, plan.environment, rows, plan.made_at, told)
    text = status_text(document, Style(here.colour), here.width, verbose=verbose or here.verbose > 0)
    _give(here, planned, document, text)


@command("show")
@click.argument("subject", required=False, metavar="[ADDR|PLANFILE]", shell_complete=completing.addresses)
@options.variables
@options.backend
@click.pass_context
def show(ctx: click.Context, /, subject: str | None, **given: Any) -> int:
    """Show one execution, with the decision and its evidence, or a saved plan."""
    here = front(ctx)
    if subject is not None and Path(subject).is_file():
        return _show_plan(here, subject)
    planned = look(options.setting(here, given), PlanChoice())
    if subject is None:
        from declarative.render.status import status_row

        _show_rows(here, planned, [status_row(change) for change in planned.plan.changes], verbose=True)
        return exits.OK
    chosen = addresses((subject,), planned.configuration.desired, planned.view.state)
    for address in sorted(chosen, key=lambda one: one.sort_key):
        _show_one(here, planned, address)
    return exits.OK


def _show_one(here: Front, planned: Planned, address: Address) -> None:
    from declarative.render.show import show_document, show_text

    instance = planned.configuration.desired.instances.get(address)
    record = planned.view.state.records.get(address)
    changes = planned.plan.by_address.get(address, ())
    document = show_document(address, instance, record, changes)
    _give(here, planned, document, show_text(document, Style(here.colour)))


def _show_plan(here: Front, file: str) -> int:
    from declarative.render.outline import outline_of_document
    from declarative.render.saved import read_plan
    from declarative.render.text import plan_text

    try:
        approved = read_plan(Path(file).read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused([Diagnostic("plan_unreadable", f"{file} cannot be read: {error}")]) from None
    if here.json:
        here.document(approved.document)
    else:
        outline = outline_of_document(approved.document, verbose=here.verbose > 0)
        here.say(plan_text(outline, Style(here.colour), here.width, verbose=here.verbose > 0))
    return exits.OK


@command("history")
@click.argument("address", metavar="ADDR", shell_complete=completing.addresses)
@options.variables
@options.backend
@click.pass_context
def history(ctx: click.Context, /, address: str, **given: Any) -> int:
    """Show the steps of an execution: type, status, attempts, duration, error."""
    from declarative.render.history import history_document, history_text

    here = front(ctx)
    told = reading.history(options.setting(here, given), address)
    document = history_document(told.address, told.execution, told.steps, hidden=told.hidden)
    redacted = redact_document(document, told.secrets)
    if here.json:
        here.document(redacted)
    else:
        here.say(history_text(redacted, Style(here.colour), here.width))
    return exits.OK


@command("wait")
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=completing.addresses)
@options.variables
@options.backend
@click.option("--timeout", metavar="DURATION", help="Such as 10m: then give up; executions go on.")
@click.pass_context
def wait(ctx: click.Context, /, addresses: tuple[str, ...], timeout: str | None, **given: Any) -> int:
    """Wait until executions have settled. Starts and writes nothing."""
    from declarative.render.status import status_row

    here = front(ctx)
    setting = options.setting(here, given)
    limit = options.seconds(timeout)
    until = None if limit is None else setting.clock.monotonic() + limit
    here.interruption.install()
    waited = reading.Waited()
    with teller_for(here) as teller:
        for event in reading.wait(setting, addresses, until, waited):
            teller.see(event)
    if here.interruption.requested():
        return here.interruption.exit_code
    rows = [status_row(change) for change in waited.scope]
    troubled = any(row.trouble for row in rows)
    if not here.json and waited.planned is not None:
        _show_end(here, waited, rows)
    return exits.first_of(
        exits.TROUBLE if troubled else exits.OK, exits.TIMED_OUT if waited.timed_out else exits.OK
    )


def _show_end(here: Front, waited: reading.Waited, rows: list[StatusRow]) -> None:
    """What is wrong; else that nothing is."""
    from declarative.render.words import count

    troubled = [row for row in rows if row.trouble]
    if troubled and waited.planned is not None:
        _show_rows(here, waited.planned, troubled)
    elif not waited.timed_out:
        here.say(f"Nothing goes on, and nothing is wrong with {count(len(rows), 'execution')}.")
    if waited.timed_out:
        here.say("The time is up; executions go on.")


def _give(here: Front, planned: Planned, document: dict[str, Json], text: str) -> None:
    secrets = planned.configuration.desired.secrets
    if here.json:
        here.document(redact_document(document, secrets))
    else:
        here.say(redact(text, secrets))
