"""Every verdict in words: what a person reads behind `because`."""

from __future__ import annotations

from collections.abc import Sequence

from declarative.model.address import Address
from declarative.model.change import Code
from declarative.model.moment import format_moment
from declarative.model.record import Bound, Cause
from declarative.planning.case import Case, Condition, Verdict

_GONE = "it is no longer declared"
_FIXED = {
    Code.NEW: "it is declared and was never started",
    Code.CHANGED: "the declaration differs from what was started",
    Code.REVISION: "the revision changed",
    Code.REQUESTED: "it was asked for with --replace",
    Code.REMOVED: _GONE,
    Code.RUN_NEVER: "run is never",
    Code.ROTATION: "it has reached its rotate_after",
    Code.REPLACED: "a newer execution takes its place",
    Code.STOPPED_BY_US: "it was stopped by us, for a reason that no longer holds",
    Code.POLICY: "only policies changed; the execution is not touched",
    Code.RETIRED: f"{_GONE}; its outcome is remembered",
    Code.ABANDONED: f"{_GONE}, and on_remove is abandon",
    Code.DONE: "it has finished",
    Code.IN_PROGRESS: "it is in progress",
    Code.KEPT: "the declaration differs, and on_change is keep",
    Code.SUSPENDED: "it is suspended",
    Code.START_UNRESOLVED: "it is not known what became of its start",
    Code.UNREADABLE: "it could not be read",
    Code.UNKNOWN_INPUT: "its input is not known yet",
    Code.STOPPING: "its stop has been asked for and has not acted yet",
    Code.ADOPT: "adopt names an execution that is as declared",
    Code.MOVED: "it was renamed",
    Code.PAUSED: "somebody paused it",
}
_REMEDY = "; --replace runs it again"
_GATES = {
    Code.FORBIDDEN: "on_change is forbid",
    Code.PAUSED: "it is paused; resume it or stop it",
    Code.STOPPED: f"it was stopped from outside; rerun_on does not name stopped{_REMEDY}",
    Code.LOST: f"the engine lost it while it was active; rerun_on does not name lost{_REMEDY}",
    Code.BACKOFF: "it waits before the next try",
    Code.QUOTA: "the engine has no room for it now",
    Code.NEW_ONE_FIRST: "the new one has to run first",
    Code.REPLACEMENT_FAILED: "the one that should replace it failed first",
    Code.AMBIGUOUS_START: "several executions could be the one that was started",
    Code.START_UNKNOWN: "whether it was started cannot be proven either way",
    Code.PROVIDER_SUSPECT: "too many executions vanished at once to be believed",
    Code.DUPLICATE: "an equal execution that is not ours is active",
    Code.UNREADABLE: "it could not be read",
    Code.UNKNOWN_INPUT: "it needs results that do not exist yet",
}


def reason(verdict: Verdict, case: Case, destroy: bool = False) -> str:
    """Why this action. `destroy`: nothing counts as declared, whatever the files say."""
    words = _reason(verdict, case)
    return words.replace(_GONE, "everything is to be destroyed") if destroy else words


def _reason(verdict: Verdict, case: Case) -> str:
    if verdict.code is Code.STOPPING and case.record and case.record.current:
        return f"its stop was asked for ({_cause_words(case.record.current)}) and has not acted yet"
    if verdict.code is Code.RETRY:
        return f"it {_ended_words(case.condition)}, and rerun_on allows another try"
    if verdict.code is Code.ENDED:
        return f"it {_ended_words(case.condition)}"
    if verdict.code is Code.LOST:
        return f"{_GONE}, and the engine does not know it any more"
    if verdict.code is Code.SUSPENDED and case.record and case.record.suspended:
        return f"it is suspended: {case.record.suspended.reason}"
    return _FIXED.get(verdict.code, verdict.code.value.replace("_", " "))


def gate_reason(verdict: Verdict, case: Case, by: Sequence[Address]) -> str:
    """What it waits for."""
    code = verdict.gate_code
    if code is None:
        return ""
    if code is Code.BACKOFF and case.record and case.record.not_before is not None:
        return f"it waits until {format_moment(case.record.not_before)} before the next try"
    if code is Code.FAILED:
        return _failed_words(case)
    if code in (Code.UPSTREAM, Code.UNKNOWN_INPUT, Code.DEPENDENTS_FIRST):
        return f"it waits for {_names(by)}" if by else _GATES.get(code, "")
    if code is Code.UPSTREAM_BLOCKED:
        return f"{_names(by)} cannot go on"
    if code is Code.RESULT_UNAVAILABLE:
        return f"the result of {_names(by)} is gone; --replace runs it again"
    return _GATES.get(code, code.value.replace("_", " "))


def _failed_words(case: Case) -> str:
    bound = case.record.current if case.record else None
    error = f" with {bound.error_code}" if bound and bound.error_code else ""
    tries = case.record.failures if case.record else 0
    if case.policies is not None and tries >= case.policies.max_attempts > 0:
        if case.condition is Condition.FINISHED:
            return f"it ended before healthy_after, {_times(tries)}; is run: once meant?"
        return f"it failed{error}, {_times(tries)}{_REMEDY}"
    return f"it failed{error}; rerun_on does not name failed{_REMEDY}"


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times in a row"


def _ended_words(condition: Condition) -> str:
    return {
        Condition.FINISHED: "has ended",
        Condition.FAILED: "failed",
        Condition.STOPPED_OUTSIDE: "was stopped from outside",
        Condition.LOST: "was lost by the engine",
    }.get(condition, "has ended")


def _cause_words(bound: Bound) -> str:
    cause = bound.stopping.cause if bound.stopping else Cause.DECLARED
    return {
        Cause.REMOVED: "no longer declared",
        Cause.CHANGED: "changed",
        Cause.REVISION: "another revision",
        Cause.REQUESTED: "--replace",
        Cause.DISABLED: "run is never",
        Cause.DESTROYED: "destroy",
        Cause.SUSPENDED: "suspended",
    }.get(cause, cause.value)


def _names(addresses: Sequence[Address]) -> str:
    shown = ", ".join(map(str, addresses[:3]))
    return f"{shown} and {len(addresses) - 3} more" if len(addresses) > 3 else shown
