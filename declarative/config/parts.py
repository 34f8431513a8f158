"""A value of the file: as it is written, or with the template that makes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from declarative.config.expressions import (
    Template,
    compile_value,
    literal,
    not_allowed,
    sensitive_not_allowed,
)
from declarative.config.merge import Placed
from declarative.config.scope import Scope
from declarative.diagnostics import Diagnostic, errors_in
from declarative.model.json import Json

STATIC = frozenset({"var", "environment"})
INSTANCE = STATIC | {"each"}
KEYS = STATIC | {"executions"}
ALL = INSTANCE | {"executions"}


@dataclass(frozen=True, slots=True)
class Part:
    """`value` is what a part without template means; `where` names it for a person."""

    where: str
    placed: Placed
    value: Json
    template: Template | None = None

    def reads(self, root: str) -> bool:
        """`root`: var, each, environment or executions."""
        return self.template is not None and any(name[0] == root for name in self.template.names)

    def evaluate(self, scope: Scope, may_be_sensitive: bool = False) -> tuple[Json, list[Diagnostic]]:
        """The value in this scope; None where there is a problem."""
        if self.template is None:
            return self.value, []
        evaluated = self.template.evaluate(scope)
        if evaluated.problem is not None:
            return None, [evaluated.problem]
        if evaluated.sensitive and not may_be_sensitive:
            return None, sensitive_not_allowed(self.template, evaluated, self.where)
        return evaluated.value, []


def compiled(where: str, placed: Placed, allowed: Collection[str]) -> tuple[Part, list[Diagnostic]]:
    """`allowed`: the names that expressions may use there."""
    template, problems = compile_value(placed.value, placed.path, placed.document)
    if template is None:
        return Part(where, placed, None if errors_in(problems) else literal(placed.value)), problems
    if allowed is not ALL:
        problems = problems + not_allowed(template, allowed)
    return Part(where, placed, None, template), problems
