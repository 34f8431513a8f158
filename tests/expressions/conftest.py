"""Fixtures over the surroundings in orders.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from orders import ENTRIES, VARIABLES, Finished, template

from declarative.config import expressions
from declarative.config.folder import Folder
from declarative.config.scope import Each, Executions, Scope
from declarative.diagnostics import Diagnostic
from declarative.model.desired import Evaluated
from declarative.model.json import Json

Evaluate = Callable[..., Evaluated]


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    each = Each("2026-11-01/eu", {"day": "2026-11-01", "region": "eu"})
    return Scope(VARIABLES, "prod", Folder(tmp_path), each, Executions(ENTRIES))


@pytest.fixture
def evaluate(scope: Scope) -> Evaluate:
    """Evaluates an input of one leaf, over executions that have finished with these results."""

    def evaluated(value: str, results: dict[str, Json] | None = None) -> Evaluated:
        return expressions.ExpressionInput(template(value), scope).evaluate(Finished(results or {}))

    return evaluated


@pytest.fixture
def value_of(evaluate: Evaluate) -> Callable[..., Json]:
    def value(text: str, results: dict[str, Json] | None = None) -> Json:
        evaluated = evaluate(text, results)
        assert evaluated.problem is None, evaluated.problem
        assert not evaluated.unknown
        return evaluated.value

    return value


@pytest.fixture
def problem_of(evaluate: Evaluate) -> Callable[..., Diagnostic]:
    def problem(text: str, results: dict[str, Json] | None = None) -> Diagnostic:
        evaluated = evaluate(text, results)
        assert evaluated.problem is not None, evaluated.value
        return evaluated.problem

    return problem
