"""What expressions see of other instances while a plan is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from declarative.model.address import Address
from declarative.model.desired import InputPath, Pending
from declarative.model.json import Json, NotJson, parse
from declarative.model.observed import Observed
from declarative.model.record import Record
from declarative.planning.results import assembled, covers

_ALL: Collection[InputPath] = ((),)


class PlannedUpstream:
    """Grows while the planner walks in order: an instance is added once its own verdict is known."""

    def __init__(
        self,
        records: Mapping[Address, Record],
        observed: Observed,
        paths_by_reader: Mapping[str, Mapping[str, Collection[InputPath]]],
    ) -> None:
        """`paths_by_reader`: as Desired has it."""
        self._records = records
        self._observed = observed
        self._paths = paths_by_reader
        self.reader = ""
        """Who is evaluated at the moment; of a reader that is not known, all of a result is meant."""
        self._satisfied: set[Address] = set()
        self.unavailable: set[Address] = set()
        """Finished, but their result can be had neither from state nor from the engine."""
        self._inputs: dict[Address, Json] = {}

    def settle(self, address: Address, satisfied: bool, value: Json, known: bool) -> None:
        """Takes note of an instance that was decided; `satisfied`: its declaration is fulfilled."""
        if satisfied:
            self._satisfied.add(address)
        if known:
            self._inputs[address] = value

    def result(self, address: Address) -> Json:
        record = self._records.get(address)
        if address not in self._satisfied or record is None or record.current is None:
            raise Pending(address)
        reading = self._observed.readings.get(record.current.id)
        if reading is not None and reading.execution is not None and reading.execution.result_json:
            return _parsed(reading.execution.result_json)
        paths = self._paths.get(self.reader, {}).get(address.name, _ALL)
        if covers(record.current.results, paths):
            return assembled(record.current.results or {})
        self.unavailable.add(address)
        raise Pending(address)

    def id(self, address: Address) -> str:
        record = self._records.get(address)
        if record is None or record.current is None:
            raise Pending(address)
        return record.current.id

    def input(self, address: Address) -> Json:
        if address not in self._inputs:
            raise Pending(address)
        return self._inputs[address]


def _parsed(text: str) -> Json:
    try:
        return parse(text)
    except NotJson:
        return text
