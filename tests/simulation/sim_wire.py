"""What must hold whenever a start or a stop goes on the wire: it is recorded, in time, ours to send, and wanted.

The last is judged from the declarations and from the truth about the executions, not from what the tool says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim_engine import SEND_WINDOW
from sim_world import EPOCH, Process

from declarative.model.desired import End, Instance, OnRemove, Policies, Run
from declarative.model.digests import MASK
from declarative.model.execution import Status
from declarative.model.json import canonical, parse
from declarative.model.record import Bound, Deposed, Outcome, Pending, Record, StopMode
from declarative.protocols import StartRequest
from declarative.testing.runs import Run as Made

if TYPE_CHECKING:
    from sim_laws import Laws

_EPSILON = 1e-6
_END_OF = {
    Outcome.FINISHED: End.FINISHED,
    Outcome.FAILED: End.FAILED,
    Outcome.STOPPED_OUTSIDE: End.STOPPED,
    Outcome.LOST: End.LOST,
}


@dataclass(eq=False)
class Wire:
    """`sent`: how often each attempt was put on the wire. `made`: execution
    id -> the process that asked for it. `acted`: wish -> when somebody last acted on it."""

    laws: Laws
    sent: Counter[str] = field(default_factory=Counter)
    made: dict[str, str] = field(default_factory=dict)
    acted: dict[str, float] = field(default_factory=dict)

    # ── starts ─────────────────────────────────────────────────────────────────────────────────────────

    def on_start(self, request: StartRequest, process: Process) -> None:
        words = f"{request.description}: start {request.attempt[:8]}"
        record = self.laws.record_of(request.description)
        pending = record.pending if record else None
        recorded = pending is not None and pending.attempt == request.attempt
        self._law(recorded, f"{words} has its intent durable before the wire")
        assert record is not None and pending is not None
        same = self.laws.digest(request.workflow_id, request.input_json)
        self._law(pending.sent == same, f"{words} sends what its intent says")
        self._law(not self.sent[request.attempt], f"{words} is sent twice")
        self.sent[request.attempt] += 1
        self._in_time(words, process)
        self._may_act(words, process)
        self._may_begin(words, request, record, pending, process)

    def on_accepted(self, run: Made) -> None:
        self.made[run.id] = self.laws.intents.get(run.attempt, "")

    def _in_time(self, words: str, process: Process) -> None:
        late = self.laws.world.mono - process.fenced_at
        self._law(late <= SEND_WINDOW + _EPSILON, f"{words} was sent {late} s after its intent")
        obeyed = not process.interrupted or process.interrupted_at == process.touches
        self._law(obeyed, f"{words} was sent after Ctrl-C")

    def _may_begin(
        self, words: str, request: StartRequest, record: Record, pending: Pending, process: Process
    ) -> None:
        instance = process.wanted.get(request.description)
        self._law(instance is not None, f"{words} is of something that is not declared")
        assert instance is not None
        policies, bound = instance.policies, record.current
        self._law(policies.run is not Run.NEVER, f"{words} although it is never to run")
        own = bound is not None and self.made.get(bound.id) == process.name
        once_more = policies.run is Run.ALWAYS and own
        self._law(not once_more, f"{words} is the second one of this apply")
        self._law(pending.revision == instance.revision, f"{words} is of another revision")
        if bound is None:
            return
        self._law(bound.outcome is not None or pending.start_first, f"{words} begins beside an active one")
        asked = request.description in process.settles or bound.revision != pending.revision
        if not asked and self._is_same(bound, request):
            self._may_begin_again(words, bound, policies)

    def _is_same(self, bound: Bound, request: StartRequest) -> bool:
        if _was_secret(bound):
            return False
        run = self.laws.engine.kept[bound.id].run
        return run.workflow_id == request.workflow_id and _equal(run.input_json, request.input_json)

    def _may_begin_again(self, words: str, bound: Bound, policies: Policies) -> None:
        """Done is done: the same once more needs an end that the declaration says is to be repaired."""
        if bound.outcome is None:
            self._law(policies.rotate_after is not None, f"{words} beside an equal one that is active")
        elif bound.outcome is not Outcome.STOPPED_BY_US:
            wanted = _END_OF.get(bound.outcome) in policies.rerun_on
            once_finished = policies.run is Run.ONCE and bound.outcome is Outcome.FINISHED
            self._law(wanted and not once_finished, f"{words} although {bound.id} was {bound.outcome}")

    # ── stops ──────────────────────────────────────────────────────────────────────────────────────────

    def on_stop(self, execution_id: str, method: str, process: Process) -> None:
        mode = StopMode.TERMINATE if method == "terminate" else StopMode.GRACEFUL
        words = f"{method} of {execution_id}"
        self._law(execution_id in self.laws.ever, f"{execution_id} is stopped and is not ours")
        first = self.laws.stops.get((execution_id, mode))
        self._law(first is not None, f"{words} has its record before the wire")
        self._may_act(words, process)
        address, record = self.laws.holder_of(execution_id)
        wanted = process.wanted.get(address)
        old = next((one for one in record.deposed if one.id == execution_id), None)
        if self.laws.asked[execution_id][1] == process.name:
            self._may_end(words, address, record, old, wanted, process)
        if first == process.name and mode is StopMode.TERMINATE:
            self._may_terminate(words, execution_id, _grace(record, old, wanted))

    def _may_end(
        self,
        words: str,
        address: str,
        record: Record,
        old: Deposed | None,
        wanted: Instance | None,
        process: Process,
    ) -> None:
        """A stop that was asked for before is only asked for again."""
        if old is not None:
            self._may_end_old(words, record, wanted)
        elif record.current is not None and wanted is None:
            self._may_end_removed(words, record.current)
        elif record.current is not None and wanted is not None:
            asked = address in process.settles or wanted.revision != record.current.revision
            self._may_end_declared(words, record.current, wanted, asked)

    def _may_end_old(self, words: str, record: Record, wanted: Instance | None) -> None:
        """The new one must be there first, where it is wanted at all."""
        current = record.current
        if wanted is None or current is None or current.outcome is Outcome.FINISHED:
            return
        self._law(current.was_running, f"{words} before the new one was seen to run")

    def _may_end_removed(self, words: str, bound: Bound) -> None:
        self._law(not bound.applied.protected, f"{words} although it was protected")
        stops = bound.applied.on_remove is OnRemove.STOP
        self._law(stops, f"{words} although it was to be abandoned")

    def _may_end_declared(self, words: str, bound: Bound, wanted: Instance, asked: bool) -> None:
        self._law(not wanted.policies.protected, f"{words} although it is protected")
        unwanted = asked or wanted.policies.run is Run.NEVER or not self._is_as_declared(bound, wanted)
        self._law(unwanted, f"{words} although it is as declared")

    def _is_as_declared(self, bound: Bound, wanted: Instance) -> bool:
        """Where the input is a result of others, or was not kept, this cannot be told."""
        if wanted.reads or _was_secret(bound):
            return False
        run = self.laws.engine.kept[bound.id].run
        return run.workflow_id == wanted.workflow.named and parse(run.input_json) == wanted.input.template()

    def _may_terminate(self, words: str, execution_id: str, grace: float | None) -> None:
        """Grace counts from the first asking, on clocks that may differ. A paused one has none: no stop acts."""
        world = self.laws.world
        run = self.laws.engine.kept[execution_id].run
        if grace == 0 or run.status(world.mono) is Status.PAUSED:
            return
        passed = EPOCH + world.mono - self.laws.asked[execution_id][0]
        skew = 2 * max(abs(process.skew) for process in world.processes)
        self._law(
            grace is not None and passed >= grace - skew - _EPSILON, f"{words} before its grace was over"
        )

    # ── whoever acts ───────────────────────────────────────────────────────────────────────────────────

    def _may_act(self, words: str, process: Process) -> None:
        """It held the lock when it went to make the call, and nobody who wants something else has acted
        since it read state."""
        self._law(process.entered_at <= process.holds_until, f"{words} without the lock")
        others = [moment for wish, moment in self.acted.items() if wish != process.wish]
        taken_over = max(others, default=-2.0) > process.read_at
        self._law(not taken_over, f"{words} although another one has taken over")
        self.acted[process.wish] = self.laws.world.mono

    def _law(self, holds: bool, words: str) -> None:
        self.laws.law(holds, words)


def _grace(record: Record, old: Deposed | None, wanted: Instance | None) -> float | None:
    if old is not None:
        return old.stop_grace
    if wanted is not None:
        return wanted.policies.stop_grace
    return record.current.applied.stop_grace if record.current else None


def _was_secret(bound: Bound) -> bool:
    """Then nobody can tell whether what is declared in clear now is what was sent."""
    return bound.input_json is None or MASK in bound.input_json


def _equal(one: str, other: str) -> bool:
    return canonical(parse(one)) == canonical(parse(other))
