"""Checks the workflow files of the embedded engine before anything is planned from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from declarative.app.opening import Configuration, Unreadable
from declarative.diagnostics import Diagnostic, Severity, errors_in
from declarative.model.desired import Desired

if TYPE_CHECKING:
    from declarative.engine.mocks import Mocks
    from declarative.engine.workflow import CloudStep


def with_checked_workflows(configuration: Configuration) -> Configuration:
    """The configuration, with what is odd in its local workflow files and their text.

    Raises Unreadable when one has an error.
    """
    found: list[Diagnostic] = []
    sources = dict(configuration.sources)
    for file in sorted(_files(configuration.desired)):
        problems, sources[file] = _checked(configuration.desired, file)
        found += problems
    if errors_in(found):
        raise Unreadable(found, sources)
    return replace(configuration, warnings=(*configuration.warnings, *found), sources=sources)


def provider_type(desired: Desired, alias: str) -> str:
    """An alias that is not configured is its own type."""
    settings = desired.providers.get(alias)
    return settings.type if settings else alias


def _files(desired: Desired) -> set[str]:
    return {
        instance.workflow.reference
        for instance in desired.instances.values()
        if provider_type(desired, instance.provider) == "embedded"
    }


def _checked(desired: Desired, file: str) -> tuple[list[Diagnostic], str]:
    from declarative.engine.spec import read_workflow

    try:
        text = (Path(desired.root) / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [Diagnostic("workflow_file", f"The workflow file {file} cannot be read: {error}")], ""
    workflow, problems = read_workflow(text, file)
    mocks = _mocks(desired)
    if workflow is None or mocks is None:
        return problems, text
    return [*problems, *map(_needs_mock, workflow.unanswered(mocks))], text


def _mocks(desired: Desired) -> Mocks | None:
    """The canned answers configured; None where they are wrong, which the engine's opening reports."""
    from declarative.engine.mocks import read

    embedded = [one for one in desired.providers.values() if one.type == "embedded"]
    return read(embedded[0].settings.get("mocks") or {} if embedded else {})[0]


def _needs_mock(step: CloudStep) -> Diagnostic:
    return Diagnostic(
        "cloud_step",
        f"The step {step.path} is a {step.key}, which needs the cloud",
        "A start of this workflow is refused on this machine.",
        hint="Give it an answer under providers.embedded.mocks.",
        severity=Severity.WARNING,
        span=step.span,
    )
