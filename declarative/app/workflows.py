"""Checks the workflow files of the embedded engine before anything is planned from them."""

from __future__ import annotations

from pathlib import Path

from declarative.app.opening import Configuration, Unreadable
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.desired import Desired


def check_workflows(configuration: Configuration) -> tuple[Diagnostic, ...]:
    """Warnings of all local workflow files in use. Raises Unreadable when one has an error."""
    found: list[Diagnostic] = []
    sources: dict[str, str] = {}
    for file in sorted(_files(configuration.desired)):
        problems, text = _problems(configuration.desired, file)
        found += problems
        sources[file] = text
    if errors_in(found):
        raise Unreadable(found, {**configuration.sources, **sources})
    return tuple(found)


def _files(desired: Desired) -> set[str]:
    return {
        instance.workflow.reference
        for instance in desired.instances.values()
        if provider_type(desired, instance.provider) == "embedded"
    }


def provider_type(desired: Desired, alias: str) -> str:
    """An alias that is not configured is its own type."""
    settings = desired.providers.get(alias)
    return settings.type if settings else alias


def _problems(desired: Desired, file: str) -> tuple[list[Diagnostic], str]:
    from declarative.engine.spec import read_workflow

    try:
        text = (Path(desired.root) / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [Diagnostic("workflow_file", f"The workflow file {file} cannot be read: {error}")], ""
    return read_workflow(text, file)[1], text
