"""Outputs: what the files say should be handed on, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.app.planning import Planned
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.desired import Evaluated, OutputSource, Pending
from declarative.model.json import Json
from declarative.planning.upstream import PlannedUpstream
from declarative.render.entry import status_word


def outputs_of(planned: Planned) -> Mapping[str, Evaluated]:
    """Every output; unknown where it needs something that does not exist yet, with a problem where it needs
    something that is gone."""
    upstream = _Settled(planned)
    outputs = planned.configuration.desired.outputs
    return {name: _evaluated(name, source, upstream) for name, source in outputs.items()}


def _evaluated(name: str, source: OutputSource, upstream: _Settled) -> Evaluated:
    upstream.reader = f"outputs.{name}"
    try:
        found = source.evaluate(upstream)
    except Pending as pending:
        found = Evaluated(None, unknown=True, waits_for=(pending.address,))
    gone = next((address for address in found.waits_for if address in upstream.unavailable), None)
    return found if gone is None else replace(found, problem=_gone(name, gone))


def _gone(name: str, upstream: Address) -> Diagnostic:
    summary = f"The output {name} reads of the result of {upstream}, which is gone"
    detail = "The engine has forgotten it, and state keeps only what was read while it was there."
    return Diagnostic("result_unavailable", summary, detail, f"--replace='{upstream}' runs it again.")


class _Settled(PlannedUpstream):
    """Everything that a plan found satisfied, with the status that outputs may ask for."""

    def __init__(self, planned: Planned) -> None:
        paths = planned.configuration.desired.paths_by_reader
        super().__init__(planned.view.state.records, planned.view.observed, paths)
        self._planned = planned
        for address in planned.plan.by_address:
            self.settle(address, self._has_finished(address), None, known=False)

    def input(self, address: Address) -> Json:
        """Evaluated on the way: outputs may read the input of anything that is declared."""
        instance = self._planned.configuration.desired.instances.get(address)
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
        record = self._planned.view.state.records.get(address)
        return record is not None and record.current is not None and record.current.result_digest is not None

    def status(self, address: Address) -> str:
        changes = self._planned.plan.by_address.get(address, ())
        status = changes[0].seen.status if changes else None
        if status is None:
            raise Pending(address)
        return status_word(status)
