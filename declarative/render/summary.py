"""What a plan amounts to: the counts that text, JSON and CI reports share, and the lines made from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from declarative.model.change import Action, Change, Code, Gate
from declarative.model.execution import Status
from declarative.render.entry import status_word

Summary = dict[str, int]

COUNTS = (
    "add",
    "change",
    "remove",
    "start_now",
    "start_after",
    "start_again",
    "rerun",
    "stop",
    "update",
    "adopt",
    "forget",
    "resolve",
    "in_progress",
    "finished",
    "failed",
    "stopped",
    "lost",
    "paused",
    "suspended",
    "never",
    "held",
    "blocked",
    "may_rerun",
    "may_rerun_active",
)
"""Every key of a summary. The first three are Terraform's; the others put each change into one bucket, but
for the last two, which count again what may follow."""

_BY_ACTION = {
    Action.START: "start_now",
    Action.AGAIN: "start_again",
    Action.RERUN: "rerun",
    Action.START_FIRST: "rerun",
    Action.STOP: "stop",
    Action.UPDATE: "update",
    Action.RETIRE: "forget",
    Action.ABANDON: "forget",
    Action.ADOPT: "adopt",
    Action.RESOLVE: "resolve",
}
_BY_BLOCK = {Code.FAILED: "failed", Code.STOPPED: "stopped", Code.LOST: "lost", Code.PAUSED: "paused"}
_BY_CODE = {
    Code.IN_PROGRESS: "in_progress",
    Code.STOPPING: "in_progress",
    Code.DONE: "finished",
    Code.ENGINE_FORGOT: "finished",
    Code.PAUSED: "paused",
    Code.SUSPENDED: "suspended",
    Code.RUN_NEVER: "never",
    Code.RETIRED: "",
}
_BY_END = {
    "FINISHED": "finished",
    "ACCEPTED": "finished",
    "FAILED": "failed",
    "STOPPED": "stopped",
    "LOST": "lost",
}
_ACTIVE = frozenset({Status.QUEUED.value, Status.RUNNING.value, Status.PAUSED.value})
_PARTS = (
    ("start_now", "to start now"),
    ("start_after", "after them"),
    ("start_again", "to start again"),
    ("rerun", "to stop and start again"),
    ("stop", "to stop"),
    ("update", "to update in state"),
    ("adopt", "to adopt"),
    ("forget", "to retire"),
    ("resolve", "with an unresolved start"),
    ("in_progress", "in progress"),
    ("finished", "finished"),
    ("failed", "failed"),
    ("stopped", "stopped from outside"),
    ("lost", "lost"),
    ("paused", "paused"),
    ("suspended", "suspended"),
    ("never", "not to run"),
)


def summarize(changes: Iterable[Change]) -> Summary:
    """Counts of every key of COUNTS."""
    kinds = Counter((c.action, c.gate, c.gate_code, c.code, c.seen.status, c.may_rerun) for c in changes)
    found = dict.fromkeys(COUNTS, 0)
    for (action, gate, gate_code, code, status, may_rerun), number in kinds.items():
        _count_plan(found, action, gate, number)
        bucket = _bucket(action, gate, gate_code or code, code, status)
        if bucket:
            found[bucket] += number
        if may_rerun:
            found["may_rerun"] += number
            found["may_rerun_active"] += number if _is_active(status) else 0
    return found


def _count_plan(found: Summary, action: Action, gate: Gate, number: int) -> None:
    """All that following the graph to its end would do; what is blocked is no part of it."""
    if gate is Gate.BLOCKED:
        return
    found["add"] += number if action.starts else 0
    found["remove"] += number if action.stops else 0
    found["change"] += number if action is Action.UPDATE else 0


def _bucket(action: Action, gate: Gate, gate_code: Code, code: Code, status: str | None) -> str:
    if gate is Gate.BLOCKED:
        return _BY_BLOCK.get(gate_code, "blocked")
    if gate is Gate.HELD:
        return "held"
    if gate is Gate.DEFERRED and action.starts:
        return "start_after"
    return _BY_ACTION.get(action) or _standing(code, status)


def _standing(code: Code, status: str | None) -> str:
    """Where an address stands that nothing is done about."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    return "in_progress" if _is_active(status) else _BY_END.get(status_word(status or ""), "")


def _is_active(status: str | None) -> bool:
    return status in _ACTIVE


def plan_line(summary: Mapping[str, int]) -> str:
    """Terraform's line, to the letter: tools search for it."""
    add, change, remove = summary["add"], summary["change"], summary["remove"]
    return f"Plan: {add} to add, {change} to change, {remove} to destroy."


def executions_line(summary: Mapping[str, int]) -> str:
    """The same in our words, without what is zero; empty when there is nothing at all."""
    parts = [f"{summary[key]} {_words(key, words, summary)}" for key, words in _PARTS if summary[key]]
    waits = [f"{summary[key]} {key}" for key in ("held", "blocked") if summary[key]]
    line = "; ".join(", ".join(group) for group in (parts, waits) if group)
    return f"Executions: {line}." if line else ""


def _words(key: str, words: str, summary: Mapping[str, int]) -> str:
    """'after them' needs somebody to come after."""
    alone = key == "start_after" and not summary["start_now"]
    return "to start later" if alone else words


def may_rerun_line(summary: Mapping[str, int]) -> str:
    """What a yes to this plan covers beyond its own actions; empty when nothing."""
    if not summary["may_rerun"]:
        return ""
    more, active = summary["may_rerun"], summary["may_rerun_active"]
    return f"Up to {more} more may run again once their inputs are known, {active} of them active now."
