"""`plan`: shows what apply would do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from declarative import __version__
from declarative.app.choice import PlanChoice
from declarative.app.planning import Planned
from declarative.app.planning import plan as make_plan
from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front
from declarative.cli.reports import report_of
from declarative.diagnostics import Diagnostic, Refused, errors_in
from declarative.model.desired import Evaluated
from declarative.model.json import Json
from declarative.model.plan import Plan
from declarative.render.dump import dump


@command("plan")
@options.planning
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE", help="Save the plan for apply.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Also write it for a merge request: gitlab (its terraform report) or markdown.",
)
@click.option("--detailed-exitcode", is_flag=True, help="2 when there is something to do.")
@click.option("--destroy", is_flag=True, help="Plan to stop everything.")
@click.pass_context
def plan(
    ctx: click.Context, /, out: str | None, reports: tuple[str, ...], detailed_exitcode: bool, **given: Any
) -> int:
    """Show what apply would start and stop, and why. Writes nothing, locks nothing."""
    here = front(ctx)
    here.announce("Reading the files, the state and what is active ...")
    setting = options.setting(here, given)
    planned = make_plan(setting, choice_of(given))
    document = document_of(planned, given) if out or here.json else None
    if out and document is not None:
        save(out, dump(document))
    for form, file in options.pairs(reports, "--report").items():
        save(file, report_of(form, planned))
    if here.json and document is not None:
        here.document(document)
    else:
        _show(here, planned, out)
    return _exit_code(planned, detailed_exitcode)


def choice_of(given: dict[str, Any]) -> PlanChoice:
    from declarative.observing.observe import Refresh
    from declarative.planning.safety import Allowances
    from declarative.planning.selection import Selection

    return PlanChoice(
        refresh=Refresh(given["refresh"]),
        destroy=bool(given.get("destroy")),
        replace=given["replace"],
        unprotected=given["allow_protected"],
        new_state=given["new_state"],
        allowed=Allowances(given["allow_stops"], given["allow_reruns"], given["allow_empty"]),
        selection=Selection(
            given["target"], given["exclude"], options.pairs(given["label"], "--label"), given["failed"]
        ),
    )


def document_of(planned: Planned, given: dict[str, Any]) -> dict[str, Json]:
    from declarative.render.document import Surroundings, plan_document

    chosen: dict[str, Json] = {
        "refresh": given["refresh"],
        **{name: list(given[name]) for name in ("replace", "target", "exclude", "label")},
        "failed": given["failed"],
    }
    surroundings = Surroundings(
        version=__version__,
        variables=planned.configuration.variables,
        options=chosen,
        drift=planned.drift,
        diagnostics=(*planned.warnings, *planned.problems),
        sources=planned.configuration.sources,
        outputs=planned.outputs,
    )
    return plan_document(planned.plan, surroundings, planned.secrets)


def save(file: str, text: str) -> None:
    """Readable by its owner only. Raises Refused."""
    try:
        path = Path(file)
        path.touch(0o600)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        summary = f"{file} cannot be written: {error.strerror}"
        raise Refused([Diagnostic("file_unwritable", summary)]) from None


def _show(here: Front, planned: Planned, out: str | None) -> None:
    if planned.warnings:
        here.problems(planned.warnings, planned.configuration.sources)
    here.say(text_of(here, planned.plan, planned.secrets, planned.outputs))
    if planned.problems:
        here.problems(planned.problems, planned.configuration.sources)
    if out:
        here.say(f"\nSaved the plan to {out}. To carry it out: declarative apply {out}")


def text_of(here: Front, made: Plan, secrets: frozenset[str], outputs: Mapping[str, Evaluated]) -> str:
    from declarative.render.outline import outline_of_plan
    from declarative.render.redaction import redact
    from declarative.render.style import Style
    from declarative.render.text import plan_text
    from declarative.render.words import count

    outline = outline_of_plan(made, outputs, verbose=here.verbose > 0)
    text = plan_text(outline, Style(here.colour), here.width, verbose=here.verbose > 0)
    calls = f"Observed with {count(made.calls, 'call')}.\n" if made.calls else ""
    return redact(text, secrets) + calls


def _exit_code(planned: Planned, detailed: bool) -> int:
    if errors_in(planned.problems) or not planned.plan.complete:
        return exits.ERROR
    return exits.CHANGES if detailed and planned.plan.has_changes else exits.OK
