"""Declarations without files: just what the planner is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from declarative.model.address import Address
from declarative.model.desired import (
    Constant,
    Dependency,
    Desired,
    Evaluated,
    InputSource,
    Instance,
    Need,
    Pending,
    Policies,
    ProviderSettings,
    Upstream,
    WorkflowRef,
)
from declarative.model.json import Json

_POLICIES = Policies()


@dataclass(frozen=True, slots=True)
class ResultOf:
    """An input that holds the result of another execution."""

    of: Address
    plus: Json = None

    def evaluate(self, upstream: Upstream) -> Evaluated:
        try:
            result = upstream.result(self.of)
        except Pending as pending:
            return Evaluated(None, unknown=True, waits_for=(pending.address,), touched=(self.of,))
        return Evaluated({"from": result, "plus": self.plus}, touched=(self.of,))

    def template(self) -> Json:
        return {"from": str(self.of), "plus": self.plus}


@dataclass(frozen=True, slots=True)
class Entry:
    """One declared execution. `reads`: takes the result of that entry as input. `after`: a `depends_on`.
    `secret`: its input is that of a sensitive variable."""

    name: str
    workflow: str = "short"
    input: int | None = 1
    policies: Policies = field(default=_POLICIES)
    revision: str = "1"
    reads: str | None = None
    after: str | None = None
    need: Need = Need.FINISHED
    secret: bool = False

    def instance(self) -> Instance:
        return Instance(
            address=Address(self.name),
            provider="sim",
            workflow=WorkflowRef(self.workflow, self.workflow),
            input=self._source(),
            policies=self.policies,
            revision=self.revision,
            depends_on=(Dependency(self.after, self.need),) if self.after else (),
            reads=(self.reads,) if self.reads else (),
        )

    def _source(self) -> InputSource:
        if self.reads is not None:
            return ResultOf(Address(self.reads), self.input)
        sensitive = frozenset({("n",)}) if self.secret else frozenset()
        return Constant({"n": self.input}, sensitive)


def declared(entries: Iterable[Entry], max_active: int | None = None) -> Desired:
    instances = [entry.instance() for entry in entries]
    return Desired(
        root="",
        name="simulation",
        environment="",
        instances={instance.address: instance for instance in instances},
        providers={"sim": ProviderSettings("sim", "simulated", max_active=max_active)},
        entry_names=tuple(entry.name for entry in entries),
        result_paths={entry.reads: frozenset({()}) for entry in entries if entry.reads is not None},
    )


def wish_of(desired: Desired) -> str:
    """What is to run, in one text: two applies with different texts must not take turns unnoticed."""
    lines = [
        f"{one.address} {one.workflow.named} {one.revision} {one.policies.run} {one.input.template()}"
        for one in desired.instances.values()
    ]
    return "\n".join(sorted(lines))
