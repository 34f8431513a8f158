"""What a person said yes to, and whether a later decision is still within it. Pure.

A plan is decided again before every deed, from the files, state and engine of that moment. Fewer actions than
were approved are fine; another one is not carried out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Run
from declarative.model.plan import Plan

_ALWAYS = (Action.NONE, Action.RESOLVE, Action.RETIRE)
"""They touch no execution: a retired one has ended and is not declared any more."""
_BY_POLICY = (Code.RETRY, Code.ENDED, Code.ROTATION)
"""Repairs that `rerun_on`, `run: always` and `rotate_after` allow without being asked each time."""


@dataclass(frozen=True, slots=True)
class Approved:
    """One address of the approved plan. `spec`: the digest a start may have; `execution_id`: what it comes
    after, None where there was nothing, or where that is for a search to find out (`resolves`)."""

    starts: bool = False
    stops: frozenset[str] = frozenset()
    spec: str | None = None
    template: str | None = None
    any_stop: bool = False
    note: Action | None = None
    execution_id: str | None = None
    resolves: bool = False


@dataclass(slots=True)
class Approval:
    """Bound to one plan. `used`: starts that were carried out; each is good for one."""

    approved: dict[Address, Approved] = field(default_factory=dict)
    used: set[Address] = field(default_factory=set)

    def allows(self, change: Change) -> bool:
        """Whether this deed is within what was approved (and not used up)."""
        if change.action in _ALWAYS or change.code is Code.STOPPING:
            return True
        one = self.approved.get(change.address, _NOTHING)
        if change.action.starts and not self._start_allowed(change, one):
            return False
        if change.action.stops and not _stop_allowed(change, one):
            return False
        return change.action.starts or change.action.stops or one.note is change.action

    def use(self, change: Change) -> None:
        """Notes that a start was carried out."""
        if change.action.starts and change.action is not Action.RERUN:
            self.used.add(change.address)

    def _start_allowed(self, change: Change, one: Approved) -> bool:
        if _is_retry_of_once(change):
            return True
        if change.address in self.used:
            return False
        if change.code in _BY_POLICY and change.action is not Action.RERUN:
            return True
        return one.starts and _same_declaration(change, one) and _same_before(change, one)


def _is_retry_of_once(change: Change) -> bool:
    """`--wait` follows a one-shot through the tries that `rerun_on` and `max_attempts` give it."""
    once = change.start is not None and change.start.policies.run is Run.ONCE
    return change.code is Code.RETRY and once


def _same_declaration(change: Change, one: Approved) -> bool:
    """By the digest of workflow and input; by the template where the input was not known yet."""
    if one.spec is not None:
        return change.spec == one.spec
    return one.template is not None and change.template == one.template


def _same_before(change: Change, one: Approved) -> bool:
    """An old plan, applied again after another one ran, must not turn the clock back."""
    return one.resolves or change.seen.execution_id == one.execution_id


def _stop_allowed(change: Change, one: Approved) -> bool:
    """An old one beside its replacement goes with the yes to the replacement, whichever apply got it."""
    if change.code in _BY_POLICY:
        return True
    stop = change.stop
    return stop is not None and (stop.deposed or one.any_stop or stop.execution_id in one.stops)


def approval_of(plan: Plan) -> Approval:
    """Everything the plan announces, now or after others: what the yes covers."""
    approval = Approval()
    for address, changes in plan.by_address.items():
        found = _approved(changes)
        if found is not None:
            approval.approved[address] = found
    return approval


def _approved(changes: Iterable[Change]) -> Approved | None:
    wanted = [change for change in changes if change.gate is not Gate.BLOCKED]
    acting = [change for change in wanted if change.action is not Action.NONE or change.may_rerun]
    if not acting:
        return None
    main = next((change for change in acting if not (change.stop and change.stop.deposed)), acting[0])
    return Approved(
        starts=any(_may_start(change) for change in acting),
        stops=frozenset(change.stop.execution_id for change in acting if change.stop),
        spec=main.spec if main.action.starts or main.action is Action.RESOLVE else None,
        template=main.template,
        any_stop=main.may_rerun or main.action is Action.START_FIRST,
        note=main.action if not (main.action.starts or main.action.stops) else None,
        execution_id=main.seen.execution_id,
        resolves=main.action is Action.RESOLVE,
    )


def _may_start(change: Change) -> bool:
    """A start whose outcome is unknown is wanted still: should it prove to have come to nothing, the yes
    covers another try of the same declaration."""
    return change.action.starts or change.may_rerun or change.action is Action.RESOLVE


_NOTHING = Approved()
