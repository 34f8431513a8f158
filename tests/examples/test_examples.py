"""The examples as a reader tries them: validated, planned, applied to the end, found converged, destroyed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import declarative
from declarative import source

ROOT = Path(declarative.__file__).parents[1]
EXAMPLES = {path.name: path for path in (ROOT / "examples").iterdir() if path.is_dir()}
CODES = {"failing": [0, 2, 3, 2, 0, 0], "consumers": [0, 2, 0, 0, 3, 2]}
"""Of validate, plan, apply, plan, destroy, plan -destroy: where something fails, or is protected."""
ENDS = {"consumer": "1 RUNNING", "consumers": "3 RUNNING", "failing": "1 FINISHED"}
FIRST_LINE = "# yaml-language-server: $schema="


def run(folder: Path, *words: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECLARATIVE_")}
    kept.pop("CI", None)
    if (folder / "declarative.yaml").is_file() and "\nenvironments:" in (
        folder / "declarative.yaml"
    ).read_text():
        kept["DECLARATIVE_ENV"] = "dev"
    done = subprocess.run(
        [sys.executable, "-m", "declarative", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=sorted(EXAMPLES))
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES[request.param], folder, ignore=shutil.ignore_patterns(".declarative"))
    yield folder
    # A runner leaves when its database is gone.
    shutil.rmtree(folder / ".declarative", ignore_errors=True)


def test_it_works_as_it_is_written(example: Path) -> None:
    validated = run(example, "validate")
    planned = run(example, "plan", "-detailed-exitcode")
    applied = run(example, "apply", "-auto-approve", "--wait")
    status = run(example, "status")
    again = run(example, "plan", "-detailed-exitcode")
    destroyed = run(example, "destroy", "-auto-approve")
    rest = run(example, "plan", "-destroy", "-detailed-exitcode")
    answers = [validated, planned, applied, again, destroyed, rest]
    assert [code for code, _ in answers] == CODES.get(example.name, [0, 2, 0, 0, 0, 0]), answers
    assert ENDS.get(example.name, "FINISHED") in status[1]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_editors_find_its_schema(name: str) -> None:
    file = EXAMPLES[name] / "declarative.yaml"
    first = file.read_text().splitlines()[0]
    assert first.startswith(FIRST_LINE)
    assert (EXAMPLES[name] / first.removeprefix(FIRST_LINE)).resolve() == ROOT / "schemas/config.schema.json"
    assert (ROOT / "schemas/config.schema.json").is_file()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_it_is_valid_to_editors(name: str) -> None:
    schema = published("config")
    found, _ = source.read((EXAMPLES[name] / "declarative.yaml").read_text(), "declarative.yaml")
    assert found is not None and isinstance(found.value, dict)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    jsonschema.validate(found.value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found.value, "executionz": {}}, schema)


@pytest.mark.parametrize("which", ["config", "plan", "state", "events"])
def test_published_schemas_are_what_the_tool_prints(which: str, tmp_path: Path) -> None:
    code, said = run(tmp_path, "schema", which)
    assert code == 0
    assert json.loads(said) == published(which)


def published(which: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"schemas/{which}.schema.json").read_text())
    return found
