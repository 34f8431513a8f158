"""Outputs: what the files say should be handed on, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.app.view import View
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.desired import Desired, Evaluated, OutputSource, Pending
from declarative.model.json import Json
from declarative.model.plan import Plan
from declarative.planning.upstream import PlannedUpstream
from declarative.render.entry import status_word


def outputs_of(desired: Desired, plan: Plan, view: View) -> Mapping[str, Evaluated]:
    """Every output; unknown where it needs what does not exist yet, with a problem where it is wrong
    or needs what is gone. None under destroy."""
    if plan.destroy or not desired.outputs:
        return {}
    upstream = _Settled(desired, plan, view)
    return {name: _evaluated(name, source, upstream) for name, source in desired.outputs.items()}


def _evaluated(name: str, source: OutputSource, upstream: _Settled) -> Evaluated:
    upstream.reader = f"outputs.{name}"
    try:
        found = source.evaluate(upstream)
    except Pending as pending:
        found = Evaluated(None, unknown=True, waits_for=(pending.address,))
    if found.problem is not None:
        return replace(found, value=None, unknown=True)
    gone = next((address for address in found.waits_for if address in upstream.unavailable), None)
    return found if gone is None else replace(found, problem=_gone(name, gone))


def _gone(name: str, upstream: Address) -> Diagnostic:
    summary = f"The output {name} reads of the result of {upstream}, which is gone"
    detail = "The engine has forgotten it, and state keeps only what was read while it was there."
    return Diagnostic("result_unavailable", summary, detail, f"--replace='{upstream}' runs it again.")


class _Settled(PlannedUpstream):
    """Everything that a plan found satisfied, with the status that outputs may ask for."""

    def __init__(self, desired: Desired, plan: Plan, view: View) -> None:
        super().__init__(view.state.records, view.observed, desired.paths_by_reader)
        self._desired, self._plan, self._view = desired, plan, view
        for address in plan.by_address:
            self.settle(address, self._has_finished(address), None, known=False)

    def input(self, address: Address) -> Json:
        """Evaluated on the way: outputs may read the input of anything that is declared."""
        instance = self._desired.instances.get(address)
        if instance is None:
            raise Pending(address)
        before, self.reader = self.reader, address.name
        try:
            evaluated = instance.input.evaluate(self)
        finally:
            self.reader = before
        if evaluated.unknown or evaluated.problem is not None:
            raise Pending(next(iter(evaluated.waits_for), address))
        return evaluated.value

    def _has_finished(self, address: Address) -> bool:
        record = self._view.state.records.get(address)
        return record is not None and record.current is not None and record.current.result_digest is not None

    def status(self, address: Address) -> str:
        changes = self._plan.by_address.get(address, ())
        status = changes[0].seen.status if changes else None
        if status is None:
            raise Pending(address)
        return status_word(status)
