"""`init`, `validate`, `schema`: everything around a configuration that needs no engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from declarative.cli import exits, options
from declarative.cli.commands import command
from declarative.cli.front import Front, front
from declarative.diagnostics import Diagnostic, errors_in

if TYPE_CHECKING:
    from declarative.app.validating import Validated


@command("init")
@click.argument("target", required=False, metavar="[DIR]")
@click.pass_context
def init(ctx: click.Context, /, target: str | None) -> int:
    """Write a small working configuration; where there is one, check it."""
    from declarative.app.initial import write_initial

    here = front(ctx)
    place = Path(here.directory, target or ".")
    written = write_initial(place)
    if not written:
        return _validated(replace(here, directory=str(place)), {}, ())
    if here.json:
        here.document({"written": list(written)})
        return exits.OK
    here.say("".join(f"  wrote {name}\n" for name in written))
    at = "" if target is None else f" -C {target}"
    here.say(f"Now: declarative{at} plan, then declarative{at} apply --wait")
    return exits.OK


@command("validate")
@options.variables
@click.option("--online", is_flag=True, help="Also whether state, credentials and workflows can be reached.")
@click.pass_context
def validate(
    ctx: click.Context, /, variables: tuple[str, ...], var_files: tuple[str, ...], online: bool
) -> int:
    """Check the files: all problems in one run, with their places. Starts nothing."""
    return _validated(front(ctx), options.pairs(variables, "--var"), var_files, online)


def _validated(
    here: Front, variables: Mapping[str, str], var_files: tuple[str, ...], online: bool = False
) -> int:
    from declarative.app.validating import validate as check
    from declarative.render.diagnostics import validation_document

    validated = check(here.setting(variables, var_files), online)
    wrong = errors_in(validated.problems)
    if here.json:
        here.document(validation_document(validated.problems, validated.sources))
    else:
        if validated.problems:
            here.problems(validated.problems, validated.sources)
        if not wrong:
            from declarative.render.words import count

            declared = count(validated.instances, "execution")
            here.say(f"Success! The configuration is valid. It declares {declared}.")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            _annotate(here, validated)
    return exits.ERROR if wrong else exits.OK


def _annotate(here: Front, validated: Validated) -> None:
    """GitHub shows these lines beside those of a pull request, whose files it knows from its root."""
    from declarative.render.diagnostics import diagnostic_documents
    from declarative.render.reports import github_annotations

    found = [_from_here(problem, here.directory) for problem in validated.problems]
    text = github_annotations(diagnostic_documents(found, {}))
    sys.stdout.write(here.interruption.discretion.hide(text))


def _from_here(problem: Diagnostic, directory: str) -> Diagnostic:
    """Workflow files are named from the configuration's folder, all others from the present one."""
    if problem.span is None:
        return problem
    named = Path(problem.span.file)
    file = os.path.relpath(named if named.exists() else Path(directory, named))
    return replace(problem, span=replace(problem.span, file=file))


@command("schema")
@click.argument("which", type=click.Choice(["config", "plan", "state", "events"]), default="config")
@click.pass_context
def schema(ctx: click.Context, /, which: str) -> int:
    """Print a JSON Schema: of the configuration, the plan, the state, or the event stream."""
    from declarative.app.schemas import schema_of
    from declarative.render.dump import dump

    front(ctx).say(dump(schema_of(which), indent=2))
    return exits.OK
