"""The JSON Schema that editors use says what loading says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from declarative import source
from declarative.config.json_schema import config_schema

BROKEN = Path(__file__).parent / "broken"
PUBLISHED = Path(__file__).parents[2] / "schemas" / "config.schema.json"
SHAPES = {"unknown_key", "wrong_type", "wrong_value", "bad_name", "duration", "backend", "version"}
"""What an editor can see without evaluating anything."""


def is_valid(text: str) -> bool:
    document, _ = source.read(text, "declarative.yaml")
    assert document is not None
    return bool(Draft7Validator(config_schema()).is_valid(document.value))


def codes(case: str) -> set[str]:
    lines = (BROKEN / f"{case}.expected").read_text().splitlines()
    return {line.split(": ")[1].split()[1] for line in lines if not line.startswith("    ")}


SEEN = sorted(
    path.stem
    for path in BROKEN.glob("*.yaml")
    if codes(path.stem) & SHAPES and not path.stem.startswith(("yaml", "expression_makes"))
)


def test_the_published_schema_is_the_one_in_force() -> None:
    assert json.loads(PUBLISHED.read_text()) == config_schema(), "write it anew: declarative schema config"


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(config_schema())


@pytest.mark.parametrize("case", SEEN)
def test_what_has_the_wrong_shape_is_seen_in_the_editor(case: str) -> None:
    assert not is_valid((BROKEN / f"{case}.yaml").read_text())


EVALUATED = sorted(
    path.stem for path in BROKEN.glob("expression_*.yaml") if path.stem != "expression_in_name"
)


@pytest.mark.parametrize(
    "case", [*EVALUATED, "sensitive_in_label", "cycle_of_keys", "revision_unknown_instance"]
)
def test_what_has_the_right_shape_is_left_alone_in_the_editor(case: str) -> None:
    assert is_valid((BROKEN / f"{case}.yaml").read_text())


@pytest.mark.parametrize(
    "text",
    [
        "executions: {load: {workflow: w, run: '${var.run}', stop_timeout: '${var.t}', enabled: '${var.e}'}}",
        "executions: {load: {workflow: {name: w}, rerun_on: ['${var.end}'], labels: '${var.labels}'}}",
        "executions: {load: {workflow: w, for_each: {dates: {from: yesterday, to: today}}}}",
        "executions: {load: {workflow: w, for_each: {matrix: {a: [1]}, exclude: [{a: 1}]}, group: null}}",
        "executions: {load: {workflow: w, for_each: {dates: x, other: y}, depends_on: {a: active}}}",
        "executions: {load: {workflow: w, revision: {eu: 2}, adopt: id, moved_from: 'old[\"eu\"]'}}",
        "backend: {s3: {bucket: '${var.b}'}}\nproviders: {yandex: {max_active: '${var.n}', x: y}, e: }",
        "workflows: {a: {yandex: '${var.id}'}, b: '${var.id}'}\nx-mine: {a: [1]}\nsafety: {max_stops: 3}",
        "environments: {dev: {defaults: {protected: '${var.p}'}, backend: {local: }}, prod: }\nexecutions:",
    ],
)
def test_good_files_are_good(text: str) -> None:
    assert is_valid(f"version: 1\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "name: '${environment}'",
        "executions: {load: {workflow: w, depends_on: '${var.x}'}}",
        "executions: {load: '${var.x}'}",
        "variables: {a: {sensitive: '${environment}'}}",
        "providers: '${var.x}'",
        "executions: {load: {workflow: w, for_each: {dates: {from: today}}}}",
        "executions: {load: {workflow: w, for_each: {matrix: [1]}}}",
    ],
)
def test_expressions_stand_only_where_they_are_evaluated(text: str) -> None:
    assert not is_valid(f"version: 1\n{text}\n")
