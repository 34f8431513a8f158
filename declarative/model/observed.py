"""What engines answered when they were asked for this plan: the observed side, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from declarative.diagnostics import Diagnostic
from declarative.model.execution import Execution

WorkflowKey = tuple[str, str]
"""(provider's identity, the engine's workflow id)"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One execution as it was read. Exactly one of the three is given.

    `missing`: proven absent, not merely not found. `problem`: why it could not be read or believed.
    """

    execution: Execution | None = None
    missing: bool = False
    problem: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A workflow reference of the configuration, as its provider knows it."""

    workflow_id: str = ""
    problem: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """`readings`: by execution id. `identities`: provider alias -> identity. `resolved`: by (alias,
    reference). `unmanaged`: active executions of a workflow that no record knows, with their inputs where
    they could be read. `calls`: how many calls it all took."""

    readings: Mapping[str, Reading] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    resolved: Mapping[tuple[str, str], Resolved] = field(default_factory=dict)
    unmanaged: Mapping[WorkflowKey, tuple[Execution, ...]] = field(default_factory=dict)
    unlisted: Mapping[WorkflowKey, Diagnostic] = field(default_factory=dict)
    """Workflows whose active executions could not be listed: nothing of them is started."""
    calls: int = 0
    trusts_state: bool = False
    """Nothing was asked, on request: what state says of active executions is taken as it is."""
