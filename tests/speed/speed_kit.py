"""Ten thousand executions without a network or a clock: engines, records and declarations by the number."""

from __future__ import annotations

from collections.abc import Iterable

from declarative.model.address import Address
from declarative.model.desired import Constant, Desired, Instance, Policies, ProviderSettings, WorkflowRef
from declarative.model.digests import spec_digest
from declarative.model.record import Bound, Outcome, Record
from declarative.protocols import StartRequest
from declarative.testing.clock import StillClock
from declarative.testing.providers import MemoryEngine, MemoryProvider, Script

WORKFLOWS = tuple(f"w{index}" for index in range(5))
_POLICIES = Policies()


def engine_of(script: Script) -> MemoryEngine:
    return MemoryEngine(StillClock(), dict.fromkeys(WORKFLOWS, script))


def workflow_of(index: int) -> str:
    return WORKFLOWS[index % len(WORKFLOWS)]


def start(engine: MemoryEngine, numbers: Iterable[int]) -> list[str]:
    """Ids of executions that somebody has started, one for each number."""
    return [
        engine.accept(
            StartRequest(workflow_of(number), input_json(number), f"attempt-{number}", float("inf")),
            engine.clock.monotonic(),
        ).execution_id
        for number in numbers
    ]


def input_json(number: int) -> str:
    return f'{{"number":{number}}}'


def desired_of(count: int) -> Desired:
    instances = {address: _instance(address, number) for number, address in enumerate(addresses(count))}
    providers = {"memory": ProviderSettings("memory", "memory")}
    return Desired(".", "speed", "", instances, providers)


def addresses(count: int) -> list[Address]:
    return [Address(f"e{number}") for number in range(count)]


def _instance(address: Address, number: int) -> Instance:
    workflow = workflow_of(number)
    reference = WorkflowRef(workflow, workflow)
    return Instance(address, "memory", reference, Constant({"number": number}), _POLICIES)


def record(
    number: int, execution_id: str, provider: MemoryProvider, outcome: Outcome | None = None
) -> Record:
    workflow = workflow_of(number)
    bound = Bound(
        id=execution_id,
        spec=spec_digest(workflow, {"number": number}, (), ()),
        generation=1,
        provider=provider.identity,
        workflow=workflow,
        workflow_id=workflow,
        revision="1",
        outcome=outcome,
    )
    return Record(current=bound, generation=1)
