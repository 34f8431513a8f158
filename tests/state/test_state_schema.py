"""The published schema of the state is the one the codec means; GOLDEN=write writes it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from declarative.state.codec import decode
from declarative.state.schema import state_schema

GOLDEN = Path(__file__).parent / "golden_state_v1.json"
PUBLISHED = Path(__file__).parents[2] / "schemas/state.schema.json"


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text())
    return found


def fits(document: object) -> bool:
    return bool(jsonschema.Draft202012Validator(state_schema()).is_valid(document))


def test_the_published_file_is_what_the_code_says() -> None:
    text = json.dumps(state_schema(), indent=2) + "\n"
    if os.environ.get("GOLDEN") == "write":
        PUBLISHED.write_text(text, encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(state_schema())
    assert PUBLISHED.read_text(encoding="utf-8") == text


def test_a_state_with_everything_in_it_fits(document: dict[str, Any]) -> None:
    decode(GOLDEN.read_bytes(), "golden")
    assert fits(document)


def test_what_the_codec_refuses_does_not_fit(document: dict[str, Any]) -> None:
    for spoil in (
        {"unheard_of": 1},
        {"serial": "7"},
        {"version": 2},
        {"records": [{"key": "without a name"}]},
        {"records": [{"name": "load", "current": {"id": "dfq1"}}]},
        {"records": [{"name": "load", "spent": [["dfq0"]]}]},
        {"records": [{"name": "load", "wrong": 1}]},
    ):
        assert not fits({**document, **spoil}), spoil
