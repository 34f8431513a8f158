"""A YaWL text -> checked Workflow, or every problem in it with file, line and column.

The published JSON schema of the language is years behind the service, so the language is written down in the
readers of `steps`, not there.
"""

from __future__ import annotations

from decimal import Decimal

from declarative.diagnostics import Diagnostic, did_you_mean, errors_in
from declarative.engine.checks import idle_loops
from declarative.engine.fields import Fields, Reading
from declarative.engine.listing import cloud_steps, nested_workflows
from declarative.engine.policies import read_policy
from declarative.engine.retry import RetryPolicy
from declarative.engine.steps import READERS
from declarative.engine.steps.noop import NoOp
from declarative.engine.workflow import Block, Step, Workflow
from declarative.source import read

_VERSIONS = ("0.1", "1.0")
_STEP_FIELDS = ("title", "description")
_INSIDE_FIELDS = ("input", "output", "next", "timeout", "retryPolicy", "catch")
_STAND_IN = NoOp(next=None, output=None)


def read_workflow(text: str, file: str) -> tuple[Workflow | None, list[Diagnostic]]:
    """All problems of one workflow in one run; a Workflow only when none of them is an error."""
    document, problems = read(text, file)
    if document is None:
        return None, problems
    reading = Reading(document, problems)
    workflow = _workflow(reading)
    problems.sort(key=lambda problem: (problem.span.line, problem.span.column) if problem.span else (0, 0))
    return (None if errors_in(problems) else workflow), problems


def _workflow(reading: Reading) -> Workflow:
    fields = reading.fields((), reading.document.value, "A workflow")
    _version(fields)
    policy = read_policy(fields.inside("defaultRetryPolicy")) if fields.has("defaultRetryPolicy") else None
    fields.value("defaultRetryPolicy")
    block = _Reader(reading, policy).block(fields)
    if not errors_in(reading.problems):
        reading.problems += idle_loops(block)
    return Workflow(block, tuple(cloud_steps(block)), tuple(nested_workflows(block)))


def _version(fields: Fields) -> None:
    found = fields.value("yawl", required=True)
    if isinstance(found, (int, float, Decimal)) and f"{float(found):.1f}" in _VERSIONS:
        fields.warning("yawl_version", "yawl", "The version is a text, not a number", "Quote it.")
    elif fields.has("yawl") and found not in _VERSIONS:
        fields.problem("yawl", f"The version must be one of {', '.join(map(repr, _VERSIONS))}")


class _Reader:
    """Reads blocks within blocks."""

    def __init__(self, reading: Reading, default_retry: RetryPolicy | None) -> None:
        self._reading = reading
        self.default_retry = default_retry

    def block(self, fields: Fields) -> Block:
        """Reads `start` and `steps`, and checks that every step named in it is there."""
        outer, self._reading.references = self._reading.references, []
        start = fields.reference("start", required=True)
        inside = fields.inside("steps")
        if fields.has("steps") and isinstance(fields.values["steps"], dict) and not inside.values:
            fields.problem("steps", "There must be at least one step")
        steps = {name: self._step(name, inside) for name in inside.values}
        fields.done()
        self._check_references(inside)
        self._reading.references = outer
        return Block(start or "", steps)

    def _check_references(self, steps: Fields) -> None:
        for path, named in self._reading.references:
            if named not in steps.values and steps.values:
                hint = did_you_mean(named, steps.values)
                hint = hint or "A step can only be named within the same steps."
                self._reading.problem("yawl_reference", f"There is no step {named} here", path, hint)

    def _step(self, name: str, steps: Fields) -> Step:
        path = steps.at(name)
        fields = self._reading.fields(path, steps.value(name), f"The step {name}")
        if not name:
            self._reading.problem("yawl_value", "A step id is empty", path, key=True)
        title, description = (fields.text(field) for field in _STEP_FIELDS)
        key = self._type_of(fields)
        fields.forgive()
        if key is None:
            return Step(name, "", "", _STAND_IN, self._reading.document.span(path, key=True))
        inner = fields.inside(key)
        body = READERS[key](inner, self)
        inner.done()
        span = self._reading.document.span(path, key=True)
        return Step(name, key[0].upper() + key[1:], key, body, span, title, description)

    def _type_of(self, fields: Fields) -> str | None:
        """The one step type of a step; anything else is a problem."""
        keys = [key for key in fields.values if key not in _STEP_FIELDS]
        for key in keys:
            if key not in READERS:
                self._unknown_type(fields, key)
        types = [key for key in keys if key in READERS]
        if len(types) > 1:
            summary = f"{fields.what} has several types: {', '.join(types)}"
            self._reading.problem("yawl_step_type", summary, fields.at(types[1]), key=True)
        elif not keys and not fields.broken:
            hint = "Name one, such as noOp or httpCall."
            self._reading.problem("yawl_step_type", f"{fields.what} has no type", fields.path, hint, key=True)
        return types[0] if len(types) == 1 else None

    def _unknown_type(self, fields: Fields, key: str) -> None:
        hint = did_you_mean(key, READERS)
        if key in _INSIDE_FIELDS:
            hint = "It belongs inside the step's type, beside that type's own fields."
        summary = f"There is no step type {key}"
        self._reading.problem("yawl_step_type", summary, fields.at(key), hint, key=True)
