"""What is left of results once the engine has forgotten them, and what plans and outputs say of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from story_person import bound_id, engine_of, has_settled, state_of, tool, until

MADE = """yawl: "1.0"
start: make
steps:
  make:
    noOp: {output: '\\({path: .day, rows: {good: 1, bad: 2}, large: "not kept"})'}
"""
SHOP = """version: 1
name: shop
variables:
  region: {default: eu}
  token: {default: s3cr3t-token, sensitive: true}
executions:
  extract: {workflow: workflows/make.yaml, input: {day: mon}}
  load: {workflow: workflows/make.yaml, input: {day: '${executions.extract.result.path}'}}
outputs:
  rows: '${executions.extract.result.rows.good}'
  of: '${executions.load.input.day}'
  status: '${executions.load.status}'
"""


@pytest.fixture
def shop(folder: Path, user: pytest.MonkeyPatch) -> Iterator[Path]:
    (folder / "workflows/make.yaml").write_text(MADE)
    (folder / "declarative.yaml").write_text(SHOP)
    user.chdir(folder)
    assert tool("apply", "--auto-approve", "--wait")[0] == 0
    yield folder


def forget_everything(shop: Path) -> None:
    with engine_of(shop) as engine:
        until(lambda: has_settled(engine), "the engine to settle")
    (store,) = shop.glob(".declarative/default/engine/*.sqlite3")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("delete from entries")
        connection.execute("delete from executions")


def edit(shop: Path, old: str, new: str) -> None:
    text = (shop / "declarative.yaml").read_text()
    assert old in text
    (shop / "declarative.yaml").write_text(text.replace(old, new))


def kept(shop: Path, name: str) -> Any:
    return next(one for one in state_of(shop)["records"] if one["name"] == name)["current"].get("results")


def output(*words: str) -> Any:
    return json.loads(tool("output", *words, "--json")[1])


def test_only_what_is_read_is_kept_and_it_lasts(shop: Path) -> None:
    assert kept(shop, "extract") == {"/path": "mon", "/rows/good": 1}
    assert kept(shop, "load") is None
    forget_everything(shop)
    assert "No changes." in tool("plan")[1]
    assert {name: found["value"] for name, found in output().items()} == {
        "rows": 1,
        "of": "mon",
        "status": "FINISHED",
    }


def test_what_is_read_newly_is_read_again_and_kept(shop: Path) -> None:
    edit(shop, "rows.good", "rows.bad")
    assert output("rows")["rows"]["value"] == 2
    assert "No changes." in tool("apply", "--auto-approve")[1]
    assert kept(shop, "extract") == {"/path": "mon", "/rows/bad": 2}


def test_what_is_gone_is_said_and_blocks_only_who_reads_it(shop: Path) -> None:
    forget_everything(shop)
    edit(shop, "rows.good", "large")
    assert "No changes." in tool("plan")[1]
    code, _, stderr = tool("output", "rows")
    assert code == 1 and "reads of the result of extract, which is gone" in stderr
    assert "rows   = (not available:" in tool("output")[1]
    edit(shop, "result.path", "result.rows.bad")
    assert "load is blocked: result unavailable" in tool("plan")[1]


def test_an_output_that_is_not_known_yet_is_no_null(shop: Path) -> None:
    edit(shop, "outputs:", "  late: {workflow: workflows/make.yaml, input: {day: tue}}\noutputs:")
    edit(shop, "${executions.load.status}", "${executions.late.result.path}")
    code, stdout, stderr = tool("output", "status")
    assert (code, stdout) == (1, "")
    assert "The output status is not known yet" in stderr and "It waits for late" in stderr


def test_a_plan_tells_its_variables_and_outputs(shop: Path) -> None:
    document = json.loads(tool("plan", "--json")[1])
    assert document["variables"] == {"region": {"value": "eu"}}, "sensitive ones are left out"
    assert document["output_changes"]["rows"]["after"] == 1
    assert document["output_changes"]["rows"]["actions"] == ["no-op"]


def test_what_moved_since_is_in_the_plan_also_after_a_rename(shop: Path) -> None:
    edit(shop, "outputs:", "  old: {workflow: workflows/long.yaml}\noutputs:")
    tool("apply", "--auto-approve")
    with engine_of(shop) as engine:
        engine.terminate(bound_id(shop, "old"))
        until(lambda: not engine.get(bound_id(shop, "old")).is_active, "it to stop")
    edit(shop, "  old: {", "  new: {moved_from: old, ")
    assert tool("drift")[0] == 2
    drifted = json.loads(tool("plan", "--json")[1])["resource_drift"]
    assert [one["address"] for one in drifted] == ["new"]


def test_a_reference_to_nothing_names_its_place_and_the_remedy(shop: Path) -> None:
    edit(shop, "result.path", "result.pth")
    told = " ".join(tool("plan")[1].split())
    assert "load is blocked: empty reference" in told
    assert 'declarative.yaml line 8: There is no key "pth". Did you mean "path"?' in told.replace("# ", "")


def test_two_names_for_one_engine(shop: Path) -> None:
    edit(shop, "executions:\n", "providers: {embedded: {}, second: {type: embedded}}\nexecutions:\n")
    edit(shop, "version: 1\n", "version: 1\ndefaults: {provider: embedded}\n")
    edit(shop, "outputs:", "  other: {workflow: workflows/quick.yaml, provider: second}\noutputs:")
    assert tool("apply", "--auto-approve", "--wait")[0] == 0
    assert "No changes." in tool("plan")[1]
