"""What a workflow needs from outside of itself and will not find on this machine, as warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from declarative.diagnostics import Diagnostic, Severity
from declarative.engine.mocks import Mocks
from declarative.engine.workflow import CloudStep, NestedWorkflow, Workflow

_HINT = "Give it an answer under providers.embedded.mocks."


def missing(workflow: Workflow, mocks: Mocks, is_known: Callable[[str], bool]) -> Iterator[Diagnostic]:
    """The steps that will fail here. `is_known`: whether a name is that of a workflow on this machine."""
    yield from map(_cloud_step, workflow.unanswered(mocks))
    for step in workflow.nested_unanswered(mocks):
        if not is_known(step.workflow_id):
            yield _unknown_workflow(step)


def _cloud_step(step: CloudStep) -> Diagnostic:
    return Diagnostic(
        "cloud_step",
        f"The step {step.path} is a {step.key}, which needs the cloud",
        "On this machine it fails with STEP_FAILED_PRECONDITION.",
        hint=_HINT,
        severity=Severity.WARNING,
        span=step.span,
    )


def _unknown_workflow(step: NestedWorkflow) -> Diagnostic:
    return Diagnostic(
        "nested_workflow",
        f"The step {step.path} runs the workflow {step.workflow_id}, which is not known here",
        "On this machine it fails with STEP_INVALID_ARGUMENT.",
        hint=f"Say under workflows which file that is: {{embedded: PATH, yandex: {step.workflow_id}}}.",
        severity=Severity.WARNING,
        span=step.span,
    )
