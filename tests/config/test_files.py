"""Which files make a configuration, how they are joined, and that nothing outside the folder is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from config_folder import Brief, Folder, only

LOAD = "executions: {load: {workflow: flow.yaml}}\n"


def test_files_beside_and_included_are_joined_in_order(folder: Folder) -> None:
    folder.write("b.declarative.yaml", "executions: {second: {workflow: flow.yaml}}\n")
    folder.write("a.declarative.yaml", "executions: {first: {workflow: flow.yaml}}\n")
    folder.write("teams/dwh/night.yaml", "executions: {third: {workflow: ../../flow.yaml}}\n")
    found = folder.load(f"include: ['teams/**/*.yaml']\n{LOAD}")
    assert found.desired is not None
    assert found.desired.entry_names == ("load", "first", "second", "third")
    assert [*found.sources] == [
        *("declarative.yaml", "a.declarative.yaml", "b.declarative.yaml", "teams/dwh/night.yaml")
    ]


def test_an_included_file_may_include_others_relative_to_itself_each_read_once(folder: Folder) -> None:
    folder.write("parts/one.yaml", "include: [two.yaml, ../declarative.yaml]\n")
    folder.write("parts/two.yaml", "include: [one.yaml]\nexecutions: {two: {workflow: ../flow.yaml}}\n")
    assert folder.desired("include: [parts/one.yaml, parts/two.yaml]\n").entry_names == ("two",)


def test_hidden_files_are_not_read(folder: Folder) -> None:
    folder.write(".#a.declarative.yaml", "not: [a configuration")
    folder.write("parts/.b.yaml", "not: [a configuration")
    folder.write("parts/c.yaml", "")
    assert folder.load(f"include: [parts/*]\n{LOAD}").diagnostics == []


def test_a_folder_without_configuration_says_how_to_begin(folder: Folder) -> None:
    problem = only(folder.load())
    assert problem.code == "no_configuration"
    assert "declarative init" in problem.hint


@pytest.mark.parametrize("name", ["declarative.yml", "orders.declarative.yaml", ".declarative.yml"])
def test_a_main_file_by_another_name_is_pointed_at(folder: Folder, name: str) -> None:
    folder.write(name, "version: 1\n")
    assert (name in only(folder.load()).hint) is not name.startswith(".")


def test_a_folder_that_is_not_there_is_named(folder: Folder) -> None:
    assert only(folder.load(directory="nowhere")).summary == "There is no folder nowhere"


def test_a_file_that_is_nearly_read_is_warned_about(folder: Folder) -> None:
    folder.write("night.declarative.yml", "executions: {night: {workflow: flow.yaml}}\n")
    found = folder.load(LOAD)
    assert found.desired is not None
    assert only(found).summary == "night.declarative.yml is not read"


def test_files_are_named_from_the_current_directory(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("infra/orders/declarative.yaml", "version: 2\n")
    assert [*folder.load(directory="infra/orders").sources] == ["infra/orders/declarative.yaml"]
    monkeypatch.chdir(folder.root / "infra")
    assert [*folder.load(directory=str(folder.root / "infra/orders")).sources] == ["orders/declarative.yaml"]
    monkeypatch.chdir(folder.root / "infra/orders")
    assert [*folder.load(directory="../orders").sources] == ["declarative.yaml"]


def test_a_folder_elsewhere_keeps_the_name_that_was_typed(folder: Folder) -> None:
    folder.write("here/flow.yaml", "")
    folder.write("there/declarative.yaml", "version: 2\n")
    os.chdir(folder.root / "here")
    problem = only(folder.load(directory="../there"))
    assert problem.span is not None
    assert problem.span.file == "../there/declarative.yaml"


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        ("executions", "load: {workflow: flow.yaml}"),
        ("workflows", "load: flow.yaml"),
        ("variables", "load: {default: 1}"),
        ("outputs", "load: 1"),
        ("groups", "load: {max_active: 1}"),
        ("providers", "load: {type: embedded}"),
        ("safety", "max_stops: 3"),
    ],
)
def test_a_name_given_twice_is_shown_at_both_places(folder: Folder, section: str, entry: str) -> None:
    folder.write("b.declarative.yaml", f"\n{section}:\n    {entry}\n")
    problem = only(folder.load(f"{section}:\n  {entry}\n"))
    name = entry.partition(":")[0]
    assert (problem.code, problem.summary) == ("duplicate_name", f"{section}.{name} is given twice")
    (note,) = problem.notes
    assert problem.span is not None
    assert (problem.span.file, problem.span.line, problem.span.column) == ("b.declarative.yaml", 3, 5)
    assert (note.span.file, note.span.line, note.span.column) == ("declarative.yaml", 3, 3)


@pytest.mark.parametrize(
    "key", ["version: 1", "name: orders", "backend: {local: {}}", "defaults: {run: once}"]
)
def test_some_keys_stand_in_one_file_only(folder: Folder, key: str, brief: Brief) -> None:
    folder.write("b.declarative.yaml", f"{key}\n")
    found = folder.load("" if key.startswith("version") else f"{key}\n")
    name = key.partition(":")[0]
    assert brief(found) == [("duplicate_name", f'The key "{name}" stands in one file only')]


def test_keys_beginning_with_x_are_the_home_of_anchors(folder: Folder) -> None:
    desired = folder.desired(
        """
        x-night: &night {max_active: 2, labels: {shift: night}}
        executions:
          load: {<<: *night, workflow: flow.yaml}
        """
    )
    (load,) = desired.instances.values()
    assert (load.policies.max_active, load.policies.labels) == (2, {"shift": "night"})


def test_problems_of_all_files_come_in_one_run_in_their_order(folder: Folder, brief: Brief) -> None:
    folder.write("a.declarative.yaml", "executions: {a: {workflow: flow.yaml, run: x}}\n")
    folder.write("b.declarative.yaml", "executions: [\n")
    folder.write("c.declarative.yaml", "executions: {c: {workflow: flow.yaml, depends_on: [b]}}\n")
    found = folder.load("executions: {load: {inptu: 1, workflow: flow.yaml}}\n")
    assert [code for code, _ in brief(found)] == ["unknown_key", "wrong_value", "yaml_syntax"]


# ── what must not be read ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("elsewhere") / "secret.yaml"
    path.write_text("password: hunter2\n")
    return path


def test_links_out_of_the_folder_are_refused_unread(folder: Folder, secret: Path) -> None:
    (folder.root / "b.declarative.yaml").symlink_to(secret)
    found = folder.load(LOAD)
    assert only(found).code == "outside_folder"
    assert not any("hunter2" in text for text in found.sources.values())


def test_even_the_main_file_is_no_way_out(folder: Folder, secret: Path) -> None:
    (folder.root / "declarative.yaml").symlink_to(secret)
    assert only(folder.load()).code == "outside_folder"


@pytest.mark.parametrize("pattern", ["{secret}", "../{parent}/*.yaml", ".git/config", "link/secret.yaml"])
def test_no_include_leads_out(folder: Folder, secret: Path, pattern: str) -> None:
    folder.write(".git/config", "token: hunter2\n")
    (folder.root / "link").symlink_to(secret.parent)
    relative = os.path.relpath(secret.parent, folder.root)
    pattern = pattern.format(secret=secret, parent=relative.removeprefix("../"))
    found = folder.load(f"include: ['{pattern}']\n{LOAD}")
    assert {problem.code for problem in found.diagnostics} == {"outside_folder"}
    assert not any("hunter2" in text for text in found.sources.values())


def test_a_link_inside_the_folder_is_followed(folder: Folder) -> None:
    folder.write("v2/declarative.yaml", f"version: 1\n{LOAD}")
    (folder.root / "declarative.yaml").symlink_to("v2/declarative.yaml")
    assert folder.load().desired is not None


def test_a_pipe_is_refused_without_waiting_for_it(folder: Folder) -> None:
    os.mkfifo(folder.root / "b.declarative.yaml")
    assert only(folder.load(LOAD)).summary == "b.declarative.yaml is not a regular file"


def test_text_that_is_not_utf8_is_placed(folder: Folder) -> None:
    (folder.root / "b.declarative.yaml").write_bytes("# caf\u00e9\n# caf\u00e9 ".encode() + b"\xe9\n")
    problem = only(folder.load(LOAD))
    assert problem.code == "encoding"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (2, 8)


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Folder) -> None:
    (folder.root / "declarative.yaml").write_bytes(b"\xef\xbb\xbfversion: 2\n" + LOAD.encode())
    found = folder.load()
    problem = only(found)
    assert problem.span is not None
    assert (problem.code, problem.span.column) == ("version", 10)
    assert found.sources["declarative.yaml"].startswith("version")


def test_an_include_of_a_folder_is_refused(folder: Folder) -> None:
    folder.write("parts/a.yaml", "")
    assert only(folder.load("include: [parts]\n")).summary == "parts is not a regular file"


def test_an_include_with_control_characters_matches_nothing(folder: Folder) -> None:
    assert only(folder.load('include: ["a\\0b"]\n')).code == "include_not_found"
