"""Outputs: what the files say should be handed on, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping

from declarative.app.planning import Planned
from declarative.model.address import Address
from declarative.model.desired import Evaluated, OutputSource, Pending
from declarative.model.json import Json
from declarative.planning.upstream import PlannedUpstream


def outputs_of(planned: Planned) -> Mapping[str, Evaluated]:
    """Every output; unknown where it needs something that does not exist yet."""
    upstream = _Settled(planned)
    outputs = planned.configuration.desired.outputs
    return {name: _evaluated(source, upstream) for name, source in outputs.items()}


def _evaluated(source: OutputSource, upstream: PlannedUpstream) -> Evaluated:
    try:
        return source.evaluate(upstream)
    except Pending:
        return Evaluated(None, unknown=True)


_UNKNOWN = Evaluated(None, unknown=True)


class _Settled(PlannedUpstream):
    """Everything that a plan found satisfied, with the status that outputs may ask for."""

    def __init__(self, planned: Planned) -> None:
        paths = planned.configuration.desired.result_paths
        super().__init__(planned.view.state.records, planned.view.observed, paths)
        self._planned = planned
        for address in planned.plan.by_address:
            self.settle(address, self._has_finished(address), None, known=False)

    def input(self, address: Address) -> Json:
        """Evaluated on the way: outputs may read the input of anything that is declared."""
        instance = self._planned.configuration.desired.instances.get(address)
        evaluated = instance.input.evaluate(self) if instance else _UNKNOWN
        if evaluated.unknown or evaluated.problem is not None:
            raise Pending(address)
        return evaluated.value

    def _has_finished(self, address: Address) -> bool:
        record = self._planned.view.state.records.get(address)
        return record is not None and record.current is not None and record.current.result_digest is not None

    def status(self, address: Address) -> str:
        changes = self._planned.plan.by_address.get(address, ())
        status = changes[0].seen.status if changes else None
        if status is None:
            raise Pending(address)
        return status
