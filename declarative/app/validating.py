"""`validate`: every problem of the files, without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from declarative.app.engines import open_engines
from declarative.app.opening import Unreadable, read_configuration
from declarative.app.setting import Setting
from declarative.app.workflows import check_workflows
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.state import State


@dataclass(frozen=True, slots=True)
class Validated:
    """`instances`: how many executions the files declare; 0 where they could not be read."""

    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    instances: int = 0


def validate(setting: Setting) -> Validated:
    """Files, workflow files and provider settings. Opens engines, and calls none."""
    try:
        configuration = read_configuration(setting)
        problems = [*configuration.warnings, *check_workflows(configuration)]
    except Unreadable as unreadable:
        return Validated(unreadable.diagnostics, unreadable.sources)
    desired = configuration.desired
    try:
        with open_engines(setting, desired, State(lineage=""), may_write=False):
            pass
    except Refused as refused:
        problems += refused.diagnostics
    return Validated(tuple(problems), configuration.sources, len(desired.instances))
