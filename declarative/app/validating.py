"""`validate`: every problem of the files, without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from declarative.app.engines import Engines, open_engines
from declarative.app.opening import Configuration, Unreadable, opened_store, read_configuration
from declarative.app.setting import Setting
from declarative.app.workflows import with_checked_workflows
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.state import State
from declarative.observing.calls import problem_of
from declarative.observing.resolve import resolve
from declarative.protocols import BackendError, ListRequest, ProviderError
from declarative.state.select import checked_settings


@dataclass(frozen=True, slots=True)
class Validated:
    """`instances`: how many executions the files declare; 0 where they could not be read."""

    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    instances: int = 0


def validate(setting: Setting, online: bool = False) -> Validated:
    """Files, workflow files and provider settings. `online`: also whether state and workflows can be reached.

    Starts nothing, and without `online` makes no call.
    """
    try:
        configuration = with_checked_workflows(read_configuration(setting))
    except Unreadable as unreadable:
        return Validated(unreadable.diagnostics, unreadable.sources)
    desired, problems = configuration.desired, list(configuration.warnings)
    try:
        checked_settings(desired.backend, setting.backend_config)
    except Refused as refused:
        problems += refused.diagnostics
        online = False
    try:
        with open_engines(setting, desired, State(lineage=""), may_write=False) as engines:
            problems += engines.warnings
            problems += _unreachable(setting, configuration, engines) if online else ()
    except Refused as refused:
        problems += refused.diagnostics
    except BackendError as error:
        problems.append(error.problem)
    return Validated(tuple(problems), configuration.sources, len(desired.instances))


def _unreachable(setting: Setting, configuration: Configuration, engines: Engines) -> list[Diagnostic]:
    """Reads state once, and asks every engine for the workflows in use. Raises Refused, BackendError."""
    with opened_store(setting, configuration) as store:
        store.read()
    found: list[Diagnostic] = []
    for (alias, _), resolved in resolve(configuration.desired.instances.values(), engines.by_alias).items():
        reader = engines.by_alias[alias]
        try:
            if resolved.problem is None:
                reader.list(ListRequest(resolved.workflow_id, page_size=1))
            else:
                found.append(resolved.problem)
        except ProviderError as error:
            found.append(problem_of(error, "workflow_unreachable"))
    return found
