"""`drift`, `output`, `graph`: reports for people, CI and drawings."""

from __future__ import annotations

import sys
from typing import Any

import click

from declarative.app.choice import PlanChoice
from declarative.app.drifting import drift as look_for_drift
from declarative.app.opening import Unreadable, read_configuration
from declarative.app.planning import Planned
from declarative.app.planning import plan as look
from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front
from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.model.desired import Evaluated
from declarative.model.json import Json
from declarative.render.redaction import redact_document
from declarative.render.style import Style


@command("drift")
@options.variables
@options.backend
@click.option("--unmanaged", is_flag=True, help="Also active executions that nobody declared.")
@click.pass_context
def drift(ctx: click.Context, /, unmanaged: bool, **given: Any) -> int:
    """Tell what moved since the last apply. Reads only; 2 when something failed, stopped or vanished."""
    from declarative.render.drift import drift_document, drift_text

    here = front(ctx)
    found = look_for_drift(options.setting(here, given), unmanaged)
    secrets = found.configuration.desired.secrets
    document = redact_document(drift_document(found.report), secrets)
    if here.json:
        here.document(document)
    else:
        here.say(drift_text(document, Style(here.colour), here.width))
        if found.problems:
            here.problems(found.problems, found.configuration.sources)
    return exits.first_of(
        exits.ERROR if found.report.unread else exits.OK,
        exits.CHANGES if found.report.has_drift else exits.OK,
    )


@command("output")
@click.argument("name", required=False)
@click.option("--raw", is_flag=True, help="As it is; one alone is printed so anyway.")
@options.variables
@options.backend
@click.pass_context
def output(ctx: click.Context, /, name: str | None, raw: bool, **given: Any) -> int:
    """Print outputs, or one of them as it is."""
    from declarative.render.outputs import output_document

    here = front(ctx)
    if raw and name is None:
        raise click.UsageError("--raw takes the name of one output", ctx)
    planned = look(options.setting(here, given), PlanChoice())
    document = redact_document(output_document(planned.outputs), planned.secrets)
    return _all(here, planned, document) if name is None else _one(here, planned, document, name)


def _one(here: Front, planned: Planned, document: dict[str, Json], name: str) -> int:
    from declarative.render.outputs import output_value

    if name not in document:
        hint = did_you_mean(name, document) or f"There are: {', '.join(document) or 'none'}."
        raise Refused([Diagnostic("output_unknown", f'There is no output "{name}"', hint=hint)])
    _refuse_missing(name, planned.outputs[name], planned)
    chosen = document[name]
    assert isinstance(chosen, dict)
    if here.json:
        here.document({name: chosen})
    else:
        here.say(output_value(chosen, terminal=sys.stdout.isatty()))
    return exits.OK


def _all(here: Front, planned: Planned, document: dict[str, Json]) -> int:
    """One that cannot be had does not hide the others, and does not pass for success either."""
    from declarative.render.outputs import output_text

    wrong = [output.problem for output in planned.outputs.values() if output.problem is not None]
    if here.json:
        here.document(document)
    else:
        here.say(output_text(document) or "No outputs are declared.")
        if wrong:
            here.problems(wrong, planned.configuration.sources)
    return exits.ERROR if wrong else exits.OK


def _refuse_missing(name: str, output: Evaluated, planned: Planned) -> None:
    """A script that asks for one value must not take words, or "null", for it."""
    if output.problem is not None:
        raise Unreadable([output.problem], planned.configuration.sources)
    if output.unknown:
        waits = ", ".join(map(str, output.waits_for[:5])) or "what has not run"
        hint = f"It waits for {waits}; `declarative status` shows where that stands."
        raise Refused([Diagnostic("output_not_known", f"The output {name} is not known yet", hint=hint)])


@command("graph")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    show_default=True,
    help="What draws it.",
)
@options.variables
@click.pass_context
def graph(ctx: click.Context, /, form: str, **given: Any) -> int:
    """Draw who waits for whom."""
    from declarative.render.graph import dot, graph_document, graph_of, mermaid

    here = front(ctx)
    desired = read_configuration(options.setting(here, given)).desired
    drawn = graph_of(desired.instances.values())
    if here.json:
        here.document(graph_document(drawn))
    else:
        here.say(mermaid(drawn) if form == "mermaid" else dot(drawn))
    return exits.OK
