"""The decision table: one case in, one verdict out. Nothing else in the tool decides what happens to a run.

The rows are numbered as in the README. Order: read failed (1), start unresolved (2), stop under way (3),
old ones beside it (4), then the rest by condition. Whatever cannot be known is blocked and shown, never
guessed towards a start.
"""

from __future__ import annotations

from dataclasses import replace

from declarative.model.change import Action, Code
from declarative.model.desired import End, OnChange, OnRemove, Policies, Run
from declarative.model.record import Cause, Record, StopMode, Stopping, is_applied
from declarative.planning.case import Case, Compared, Condition, DeposedCase, Verdict

_END_OF = {
    Condition.FINISHED: End.FINISHED,
    Condition.FAILED: End.FAILED,
    Condition.STOPPED_OUTSIDE: End.STOPPED,
    Condition.LOST: End.LOST,
}
_ROW_OF = {
    Condition.ACTIVE: 7,
    Condition.PAUSED: 9,
    Condition.FINISHED: 10,
    Condition.FAILED: 11,
    Condition.STOPPED_OUTSIDE: 12,
    Condition.STOPPED_BY_US: 13,
    Condition.LOST: 16,
}
_BLOCK_OF = {
    Condition.FAILED: Code.FAILED,
    Condition.STOPPED_OUTSIDE: Code.STOPPED,
    Condition.LOST: Code.LOST,
}


def decide(case: Case) -> Verdict:
    """The verdict on one address; deposed executions are judged apart by `decide_deposed`."""
    record = case.record or Record()
    if record.suspended is not None and record.pending is None:
        return Verdict(_row(case), Action.NONE, Code.SUSPENDED)
    if case.condition is Condition.UNREAD:
        return Verdict(1, Action.NONE, Code.UNREADABLE).blocked(Code.UNREADABLE)
    if record.pending is not None and not _settles_pending(case, record.pending.reason):
        return _pending(record.pending.reason)
    if case.condition.is_active and record.current is not None and record.current.stopping is not None:
        return _stopping(case)
    if case.policies is None:
        return _gone(case)
    if case.policies.run is Run.NEVER:
        return _never(case)
    return _declared(case, case.policies)


def decide_deposed(case: DeposedCase) -> Verdict | None:
    """Row 4: the old one goes once the new one is RUNNING or FINISHED; it stays if the new one fails."""
    if not case.is_active:
        return None
    old = case.deposed
    at_once = old.stop_grace == 0 or case.is_paused or _is_terminating(old.stopping)
    mode = StopMode.TERMINATE if at_once else StopMode.GRACEFUL
    stop = Verdict(4, Action.STOP, Code.REPLACED, cause=old.cause, mode=mode)
    if not case.declared or case.successor_runs or case.successor is Condition.FINISHED:
        return stop
    if case.successor.has_ended:
        return stop.blocked(Code.REPLACEMENT_FAILED)
    return stop.deferred(Code.NEW_ONE_FIRST)


def _settles_pending(case: Case, reason: str | None) -> bool:
    """`--replace` settles a start that a person was asked about, by another start; nothing else does."""
    starts = case.policies is not None and case.policies.run is not Run.NEVER
    suspended = case.record is not None and case.record.suspended is not None
    return case.requested and reason is not None and starts and not suspended


def _pending(reason: str | None) -> Verdict:
    verdict = Verdict(2, Action.RESOLVE, Code.START_UNRESOLVED)
    if reason is None:
        return verdict
    return verdict.blocked(
        Code.AMBIGUOUS_START if reason == Code.AMBIGUOUS_START.value else Code.START_UNKNOWN
    )


def _stopping(case: Case) -> Verdict:
    """The same stop once more; what follows it is decided when it has acted."""
    assert case.record is not None and case.record.current is not None
    stopping = case.record.current.stopping
    assert stopping is not None
    follows = case.policies is not None and case.policies.run is not Run.NEVER
    action = Action.RERUN if follows else Action.STOP
    grace = _grace(case)
    over = grace is not None and case.now >= stopping.asked_at + grace
    at_once = over or case.condition is Condition.PAUSED or _is_terminating(stopping)
    mode = StopMode.TERMINATE if at_once else StopMode.GRACEFUL
    verdict = Verdict(3, action, Code.STOPPING, cause=stopping.cause, mode=mode)
    declared_protected = case.policies is not None and case.policies.protected
    return verdict.blocked(Code.PROTECTED) if declared_protected else verdict


def _is_terminating(stopping: Stopping | None) -> bool:
    return stopping is not None and stopping.mode is StopMode.TERMINATE


def _grace(case: Case) -> float | None:
    return case.policies.stop_grace if case.policies else case.applied.stop_grace


# ── gone from the files, or not wanted now ─────────────────────────────────────────────────────────────


def _gone(case: Case) -> Verdict:
    row = _row(case)
    if case.condition is Condition.ABSENT or (case.record is not None and case.record.retired):
        return Verdict(6 if case.condition is not Condition.ABSENT else 5, Action.NONE, Code.RETIRED)
    if not case.condition.is_active:
        lost = case.condition is Condition.LOST
        return Verdict(row, Action.RETIRE, Code.LOST if lost else Code.RETIRED)
    if case.applied.on_remove is OnRemove.ABANDON:
        return Verdict(row, Action.ABANDON, Code.ABANDONED)
    return _stop(case, row, Code.REMOVED, Cause.REMOVED)


def _never(case: Case) -> Verdict:
    other = case.compared is Compared.OTHER
    row = 8 if case.condition.is_active and other else _row(case)
    if row == 6 and other:
        row = 5
    if case.condition.is_active:
        return _stop(case, row, Code.RUN_NEVER, Cause.DISABLED)
    note = "the engine no longer knows it" if case.condition is Condition.LOST else ""
    return Verdict(row, Action.NONE, Code.RUN_NEVER, note=note)


def _stop(case: Case, row: int, code: Code, cause: Cause) -> Verdict:
    verdict = Verdict(row, Action.STOP, code, cause=cause, mode=_mode(case))
    return verdict.blocked(Code.PROTECTED) if case.protected else verdict


def _mode(case: Case) -> StopMode:
    """A stop would never act on a PAUSED one; a grace of nothing means at once."""
    at_once = case.condition is Condition.PAUSED or _grace(case) == 0
    return StopMode.TERMINATE if at_once else StopMode.GRACEFUL


# ── declared, `once` or `always` ───────────────────────────────────────────────────────────────────────


def _declared(case: Case, policies: Policies) -> Verdict:
    if case.condition is Condition.ABSENT:
        return _first(case)
    if case.record is not None and case.record.retired and case.compared is Compared.OTHER:
        return _first(case)
    if case.revised or case.requested:
        return _demanded(case, policies)
    if case.compared is Compared.UNKNOWN:
        return _unknown(case)
    if case.condition.is_active:
        return _active(case, policies)
    return _ended(case, policies)


def _first(case: Case) -> Verdict:
    verdict = Verdict(5, Action.START, Code.NEW)
    return _wait_for_input(verdict) if case.compared is Compared.UNKNOWN else verdict


def _wait_for_input(verdict: Verdict) -> Verdict:
    return replace(verdict, row=14).deferred(Code.UNKNOWN_INPUT)


def _demanded(case: Case, policies: Policies) -> Verdict:
    """A changed revision or `--replace`: runs again whatever `on_change` says (`start_first` stays so)."""
    code, cause = (Code.REQUESTED, Cause.REQUESTED) if case.requested else (Code.REVISION, Cause.REVISION)
    verdict = _replacement(case, policies, code, cause)
    return _wait_for_input(verdict) if case.compared is Compared.UNKNOWN else verdict


def _replacement(case: Case, policies: Policies, code: Code, cause: Cause) -> Verdict:
    row = 8 if case.condition.is_active else _row(case)
    if not case.condition.is_active:
        return Verdict(row, Action.AGAIN, code, cause=cause)
    first = policies.on_change is OnChange.START_FIRST
    action = Action.START_FIRST if first else Action.RERUN
    verdict = Verdict(row, action, code, cause=cause, mode=_mode(case))
    return verdict.blocked(Code.PROTECTED) if case.protected else verdict


def _unknown(case: Case) -> Verdict:
    """Row 14: an upstream is not ready, so nobody knows yet whether this one is as declared."""
    if case.condition is Condition.STOPPED_BY_US:
        return _wait_for_input(Verdict(14, Action.AGAIN, Code.STOPPED_BY_US))
    return _wait_for_input(Verdict(14, Action.NONE, Code.UNKNOWN_INPUT, may_rerun=True))


def _active(case: Case, policies: Policies) -> Verdict:
    if case.compared is Compared.OTHER:
        return _active_other(case, policies)
    if case.condition is Condition.PAUSED:
        verdict = Verdict(9, Action.NONE, Code.PAUSED, note="paused by somebody; it goes on when resumed")
        always = policies.run is Run.ALWAYS
        return verdict.blocked(Code.PAUSED) if always else _unless_policy(case, policies, verdict)
    if _is_due(case, policies):
        return Verdict(7, Action.START_FIRST, Code.ROTATION, cause=Cause.ROTATED, mode=_mode(case))
    return _unless_policy(case, policies, Verdict(7, Action.NONE, Code.IN_PROGRESS))


def _is_due(case: Case, policies: Policies) -> bool:
    """Rotation belongs to what must stay up; a one-shot is left to its end."""
    if policies.run is not Run.ALWAYS or policies.rotate_after is None:
        return False
    return (case.age or 0.0) >= policies.rotate_after


def _active_other(case: Case, policies: Policies) -> Verdict:
    match policies.on_change:
        case OnChange.KEEP:
            return _unless_policy(case, policies, Verdict(8, Action.NONE, Code.KEPT))
        case OnChange.FORBID:
            return Verdict(8, Action.NONE, Code.CHANGED).blocked(Code.FORBIDDEN)
        case OnChange.RERUN | OnChange.START_FIRST:
            return _replacement(case, policies, Code.CHANGED, Cause.CHANGED)


def _ended(case: Case, policies: Policies) -> Verdict:
    row = _row(case)
    if case.condition is Condition.STOPPED_BY_US:
        return Verdict(row, Action.AGAIN, Code.STOPPED_BY_US)
    if case.condition is not Condition.LOST and case.compared is Compared.OTHER:
        return _ended_other(row, policies)
    satisfied = policies.run is Run.ONCE or End.FINISHED not in policies.rerun_on
    if case.condition is Condition.FINISHED and satisfied:
        note = "the engine no longer knows it" if case.forgotten else ""
        return _unless_policy(case, policies, Verdict(row, Action.NONE, Code.DONE, note=note))
    return _repair(case, policies, row)


def _ended_other(row: int, policies: Policies) -> Verdict:
    if policies.on_change is OnChange.FORBID:
        return Verdict(row, Action.NONE, Code.CHANGED).blocked(Code.FORBIDDEN)
    if policies.on_change is OnChange.KEEP and policies.run is not Run.ALWAYS:
        return Verdict(row, Action.NONE, Code.KEPT)
    return Verdict(row, Action.AGAIN, Code.CHANGED, cause=Cause.CHANGED)


def _repair(case: Case, policies: Policies, row: int) -> Verdict:
    """An end that is not what was declared: repaired only where `rerun_on` says so, and not for ever."""
    record = case.record or Record()
    if _END_OF[case.condition] not in policies.rerun_on:
        return Verdict(row, Action.NONE, Code.ENDED).blocked(_BLOCK_OF[case.condition])
    counts = case.condition in (Condition.FAILED, Condition.FINISHED)
    if counts and record.failures >= policies.max_attempts:
        return Verdict(row, Action.NONE, Code.ENDED).blocked(Code.FAILED)
    code = Code.ENDED if case.condition is Condition.FINISHED else Code.RETRY
    verdict = Verdict(row, Action.AGAIN, code, cause=Cause.RERUN)
    waits = record.not_before is not None and case.now < record.not_before
    return verdict.held(Code.BACKOFF) if waits else verdict


def _unless_policy(case: Case, policies: Policies, verdict: Verdict) -> Verdict:
    """A change of policy alone is a change of state, which touches no execution."""
    if is_applied(case.applied, policies):
        return verdict
    return replace(verdict, action=Action.UPDATE, code=Code.POLICY)


def _row(case: Case) -> int:
    """The row of a condition, before digests are looked at."""
    if case.condition is Condition.ABSENT:
        return 5
    if case.record is not None and case.record.retired:
        return 6
    return 15 if case.forgotten else _ROW_OF.get(case.condition, 1)
