"""`drift`, `output`, `graph`: reports for people, CI and drawings."""

from __future__ import annotations

import sys
from typing import Any

import click

from declarative.app.choice import PlanChoice
from declarative.app.drifting import drift as look_for_drift
from declarative.app.opening import Unreadable, read_configuration
from declarative.app.planning import plan as look
from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import front
from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.render.redaction import redact, redact_json
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
    document = redact_json(drift_document(found.report), secrets)
    assert isinstance(document, dict)
    if here.json:
        here.document(document)
    else:
        here.say(drift_text(document, Style(here.colour), here.width))
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
    from declarative.render.outputs import output_document, output_text, output_value

    here = front(ctx)
    if raw and name is None:
        raise click.UsageError("--raw takes the name of one output", ctx)
    planned = look(options.setting(here, given), PlanChoice())
    document, secrets = output_document(planned.outputs), planned.configuration.desired.secrets
    if name is not None and name not in document:
        hint = did_you_mean(name, document) or f"There are: {', '.join(document) or 'none'}."
        raise Refused([Diagnostic("output_unknown", f'There is no output "{name}"', hint=hint)])
    wrong = [one.problem for key, one in planned.outputs.items() if one.problem and name in (None, key)]
    if wrong:
        raise Unreadable(wrong, planned.configuration.sources)
    if here.json:
        shown = redact_json(document if name is None else {name: document[name]}, secrets)
        assert isinstance(shown, dict)
        here.document(shown)
    elif name is not None:
        chosen = document[name]
        assert isinstance(chosen, dict)
        if not chosen["known"]:
            raise Refused([_not_known_yet(name)])
        here.say(redact(output_value(chosen, terminal=sys.stdout.isatty()), secrets))
    else:
        text = output_text(document) or "No outputs are declared."
        here.say(redact(text, secrets))
    return exits.OK


def _not_known_yet(name: str) -> Diagnostic:
    """A script must not take the words for the value."""
    hint = "`declarative status` shows what is still to come."
    return Diagnostic("output_unknown_yet", f'The output "{name}" is not known yet', hint=hint)


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
