"""The published schemas are the ones the code means; GOLDEN=write writes them anew."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from schema_checks import is_schema

from declarative.render.dump import JsonObject
from declarative.render.events_schema import events_schema
from declarative.render.plan_schema import plan_schema

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize(("name", "schema"), [("plan", plan_schema), ("events", events_schema)])
def test_the_file_is_what_the_code_says(name: str, schema: Callable[[], JsonObject]) -> None:
    path = SCHEMAS / f"{name}.schema.json"
    text = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("schema", [plan_schema, events_schema])
def test_it_is_a_schema(schema: Callable[[], JsonObject]) -> None:
    assert is_schema(schema())
