"""Every verdict in words: what a person reads behind `because`."""

from __future__ import annotations

from collections.abc import Sequence

from declarative.model.address import Address
from declarative.model.change import Code
from declarative.model.record import Bound, Cause
from declarative.planning.case import Case, Condition, Verdict

_FIXED = {
    Code.NEW: "it is declared and was never started",
    Code.CHANGED: "the declaration differs from what was started",
    Code.REVISION: "the revision changed",
    Code.REQUESTED: "it was asked for with --replace",
    Code.REMOVED: "it is no longer declared",
    Code.DESTROYED: "everything is to be destroyed",
    Code.RUN_NEVER: "run is never",
    Code.ROTATION: "it has reached its rotate_after",
    Code.REPLACED: "a newer execution takes its place",
    Code.STOPPED_BY_US: "it was stopped by us, for a reason that no longer holds",
    Code.POLICY: "only policies changed; the execution is not touched",
    Code.RETIRED: "it is no longer declared; its outcome is remembered",
    Code.ABANDONED: "it is no longer declared, and on_remove is abandon",
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
_GATES = {
    Code.PROTECTED: "it is protected",
    Code.FORBIDDEN: "on_change is forbid",
    Code.PAUSED: "it is paused; resume it or stop it",
    Code.STOPPED: "it was stopped from outside; rerun_on does not name stopped",
    Code.LOST: "the engine lost it while it was active; rerun_on does not name lost",
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


def reason(verdict: Verdict, case: Case) -> str:
    """Why this action."""
    if verdict.code is Code.STOPPING and case.record and case.record.current:
        return f"its stop was asked for ({_cause_words(case.record.current)}) and has not acted yet"
    if verdict.code is Code.RETRY:
        return f"it {_ended_words(case.condition)}, and rerun_on allows another try"
    if verdict.code is Code.ENDED:
        return f"it {_ended_words(case.condition)}"
    if verdict.code is Code.LOST:
        return "it is no longer declared, and the engine does not know it any more"
    if verdict.code is Code.SUSPENDED and case.record and case.record.suspended:
        return f"it is suspended: {case.record.suspended.reason}"
    return _FIXED.get(verdict.code, verdict.code.value.replace("_", " "))


def gate_reason(verdict: Verdict, case: Case, by: Sequence[Address]) -> str:
    """What it waits for."""
    code = verdict.gate_code
    if code is None:
        return ""
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
        return f"it failed{error}, {tries} times in a row"
    return f"it failed{error}; rerun_on does not name failed"


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
