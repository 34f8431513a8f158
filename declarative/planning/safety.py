"""Against mass damage: a plan that would stop or repeat a large part of everything needs to be told so."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.diagnostics import Diagnostic
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.desired import Desired
from declarative.model.plan import Plan
from declarative.model.state import State

_REPEATS = (Code.CHANGED, Code.REVISION)


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the command line lifts: `stops` and `reruns` up to a number, and an empty configuration."""

    stops: int = 0
    reruns: int = 0
    empty: bool = False


def review(plan: Plan, desired: Desired, prior: State, allowed: Allowances) -> tuple[Diagnostic, ...]:
    """Errors that refuse the plan. A destroy was asked for in so many words and passes."""
    if plan.destroy:
        return ()
    found = [_empty(desired, prior, allowed), _stops(plan, desired, prior, allowed)]
    return tuple(one for one in [*found, _reruns(plan, desired, prior, allowed)] if one is not None)


def _empty(desired: Desired, prior: State, allowed: Allowances) -> Diagnostic | None:
    bound = sum(1 for record in prior.records.values() if record.current is not None and not record.retired)
    if desired.instances or not bound or allowed.empty:
        return None
    return Diagnostic(
        "empty_configuration",
        f"The configuration declares no execution, and state knows {bound} of them",
        "An empty configuration would stop everything that is active.",
        hint="If that is meant, say --allow-empty, or use `declarative destroy`.",
    )


def _stops(plan: Plan, desired: Desired, prior: State, allowed: Allowances) -> Diagnostic | None:
    stops = sum(1 for change in plan.changes if _counts(change) and change.action is Action.STOP)
    active = sum(
        1
        for record in prior.records.values()
        if record.current is not None and record.current.outcome is None
    )
    limits = desired.safety
    if not _exceeds(stops, active, limits.max_stops, limits.max_stops_share) or stops <= allowed.stops:
        return None
    return _refusal("stop", stops, active, "active executions", "--allow-stops", "max_stops")


def _reruns(plan: Plan, desired: Desired, prior: State, allowed: Allowances) -> Diagnostic | None:
    reruns = sum(
        1 for change in plan.changes if _counts(change) and change.action.starts and change.code in _REPEATS
    )
    bound = sum(1 for record in prior.records.values() if record.current is not None)
    limits = desired.safety
    if not _exceeds(reruns, bound, limits.max_reruns, limits.max_reruns_share) or reruns <= allowed.reruns:
        return None
    return _refusal("start again", reruns, bound, "executions", "--allow-reruns", "max_reruns")


def _counts(change: Change) -> bool:
    return change.gate is not Gate.BLOCKED and change.code not in (Code.ROTATION, Code.STOPPING)


def _exceeds(count: int, total: int, limit: int, share: float) -> bool:
    """Both have to be exceeded: five of six are few, and a third of ten thousand are many."""
    return count > limit and count > share * total


def _refusal(verb: str, count: int, total: int, what: str, option: str, key: str) -> Diagnostic:
    return Diagnostic(
        f"too_many_{key.removeprefix('max_')}",
        f"This plan would {verb} {count} of {total} {what}",
        f"More than the limit of safety.{key}. A removed file or a changed default often looks like this.",
        hint=f"If that is meant, say {option} {count}.",
    )
