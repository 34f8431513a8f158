"""The outputs: values made of results, evaluated when somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping

from declarative.config import parts
from declarative.config.expressions import ExpressionOutput
from declarative.config.inputs import Inputs, NothingYet
from declarative.config.merge import Placed
from declarative.config.parts import Part
from declarative.diagnostics import Diagnostic
from declarative.model.desired import Constant, OutputSource

ALLOWED = parts.KEYS


def compiled(declared: Mapping[str, Placed]) -> tuple[dict[str, Part], list[Diagnostic]]:
    found: dict[str, Part] = {}
    problems: list[Diagnostic] = []
    for name, placed in declared.items():
        found[name], wrong = parts.compiled("outputs", placed, ALLOWED)
        problems += wrong
    return found, problems


def sources(declared: Mapping[str, Part], inputs: Inputs) -> tuple[dict[str, OutputSource], list[Diagnostic]]:
    """What would fail whatever the results are is said now."""
    found: dict[str, OutputSource] = {}
    problems: list[Diagnostic] = []
    for name, part in declared.items():
        if part.template is None:
            found[name] = Constant(part.value)
        elif not inputs.reads_failed(part):
            source = ExpressionOutput(part.template, inputs.scope)
            found[name] = source
            if (problem := source.evaluate(NothingYet()).problem) is not None:
                problems.append(problem)
    return found, problems
