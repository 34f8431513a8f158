"""Writes what is measured: the same number of declarations for this tool and for Terraform."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

WORKFLOWS = 5
_WORKFLOW = """yawl: "1.0"
start: a
steps: {a: {noOp: {output: '\\({ok: true})'}}}
"""


def declaration(index: int, changed: int) -> dict[str, object]:
    """The input of one execution; the first `changed` differ from what was started."""
    value = index + 1_000_000 if index < changed else index
    return {"number": value, "name": f"item {value}"}


def write_workflows(folder: Path) -> list[str]:
    """The paths of the workflow files, from `folder`."""
    (folder / "workflows").mkdir(parents=True, exist_ok=True)
    names = [f"workflows/w{index}.yaml" for index in range(WORKFLOWS)]
    for name in names:
        (folder / name).write_text(_WORKFLOW, encoding="utf-8")
    return names


def write_ours(folder: Path, count: int, workflows: list[str], endpoint: str = "", changed: int = 0) -> None:
    """`endpoint`: of a served engine, whose workflows' ids are given; else the embedded engine is used."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["version: 1", "name: speed"]
    if endpoint:
        lines += ["providers:", f"  yandex: {{endpoint: '{endpoint}', folder_id: b1g}}"]
    lines += ["workflows:", *(f"  w{index}: {name}" for index, name in enumerate(workflows)), "executions:"]
    for index in range(count):
        value = declaration(index, changed)
        lines += [f"  e{index}:", f"    workflow: w{index % WORKFLOWS}", "    input:"]
        lines += [f"      number: {value['number']}", f"      name: {value['name']}"]
    (folder / "declarative.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_theirs(folder: Path, count: int, changed: int = 0, applied: bool = False) -> None:
    """`terraform_data`, which is built in and makes no call. `applied`: with the state that apply leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    resources = {f"e{index}": {"input": declaration(index, changed)} for index in range(count)}
    text = json.dumps({"resource": {"terraform_data": resources}})
    (folder / "main.tf.json").write_text(text, encoding="utf-8")
    if applied:
        (folder / "terraform.tfstate").write_text(json.dumps(_state(count)), encoding="utf-8")


def _state(count: int) -> dict[str, object]:
    return {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": str(uuid.uuid4()),
        "outputs": {},
        "resources": [_resource(index) for index in range(count)],
        "check_results": None,
    }


def _resource(index: int) -> dict[str, object]:
    value = {"value": declaration(index, 0), "type": ["object", {"name": "string", "number": "number"}]}
    attributes = {"id": str(uuid.uuid4()), "input": value, "output": value, "triggers_replace": None}
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": f"e{index}",
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }
