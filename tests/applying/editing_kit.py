"""A folder with a configuration and a state, for commands that edit the state; the engine is in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from declarative.app import editing, importing
from declarative.app.engines import Engines
from declarative.app.setting import Setting
from declarative.model.address import Address
from declarative.model.record import Bound, Record
from declarative.model.state import State
from declarative.protocols import StartRequest
from declarative.state.codec import Encoder, decode
from declarative.testing.clock import StillClock
from declarative.testing.providers import MemoryEngine, MemoryProvider, Script

LONG, STUBBORN, PAUSED = (f"dfqaaaaaaaaaaaaaaaa{n}" for n in (1, 2, 3))
WORKFLOWS = {
    LONG: Script(duration=math.inf),
    STUBBORN: Script(duration=math.inf, ignores_stop=True),
    PAUSED: Script(duration=math.inf, pauses_after=0.0),
}


class Place:
    """`entries`: YAML of the executions, by name."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, entries: Mapping[str, str]) -> None:
        self.clock = StillClock()
        self.provider = MemoryProvider(MemoryEngine(self.clock, WORKFLOWS))
        self.setting = Setting(str(folder), self.clock, {})
        self._state = folder / ".declarative/default/state.json"
        self._state.parent.mkdir(parents=True)
        lines = "".join(f"  {name}: {entry}\n" for name, entry in entries.items())
        head = "version: 1\nname: shop\ndefaults: {provider: yandex}\nexecutions:\n"
        (folder / "declarative.yaml").write_text(head + lines)
        for module in (editing, importing):
            patch.setattr(module, "opened_engines", self._engines)

    @contextmanager
    def _engines(self, *given: object, **named: object) -> Iterator[Engines]:
        yield Engines({"yandex": self.provider}, {"memory": self.provider}, {})

    def started(self, workflow: str, input_json: str = "{}") -> Bound:
        """An execution that runs, as a record keeps it."""
        attempt = f"attempt-{len(self.provider.engine.starts)}"
        made = self.provider.start(StartRequest(workflow, input_json, attempt, math.inf))
        return Bound(made.execution_id, "spec", 1, "memory", workflow, workflow, "1")

    def write(self, records: Mapping[Address, Record]) -> None:
        self._state.write_bytes(Encoder().encode(State("lineage", "shop", serial=1, records=records)))

    def record(self, address: Address) -> Record:
        return decode(self._state.read_bytes(), "tests").records[address]
