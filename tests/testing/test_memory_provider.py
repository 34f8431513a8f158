"""The test double is itself a conforming provider, in every shape the capabilities allow."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from declarative.model.execution import ExecutionError
from declarative.protocols import Capabilities, Provider, Reader
from declarative.testing.clock import StillClock
from declarative.testing.providers import (
    Conditions,
    MemoryEngine,
    MemoryProvider,
    MemoryReader,
    ProviderConformance,
    Sample,
    Script,
)

WORKFLOWS = {
    "wf-done": Script(duration=2, queued=1, result_json='{"total": 3}'),
    "wf-bad": Script(duration=1, error=ExecutionError("STEP_FAIL", "no")),
    "wf-endless": Script(duration=math.inf),
}


class TestMemoryProvider(ProviderConformance):
    capabilities = Capabilities()
    conditions = Conditions()

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.clock = StillClock()
        self.engine = MemoryEngine(self.clock, WORKFLOWS, self.capabilities, self.conditions)

    def open_provider(self) -> Provider:
        return MemoryProvider(self.engine)

    def open_reader(self) -> Reader:
        return MemoryReader(self.engine)

    def finishing(self) -> Sample:
        return Sample("wf-done", result_json='{"total": 3}')

    def failing(self) -> Sample:
        return Sample("wf-bad")

    def endless(self) -> Sample:
        return Sample("wf-endless")


class TestMemoryProviderThatHonoursKeys(TestMemoryProvider):
    capabilities = Capabilities(idempotent_start=True, settle=0)


class TestMemoryProviderWithClientIds(TestMemoryProvider):
    capabilities = Capabilities(client_ids=True)


class TestMemoryProviderUnderPoorConditions(TestMemoryProvider):
    conditions = replace(Conditions(), list_lag=5, page_size_max=1, narrows=False)
