"""Lists the steps of a workflow that need something from outside of it."""

from __future__ import annotations

from collections.abc import Iterator

from declarative.engine.steps.cloud import CloudCall
from declarative.engine.steps.integration import Integration
from declarative.engine.steps.workflow_call import WorkflowCall
from declarative.engine.workflow import Block, CloudStep, NestedWorkflow, Step, quoted


def walk(block: Block, prefix: str = "") -> Iterator[tuple[str, Step]]:
    """Every step with its path in the file: as in a journal, without the numbers of items and visits."""
    for step in block.steps.values():
        path = prefix + quoted(step.id)
        yield path, step
        for name, inner in step.body.blocks.items():
            yield from walk(inner, f"{path}.{quoted(name)}/" if name else f"{path}/")


def cloud_steps(block: Block) -> Iterator[CloudStep]:
    for path, step in walk(block):
        match step.body:
            case Integration(call=CloudCall()):
                yield CloudStep(path, step.id, step.key, step.span)


def nested_workflows(block: Block) -> Iterator[NestedWorkflow]:
    for path, step in walk(block):
        match step.body:
            case Integration(call=WorkflowCall(workflow_id=workflow_id)):
                yield NestedWorkflow(path, step.id, workflow_id, step.span)
