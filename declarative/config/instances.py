"""Expanded entries -> the instances that planner and executor know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeVar

from declarative.config import keyed
from declarative.config.entries import Defaults, Entry
from declarative.config.expansion import Expanded
from declarative.config.inputs import Inputs
from declarative.config.policies import PolicyBook
from declarative.config.providers import Providers
from declarative.config.scope import Each
from declarative.config.settling import Values, addressed
from declarative.config.suggest import nearest
from declarative.config.unknown import Unknown
from declarative.config.workflows import Workflows
from declarative.diagnostics import Diagnostic, Severity, Span
from declarative.model.address import Address
from declarative.model.desired import (
    Dependency,
    End,
    InputSource,
    Instance,
    Policies,
    ProviderSettings,
    Run,
    WorkflowRef,
)
from declarative.model.json import Json

T = TypeVar("T")


class Treated(NamedTuple):
    """What the values of an entry come to; made once for all instances that share them."""

    provider: str
    workflow: WorkflowRef
    policies: Policies


@dataclass(slots=True)
class Instances:
    """Makes the instances of one entry after another. What is wrong is in `problems`, and left out."""

    providers: Providers
    workflows: Workflows
    inputs: Inputs
    common: Defaults
    groups: Mapping[str, int]
    folders: Mapping[str, str]
    depends_on: Mapping[str, tuple[Dependency, ...]]
    book: PolicyBook = field(default_factory=PolicyBook)
    problems: list[Diagnostic] = field(default_factory=list)

    def of(self, expanded: Expanded) -> Iterator[Instance]:
        entry = expanded.entry
        eaches = [each for each, _ in expanded.instances]
        self._check_keyed(expanded)
        inputs, reads = self.inputs.of(entry, eaches)
        span = entry.span
        needs = self.depends_on.get(entry.name, ())
        treated: Treated | None = None
        before: Values | None = None
        for (each, values), source in zip(expanded.instances, inputs, strict=False):
            if values is not before:
                treated = self._treat(entry, values)
                before = values
            if treated is not None:
                yield self._instance(entry, each, values, source, treated, needs, reads, span)

    def _instance(
        self,
        entry: Entry,
        each: Each | None,
        values: Values,
        source: InputSource,
        treated: Treated,
        needs: tuple[Dependency, ...],
        reads: tuple[str, ...],
        span: Span,
    ) -> Instance:
        return Instance(
            Address(entry.name, None if each is None else each.key),
            treated.provider,
            treated.workflow,
            source,
            treated.policies,
            keyed.revision(values["revision"], each) if "revision" in values else keyed.FIRST_REVISION,
            needs,
            reads,
            keyed.adopted(values["adopt"], each) if "adopt" in values else None,
            self._moved_from(entry, values["moved_from"], each) if "moved_from" in values else None,
            span,
        )

    def _treat(self, entry: Entry, values: Values) -> Treated | None:
        named = values.get("provider")
        provider = self._told(
            entry,
            self.providers.of,
            named if isinstance(named, str) else None,
            partial(self._span, entry, "provider"),
        )
        if provider is None:
            return None
        workflow = self._told(
            entry,
            self.workflows.reference,
            values["workflow"],
            self.folders[entry.document.file],
            provider,
            partial(self._span, entry, "workflow"),
        )
        policies = self._policies(entry, values, provider)
        return None if workflow is None else Treated(provider.alias, workflow, policies)

    def _policies(self, entry: Entry, values: Values, provider: ProviderSettings) -> Policies:
        policies = self.book.policies(values, provider.settings.get("marker"))
        if policies.group is not None and policies.group not in self.groups:
            summary = f'There is no group "{policies.group}"'
            hint = nearest(policies.group, self.groups) or "Declare it under groups."
            span = self._span(entry, "group")
            self.problems.append(
                Diagnostic("unknown_group", summary, hint=hint, address=entry.name, span=span)
            )
        if policies.run is not Run.ALWAYS and (policies.rotate_after or End.FINISHED in policies.rerun_on):
            self.problems += _without_effect(entry, policies)
        return policies

    def _told(self, entry: Entry, ask: Callable[..., T], *about: object) -> T | None:
        try:
            return ask(*about)
        except Unknown as unknown:
            self.problems += addressed([unknown.problem], entry.name)
            return None

    def _span(self, entry: Entry, key: str) -> Span:
        placed = entry.own(key) or self.common.placed.get(key)
        return entry.span if placed is None else placed.span()

    def _check_keyed(self, expanded: Expanded) -> None:
        """Values by instance key, against the keys that there are."""
        entry = expanded.entry
        if not expanded.instances:
            return
        values = expanded.instances[0][1]
        for key in ("revision", "adopt", "moved_from"):
            if key in values:
                found = keyed.problems(key, values[key], entry.own(key), expanded.keys)
                self.problems += addressed(found, entry.name)

    def _moved_from(self, entry: Entry, value: Json, each: Each | None) -> str | None:
        try:
            old = keyed.old_address(value, each)
        except ValueError as error:
            span = self._span(entry, "moved_from")
            self.problems.append(
                Diagnostic("moved_from", f"moved_from: {error}", address=entry.name, span=span)
            )
            return None
        return None if old is None else str(old)


def _without_effect(entry: Entry, policies: Policies) -> Iterator[Diagnostic]:
    """Only what the entry itself says: defaults are for entries of all kinds."""
    idle = {"rotate_after": policies.rotate_after is not None, "rerun_on": End.FINISHED in policies.rerun_on}
    for key, is_idle in idle.items():
        placed = entry.own(key)
        if is_idle and placed is not None:
            what = "rerun_on: finished" if key == "rerun_on" else key
            summary = f"{what} does nothing without run: always"
            yield Diagnostic(
                "no_effect", summary, severity=Severity.WARNING, address=entry.name, span=placed.span()
            )
