"""`plan`: reads, decides, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from declarative.app.choice import PlanChoice, plan_request
from declarative.app.drifted import drift_items
from declarative.app.opening import (
    Configuration,
    opened_engines,
    opened_store,
    read_configuration,
)
from declarative.app.outputs import outputs_of
from declarative.app.secrecy import echoes
from declarative.app.setting import Setting
from declarative.app.unread import unread
from declarative.app.view import View, look, make_plan
from declarative.app.workflows import provider_type, with_checked_workflows
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import Desired, Evaluated
from declarative.model.plan import Plan
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest
from declarative.planning.safety import review
from declarative.render.drift import DriftItem
from declarative.state.store import Store


@dataclass(frozen=True)
class Planned:
    """`problems`: what refuses the plan, or makes it incomplete; it is shown all the same, so that one sees
    what would happen. `secrets`: texts that must not stand in any value that is shown."""

    configuration: Configuration
    plan: Plan
    view: View
    problems: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    drift: tuple[DriftItem, ...] = ()

    @cached_property
    def secrets(self) -> frozenset[str]:
        return echoes(self.view.state.records, self.view.observed, self.configuration.desired.secrets)

    @cached_property
    def outputs(self) -> Mapping[str, Evaluated]:
        return outputs_of(self.configuration.desired, self.plan, self.view)


def plan(setting: Setting, choice: PlanChoice) -> Planned:
    """Raises Refused (Unreadable) with diagnostics."""
    configuration = with_checked_workflows(read_configuration(setting))
    desired = configuration.desired
    with opened_store(setting, configuration) as store:
        state = state_of(store, desired, choice)
    with opened_engines(setting, desired, state, may_write=False) as engines:
        request = plan_request(setting, desired, state, choice)
        view = look(desired, state, engines, ObserveRequest(refresh=choice.refresh, now=request.now))
        made, view = make_plan(desired, view, engines, request)
    problems = (
        *unread(view.observed, desired.secrets),
        *review(made, desired, view.state, choice.allowed),
    )
    warnings = (*configuration.warnings, *engines.warnings, *view.warnings)
    return Planned(configuration, made, view, problems, warnings, tuple(drift_items(state, view)))


def state_of(store: Store, desired: Desired, choice: PlanChoice) -> State:
    """The state there is, or a first one where that is meant. Raises Refused.

    Missing state is not empty state: planning from nothing would start everything once more.
    """
    found = store.read()
    if found is not None:
        return found
    if choice.new_state or is_local_only(desired):
        return store.new()
    summary = f"There is no state at {store.place}"
    detail = "Without it nobody knows what was started before."
    hint = (
        "If this configuration is new, `apply --new-state` makes it. Otherwise check the backend's settings."
    )
    raise Refused([Diagnostic("state_missing", summary, detail, hint)])


def refuse_lost_state(setting: Setting, desired: Desired) -> None:
    """A CI job's disk goes with the job, and with it all that is known of executions that go on elsewhere."""
    if not setting.in_ci or desired.backend.type != "local" or is_local_only(desired):
        return
    summary = "State would be kept on this job's disk, and lost with it"
    hint = "Configure a backend (s3, gitlab, http, postgres), or say --allow-local-state."
    raise Refused([Diagnostic("local_state_in_ci", summary, hint=hint, span=desired.backend.span)])


def uses_embedded(desired: Desired) -> bool:
    """Whether anything runs on the engine whose runner dies with the job that started it."""
    aliases = {instance.provider for instance in desired.instances.values()}
    return any(provider_type(desired, alias) == "embedded" for alias in aliases)


def is_local_only(desired: Desired) -> bool:
    """Every engine in use is the embedded one, whose executions are lost together with its state."""
    return all(
        provider_type(desired, alias) == "embedded"
        for alias in {instance.provider for instance in desired.instances.values()}
    )
