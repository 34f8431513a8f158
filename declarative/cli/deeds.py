"""`apply` and `destroy`: the deed, asked for and told as it goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from declarative.app.applying import Applied, ApplyChoice
from declarative.app.applying import apply as carry_out
from declarative.cli import exits, options
from declarative.cli.asking import Asking, saved_approval
from declarative.cli.commands import command
from declarative.cli.front import Front, front
from declarative.cli.planning import choice_of
from declarative.cli.telling import teller_for
from declarative.diagnostics import Diagnostic, Refused

_deed = options.together(
    options.planning,
    click.option("--auto-approve", is_flag=True, help="Do not ask."),
    click.option("--wait", is_flag=True, help="Follow everything in scope to its end."),
    click.option("--timeout", metavar="DURATION", help="Such as 10m: then stop waiting; executions go on."),
    click.option(
        "--parallelism", type=click.IntRange(1, 100), default=10, show_default=True, help="Calls at once."
    ),
    click.option(
        "--lock-timeout", default="0s", metavar="DURATION", help="Such as 5m: wait so long for the lock."
    ),
    click.option(
        "--lock",
        type=click.Choice(["true", "false"]),
        default="true",
        show_default=True,
        help="false: without the state lock, for a backend that has none.",
    ),
    click.option("--allow-local-state", is_flag=True, help="Keep state on a CI job's own disk."),
    click.option("--detailed-exitcode", is_flag=True, help="2 when something is left to do."),
)


@command("apply")
@click.argument("planfile", required=False, type=click.Path(dir_okay=False))
@_deed
@click.option("--destroy", is_flag=True, help="Stop everything.")
@click.pass_context
def apply(ctx: click.Context, /, planfile: str | None, **given: Any) -> int:
    """Start and stop executions until they are as declared, as far as that can go now."""
    return _carry_out(front(ctx), planfile, given)


@command("destroy")
@_deed
@click.pass_context
def destroy(ctx: click.Context, /, **given: Any) -> int:
    """Stop every execution of this configuration. What has finished stays remembered."""
    return _carry_out(front(ctx), None, {**given, "destroy": True})


def _carry_out(here: Front, planfile: str | None, given: dict[str, Any]) -> int:
    setting = options.setting(here, given)
    saved = saved_approval(_read(planfile)) if planfile else None
    if saved is not None:
        _refuse_choices(given)
        # A plan of yesterday's evening is still about yesterday.
        setting = replace(setting, as_of=saved.approved.plan.made_at)
    choice = ApplyChoice(
        plan=saved.choice(choice_of(given)) if saved else choice_of(given),
        wait=given["wait"],
        timeout=options.seconds(given["timeout"]),
        parallelism=given["parallelism"],
        lock_timeout=options.seconds(given["lock_timeout"]) or 0.0,
        allow_local_state=given["allow_local_state"],
        locking=given["lock"] == "true",
    )
    here.interruption.install()
    with teller_for(here) as teller:
        asking = Asking(here, teller, saved, given["auto_approve"])
        applied = carry_out(setting, choice, asking.confirm, teller.see)
    teller.sum_up(applied)
    return _exit_code(here, applied, given["detailed_exitcode"])


def _refuse_choices(given: dict[str, Any]) -> None:
    """A saved plan has its selection in it: another one beside it would not be what was reviewed."""
    names = ("destroy", "target", "exclude", "label", "failed", "replace")
    chosen = [name for name in names if given.get(name)]
    if chosen:
        options_given = ", ".join(f"--{name}" for name in chosen)
        summary = f"{options_given} cannot be given with a plan file: the plan says what is done"
        raise Refused([Diagnostic("usage", summary, hint="Make a plan with these options.")])


def _read(planfile: str) -> tuple[str, str]:
    try:
        return planfile, Path(planfile).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        hint = f"`plan --out {planfile}` makes one; --target and --replace choose executions, -C a folder."
        summary = f"The plan file {planfile} cannot be read: {why}"
        raise Refused([Diagnostic("plan_unreadable", summary, hint=hint)]) from None


def _exit_code(here: Front, applied: Applied, detailed: bool) -> int:
    if not applied.confirmed:
        return exits.ERROR
    return exits.first_of(
        here.interruption.exit_code if applied.interrupted else exits.OK,
        exits.STALE if applied.ending.taken_over_by else exits.OK,
        exits.ERROR if applied.went_wrong else exits.OK,
        exits.TROUBLE if applied.in_trouble else exits.OK,
        exits.TIMED_OUT if applied.ending.timed_out else exits.OK,
        exits.CHANGES if detailed and applied.plan.has_changes else exits.OK,
    )
