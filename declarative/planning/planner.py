"""desired + observed + prior -> Plan: order, dependencies, limits around the decision table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Desired, Evaluated, Instance, Run
from declarative.model.digests import spec_digest, spec_digest_of
from declarative.model.execution import Status
from declarative.model.json import canonical
from declarative.model.observed import Observed, Resolved, WorkflowKey
from declarative.model.plan import Plan
from declarative.model.record import Bound, Deposed, Record
from declarative.model.state import State
from declarative.planning.adoption import adoption, bound_ids
from declarative.planning.case import Case, Condition, DeposedCase, Verdict
from declarative.planning.changes import Judged, change_for, change_for_deposed
from declarative.planning.compare import Comparison, compare
from declarative.planning.condition import age_of, condition_of, is_forgotten
from declarative.planning.decide import decide, decide_deposed
from declarative.planning.dependencies import (
    Progress,
    dependents_stop_first,
    needs_reached,
    wait_for_upstreams,
)
from declarative.planning.duplicates import block_duplicates
from declarative.planning.limits import hold_back
from declarative.planning.order import in_order
from declarative.planning.upstream import PlannedUpstream

_UNRESOLVED = Resolved()
_NOTHING = Evaluated(None)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a person asked for on top of the files.

    `replace`: run these again. `unprotected`: removed ones whose protection is lifted. `selects`: whether an
    address takes part at all. `suspect`: execution ids whose absence is not believed.
    """

    now: float
    destroy: bool = False
    replace: frozenset[Address] = frozenset()
    unprotected: frozenset[Address] = frozenset()
    selects: Callable[[Address], bool] | None = None
    suspect: frozenset[str] = frozenset()
    today: str = ""
    moved: Mapping[Address, Address] = field(default_factory=dict)
    """new -> old, for records that followed a `moved_from`"""


@dataclass(frozen=True, slots=True)
class Draft:
    """Every verdict, before limits and duplicates: tells what a plan still has to ask engines for."""

    changes: tuple[Change, ...]
    left_out: int

    @property
    def starting(self) -> frozenset[WorkflowKey]:
        """Workflows of which something would be started now."""
        return frozenset(
            (change.start.provider, change.start.workflow_id)
            for change in self.changes
            if change.start is not None and change.gate is Gate.READY
        )


def plan(desired: Desired, prior: State, observed: Observed, request: PlanRequest) -> Plan:
    """`prior` must have absorbed `observed` (see planning.absorb)."""
    return finish(draft(desired, prior, observed, request), desired, prior, observed, request)


def draft(desired: Desired, prior: State, observed: Observed, request: PlanRequest) -> Draft:
    """The decision table over every address, upstreams first."""
    changes = _Walk(desired, prior.records, observed, request).all_changes()
    kept, left_out = _selected(changes, request)
    return Draft(tuple(dependents_stop_first(kept, prior.records)), left_out)


def finish(drafted: Draft, desired: Desired, prior: State, observed: Observed, request: PlanRequest) -> Plan:
    """Duplicates and limits; `observed.unmanaged` covers the workflows of `drafted.starting`."""
    changes = block_duplicates(list(drafted.changes), observed, prior.records)
    changes = hold_back(changes, desired, prior.records, observed)
    return Plan(
        name=desired.name,
        environment=desired.environment,
        lineage=prior.lineage,
        serial=prior.serial,
        made_at=request.now,
        changes=tuple(changes),
        destroy=request.destroy,
        calls=observed.calls,
        complete=all(change.gate_code is not Code.UNREADABLE for change in changes),
        left_out=drafted.left_out,
        today=request.today,
        acted=prior.acted,
    )


def _selected(changes: list[Change], request: PlanRequest) -> tuple[list[Change], int]:
    """Selection hides, it never makes an instance gone. Counts what would have been done."""
    if request.selects is None:
        return changes, 0
    kept = [change for change in changes if request.selects(change.address)]
    hidden = [change for change in changes if not request.selects(change.address)]
    return kept, sum(
        1 for change in hidden if change.action is not Action.NONE or change.gate is not Gate.READY
    )


@dataclass(slots=True)
class _Walk:
    """One pass over all addresses, upstreams first."""

    desired: Desired
    records: Mapping[Address, Record]
    observed: Observed
    request: PlanRequest
    progress: Progress = field(default_factory=Progress)
    upstream: PlannedUpstream = field(init=False)
    bound: dict[str, Address] = field(init=False)

    def __post_init__(self) -> None:
        self.upstream = PlannedUpstream(self.records, self.observed, self.desired.paths_by_reader)
        self.bound = bound_ids(self.records)

    def all_changes(self) -> list[Change]:
        instances = {} if self.request.destroy else self.desired.instances
        changes: list[Change] = []
        for instance in in_order(instances):
            changes += self._declared(instance)
        for address, record in self.records.items():
            if address not in instances:
                changes += self._gone(address, record)
        return changes

    def _declared(self, instance: Instance) -> list[Change]:
        record = self.records.get(instance.address)
        judged = self._judge(instance, record)
        self._note(instance, judged)
        change = adoption(instance, judged, self.observed, self.bound) or change_for(judged, self.observed)
        if change.action is Action.ADOPT and change.gate is Gate.READY and instance.adopt is not None:
            self.bound[instance.adopt] = instance.address
        return [self._moved(change), *self._deposed(instance.address, record, judged)]

    def _moved(self, change: Change) -> Change:
        """A rename is a change of state, unless something else happens there anyway."""
        old = self.request.moved.get(change.address)
        if old is None:
            return change
        if change.action is Action.NONE and change.gate is Gate.READY:
            reason = f"it was {old}"
            return replace(change, action=Action.UPDATE, code=Code.MOVED, reason=reason, moved_from=old)
        return replace(change, moved_from=old)

    def _judge(self, instance: Instance, record: Record | None) -> Judged:
        bound = record.current if record else None
        evaluated, unavailable = self._evaluate(instance)
        text = None if evaluated.unknown or evaluated.problem is not None else canonical(evaluated.value)
        spec = None if text is None else self._spec(instance, evaluated, text)
        identity = self.observed.identities.get(instance.provider, instance.provider)
        resolved = self.observed.resolved.get((instance.provider, instance.workflow.reference), _UNRESOLVED)
        comparison = compare(instance, evaluated, spec, bound, identity, resolved.workflow_id)
        case = self._case(instance, record, bound, comparison)
        verdict = decide(case)
        judged = Judged(
            instance.address,
            instance,
            record,
            case,
            verdict,
            evaluated,
            spec,
            comparison,
            text,
            identity,
            resolved,
        )
        if unavailable is not None:
            blocked = judged.verdict.blocked(Code.RESULT_UNAVAILABLE)
            return replace(judged, verdict=blocked, by=(unavailable,))
        return self._gated(judged)

    def _evaluate(self, instance: Instance) -> tuple[Evaluated, Address | None]:
        """The input as far as it is known, and an upstream whose result is gone for good."""
        self.upstream.reader = instance.address.name
        evaluated = instance.input.evaluate(self.upstream)
        gone = (address for address in evaluated.waits_for if address in self.upstream.unavailable)
        return evaluated, next(gone, None)

    def _spec(self, instance: Instance, evaluated: Evaluated, text: str) -> str:
        named, ignored = instance.workflow.named, instance.policies.ignore_changes
        if not ignored and not evaluated.sensitive:
            return spec_digest_of(named, text)
        return spec_digest(named, evaluated.value, ignored, evaluated.sensitive)

    def _case(
        self, instance: Instance, record: Record | None, bound: Bound | None, comparison: Comparison
    ) -> Case:
        rotates = instance.policies.rotate_after is not None
        return Case(
            policies=instance.policies,
            record=record,
            condition=condition_of(record, self.observed, self.request.suspect),
            compared=comparison.compared,
            now=self.request.now,
            revised=comparison.revised,
            requested=instance.address in self.request.replace,
            forgotten=is_forgotten(bound, self.observed),
            age=age_of(bound, self.observed, self.request.now) if rotates else None,
        )

    def _gated(self, judged: Judged) -> Judged:
        """What the table cannot know: upstreams, references to nothing, workflows that do not exist."""
        assert judged.instance is not None
        verdict = judged.verdict
        if judged.evaluated.problem is not None and verdict.code is not Code.SUSPENDED:
            return replace(judged, verdict=verdict.blocked(Code.EMPTY_REFERENCE))
        if verdict.gate_code is Code.UNKNOWN_INPUT:
            return self._unknown_input(judged)
        if verdict.action.starts and judged.resolved.problem is not None and verdict.row != 3:
            return replace(judged, verdict=verdict.blocked(Code.UNREADABLE))
        gated, by = wait_for_upstreams(verdict, judged.instance.depends_on, self.progress)
        return replace(judged, verdict=gated, by=by) if by else judged

    def _unknown_input(self, judged: Judged) -> Judged:
        waits = judged.evaluated.waits_for
        culprits = tuple(address for address in waits if self.progress.is_blocked(address))
        if culprits:
            return replace(judged, verdict=judged.verdict.deferred(Code.UPSTREAM_BLOCKED), by=culprits)
        return replace(judged, by=waits)

    def _note(self, instance: Instance, judged: Judged) -> None:
        """Tells the instances that come later how far this one is."""
        verdict, condition = judged.verdict, judged.case.condition
        bound = judged.record.current if judged.record else None
        satisfied = _is_satisfied(instance, verdict, condition, self._runs(bound))
        known = judged.spec is not None
        self.upstream.settle(instance.address, satisfied, judged.evaluated.value, known)
        needs = needs_reached(condition, bound, satisfied, verdict.action.starts)
        blocked = verdict.gate is Gate.BLOCKED or verdict.gate_code is Code.UPSTREAM_BLOCKED
        self.progress.note(instance.address, needs, blocked)

    def _runs(self, bound: Bound | None) -> bool:
        return bound is not None and bound.outcome is None and bound.was_running

    def _gone(self, address: Address, record: Record) -> list[Change]:
        bound = record.current
        case = Case(
            policies=None,
            record=record,
            condition=condition_of(record, self.observed, self.request.suspect),
            now=self.request.now,
            forgotten=is_forgotten(bound, self.observed),
            unprotected=address in self.request.unprotected,
        )
        judged = Judged(address, None, record, case, decide(case), _NOTHING)
        judged = replace(judged, destroy=self.request.destroy)
        own = [] if _is_silent(judged.verdict) else [change_for(judged, self.observed)]
        return own + self._deposed(address, record, judged)

    def _deposed(self, address: Address, record: Record | None, judged: Judged) -> list[Change]:
        if record is None or not record.deposed:
            return []
        runs = self._runs(record.current)
        found: list[Change] = []
        for deposed in record.deposed:
            case = self._deposed_case(deposed, judged, runs)
            verdict = decide_deposed(case)
            if verdict is not None:
                found.append(change_for_deposed(judged, deposed, verdict, self.observed))
        return found

    def _deposed_case(self, deposed: Deposed, judged: Judged, runs: bool) -> DeposedCase:
        """Until it is known to have ended, an old one counts as active."""
        reading = self.observed.readings.get(deposed.id)
        execution = reading.execution if reading else None
        ended = execution is not None and execution.status.is_terminal
        return DeposedCase(
            deposed,
            is_active=not ended and not (reading is not None and reading.missing),
            successor=judged.case.condition,
            successor_runs=runs,
            declared=judged.instance is not None,
            is_paused=execution is not None and execution.status is Status.PAUSED,
        )


def _is_satisfied(instance: Instance, verdict: Verdict, condition: Condition, runs: bool) -> bool:
    """Its own declaration is fulfilled: FINISHED as declared or kept; for `always`, RUNNING."""
    if verdict.action not in (Action.NONE, Action.UPDATE) or verdict.gate is not Gate.READY:
        return False
    if instance.policies.run is Run.NEVER:
        return False
    if instance.policies.run is Run.ALWAYS and condition is Condition.ACTIVE:
        return runs
    return condition is Condition.FINISHED


def _is_silent(verdict: Verdict) -> bool:
    """A remembered outcome that nobody declares any more: nothing to say, however many there are."""
    return verdict.action is Action.NONE and verdict.code is Code.RETIRED
