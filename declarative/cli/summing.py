"""The last words of an apply: what it did, what is left, and what to do next."""

from __future__ import annotations

from declarative.app.applying import Applied
from declarative.model.change import Action, Gate
from declarative.model.desired import Run
from declarative.render.outputs import is_known, output_document, output_text
from declarative.render.style import Style
from declarative.render.tally import Left, Tally


def summary_text(applied: Applied, tally: Tally, style: Style) -> str:
    """Terraform's last line, ours, and the next command where something is left."""
    if not applied.confirmed:
        return "\nNothing was done."
    text = tally.text(left_of(applied), style, interrupted=applied.interrupted)
    return "\n".join(filter(None, ["", text.rstrip("\n"), _why_it_ended(applied), _outputs(applied)]))


def _outputs(applied: Applied) -> str:
    """Those that are known by now; the others are not worth a line at every apply."""
    known = {name: shown for name, shown in output_document(applied.outputs).items() if is_known(shown)}
    return f"\nOutputs:\n\n{output_text(known)}" if known else ""


def left_of(applied: Applied) -> Left:
    gates = [change.gate for change in applied.plan.changes]
    return Left(
        in_progress=_running(applied),
        deferred=gates.count(Gate.DEFERRED),
        held=gates.count(Gate.HELD),
        blocked=gates.count(Gate.BLOCKED),
        blind=not applied.plan.complete,
        unstarted=sum(change.is_ready and change.action.starts for change in applied.plan.changes),
    )


def _why_it_ended(applied: Applied) -> str:
    if applied.ending.taken_over_by:
        who = applied.ending.taken_over_by
        return f"{who} applied other declarations meanwhile; this apply started and stopped nothing more."
    if applied.ending.timed_out:
        return "The time is up; executions go on."
    if applied.ending.blind:
        return "The engine could not be read for two minutes; executions go on unwatched."
    return ""


def _running(applied: Applied) -> int:
    """Executions that are meant to end and have not; one that must stay up is where it should be."""
    instances = applied.configuration.desired.instances
    found = 0
    for change in applied.plan.changes:
        record = applied.state.records.get(change.address)
        instance = instances.get(change.address)
        ends = instance is not None and instance.policies.run is Run.ONCE
        active = record is not None and record.current is not None and record.current.outcome is None
        found += ends and active and change.action is Action.NONE
    return found
