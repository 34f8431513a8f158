"""Outputs: what the files say should be handed on, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.app.view import View
from declarative.model.address import Address
from declarative.model.desired import Desired, Evaluated, OutputSource, Pending
from declarative.model.plan import Plan
from declarative.planning.upstream import PlannedUpstream
from declarative.render.entry import status_word


def outputs_of(desired: Desired, plan: Plan, view: View) -> Mapping[str, Evaluated]:
    """Every output; unknown where it needs something that does not exist yet. None under destroy."""
    if plan.destroy or not desired.outputs:
        return {}
    upstream = _Settled(plan, view)
    return {name: _evaluated(source, upstream) for name, source in desired.outputs.items()}


def _evaluated(source: OutputSource, upstream: PlannedUpstream) -> Evaluated:
    """One that is wrong has no value either, and says why."""
    try:
        found = source.evaluate(upstream)
        return found if found.problem is None else replace(found, value=None, unknown=True)
    except Pending:
        return Evaluated(None, unknown=True)


class _Settled(PlannedUpstream):
    """Everything that a plan found satisfied, with the status that outputs may ask for."""

    def __init__(self, plan: Plan, view: View) -> None:
        super().__init__(view.state.records, view.observed)
        self._plan, self._view = plan, view
        for address in plan.by_address:
            self.settle(address, self._has_finished(address), None, known=False)

    def _has_finished(self, address: Address) -> bool:
        record = self._view.state.records.get(address)
        return record is not None and record.current is not None and record.current.result_digest is not None

    def status(self, address: Address) -> str:
        changes = self._plan.by_address.get(address, ())
        status = changes[0].seen.status if changes else None
        if status is None:
            raise Pending(address)
        return status_word(status)
