"""Checks the workflow files of the embedded engine before anything is planned from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from declarative.app.opening import Configuration, Unreadable
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.desired import Desired, ProviderSettings

if TYPE_CHECKING:
    from declarative.engine.mocks import Mocks
    from declarative.engine.workflow import Workflow

EMBEDDED = "embedded"


def with_checked_workflows(configuration: Configuration) -> Configuration:
    """The configuration, with what is odd in its local workflow files and their text.

    Raises Unreadable when one has an error.
    """
    checking = Checking(configuration.desired, dict(configuration.sources))
    for file in declared_files(configuration.desired):
        checking.check(file)
    if errors_in(checking.found):
        raise Unreadable(checking.found, checking.sources)
    return replace(
        configuration,
        warnings=(*configuration.warnings, *checking.found),
        sources=checking.sources,
    )


def provider_type(desired: Desired, alias: str) -> str:
    """An alias that is not configured is its own type."""
    settings = desired.providers.get(alias)
    return settings.type if settings else alias


def embedded_settings(desired: Desired) -> ProviderSettings:
    """Those of the embedded engine, configured or not."""
    configured = [one for one in desired.providers.values() if one.type == EMBEDDED]
    return configured[0] if configured else ProviderSettings(EMBEDDED, EMBEDDED)


def declared_files(desired: Desired) -> list[str]:
    """The workflow files that executions of the embedded engine name."""
    return sorted(
        {
            instance.workflow.reference
            for instance in desired.instances.values()
            if provider_type(desired, instance.provider) == EMBEDDED
        }
    )


class Checking:
    """Checks files, and those that their `workflow` steps run, each once. `sources`: file -> text."""

    def __init__(self, desired: Desired, sources: dict[str, str]) -> None:
        self._root = Path(desired.root)
        self._settings = embedded_settings(desired)
        self._names = desired.workflows.get(self._settings.alias, {})
        self.sources = sources
        self.found: list[Diagnostic] = []

    def check(self, file: str) -> None:
        from declarative.engine.spec import read_workflow

        if file in self.sources:
            return
        try:
            self.sources[file] = (self._root / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.sources[file] = ""
            self.found.append(
                Diagnostic("workflow_file", f"The workflow file {file} cannot be read: {error}")
            )
            return
        workflow, problems = read_workflow(self.sources[file], file)
        self.found += problems
        if workflow is not None:
            self._look_outside(workflow)

    def _look_outside(self, workflow: Workflow) -> None:
        from declarative.engine.outside import missing

        mocks = self._mocks()
        if mocks is None:
            return
        self.found += missing(workflow, mocks, lambda name: self._file(name) is not None)
        for step in workflow.nested_unanswered(mocks):
            if (file := self._file(step.workflow_id)) is not None:
                self.check(file)

    def _mocks(self) -> Mocks | None:
        """The canned answers configured; None where they are wrong, which the engine's opening reports."""
        from declarative.engine.mocks import read

        return read(self._settings.settings.get("mocks") or {})[0]

    def _file(self, name: str) -> str | None:
        """The workflow file that a `workflow` step means, from the configuration's folder."""
        from declarative.engine.catalogue import workflow_id

        if name in self._names:
            return self._names[name]
        known = {workflow_id(path): path for path in (*self._names.values(), *self.sources)}
        if name in known:
            return known[name]
        place = (self._root / name).resolve()
        return name if place.is_file() and place.is_relative_to(self._root.resolve()) else None
