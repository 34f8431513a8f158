"""The engine as its callers see it: workflows as files, settings, and what it refuses."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from process_kit import CLOUD, ECHO, HOUR, SUM, ended, engine_at, start, until, write_workflow

from declarative.diagnostics import Refused
from declarative.engine.catalogue import workflow_id
from declarative.engine.client import Engine, StartCall
from declarative.engine.errors import FailedPrecondition, InvalidArgument, NotFound
from declarative.engine.settings import Settings
from declarative.engine.workplace import allowing
from declarative.model.execution import Status

SECRET = """
yawl: "1.0"
start: a
steps:
  a: {noOp: {output: '\\({length: (lockboxPayload("vault"; "key") | length)})'}}
"""


def test_a_workflows_id_depends_on_its_path_alone(engine: Engine, tmp_path: Path) -> None:
    """Golden: an id that changed would make every recorded execution one of another workflow."""
    assert workflow_id("workflows/load.yaml") == "embuvu10z2rs1bxvwy4g"
    assert workflow_id("./workflows/../workflows/load.yaml") == workflow_id("workflows/load.yaml")
    (tmp_path / "workflows").mkdir()
    write_workflow(tmp_path, "workflows/load.yaml", SUM)
    assert engine.register("workflows/load.yaml") == workflow_id("workflows/load.yaml")
    assert engine.register(str(tmp_path / "workflows" / "load.yaml")) == workflow_id("workflows/load.yaml")


def test_two_engines_are_told_apart_by_their_databases(tmp_path: Path) -> None:
    with engine_at(tmp_path) as one, engine_at(tmp_path) as same:
        assert uuid.UUID(one.identity)
        assert one.identity == same.identity


def test_a_file_outside_of_the_root_is_no_workflow(engine: Engine, tmp_path: Path) -> None:
    write_workflow(tmp_path.parent, "outside.yaml", SUM)
    (tmp_path / "link.yaml").symlink_to(tmp_path.parent / "outside.yaml")
    for path in ("../outside.yaml", "link.yaml", str(tmp_path.parent / "outside.yaml")):
        with pytest.raises(InvalidArgument, match="outside of"):
            engine.register(path)


def test_a_file_that_is_not_there_is_not_found(engine: Engine, tmp_path: Path) -> None:
    for path in ("nobody.yaml", "."):
        with pytest.raises(NotFound):
            engine.register(path)
    known = engine.register(write_workflow(tmp_path, "flow.yaml", SUM))
    (tmp_path / "flow.yaml").unlink()
    with pytest.raises(NotFound, match=r"flow\.yaml"):
        engine.start(StartCall(known))


def test_an_edit_is_for_the_next_start_and_not_for_a_run_under_way(engine: Engine, tmp_path: Path) -> None:
    first = start(
        engine, tmp_path, HOUR.replace('"3600"', '"0", next: b') + "  b: {noOp: {output: '\\({v: 1})'}}\n"
    )
    second = start(engine, tmp_path, ECHO, "[2]")
    assert json.loads(ended(engine, first).result_json or "") == {"v": 1}
    assert json.loads(ended(engine, second).result_json or "") == {"given": [2]}
    assert engine.workflow(workflow_id("flow.yaml")).text == ECHO


def test_a_workflow_that_is_not_valid_is_refused_with_its_line(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match="line 2"):
        start(engine, tmp_path, CLOUD.replace("start: a", "start: b"))


def test_a_cloud_step_runs_where_it_has_an_answer(tmp_path: Path) -> None:
    with engine_at(tmp_path) as engine:
        failed = ended(engine, start(engine, tmp_path, CLOUD))
        assert (failed.status, failed.error and failed.error.code) == (
            Status.FAILED,
            "STEP_FAILED_PRECONDITION",
        )
    with engine_at(tmp_path, Settings(mocks={"functionCall": {"answer": 42}}, idle=10)) as engine:
        assert json.loads(ended(engine, start(engine, tmp_path, CLOUD)).result_json or "") == {"answer": 42}


def test_a_run_keeps_the_settings_it_was_started_with(tmp_path: Path) -> None:
    """A runner that takes it up after the configuration has changed must not answer differently."""
    text = HOUR.replace('"3600"', '"1", next: b') + "  b: {functionCall: {functionId: x}}\n"
    with engine_at(tmp_path, Settings(mocks={"b": {"answer": "old"}})) as engine:
        execution_id = start(engine, tmp_path, text)
        until(lambda: engine.get(execution_id).status is Status.RUNNING)
    with engine_at(tmp_path, Settings(mocks={"b": {"answer": "new"}})) as engine:
        engine.ensure_running()
        assert json.loads(ended(engine, execution_id).result_json or "") == {"answer": "old"}


def test_secrets_come_from_the_environment_and_are_stored_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(secrets={"vault": {"key": {"env": "VAULT_KEY"}}}, idle=10)
    with engine_at(tmp_path, settings) as engine:
        with pytest.raises(Refused) as refused:
            start(engine, tmp_path, SECRET)
        assert [problem.code for problem in refused.value.diagnostics] == ["secrets_unset"]
    monkeypatch.setenv("VAULT_KEY", "open sesame")
    with engine_at(tmp_path, settings) as engine:
        assert json.loads(ended(engine, start(engine, tmp_path, SECRET)).result_json or "") == {"length": 11}
    for file in (tmp_path / "engine").iterdir():
        assert not file.is_file() or b"open sesame" not in file.read_bytes()


def test_a_mass_start_is_one_commit_and_in_order(engine: Engine, tmp_path: Path) -> None:
    workflow = engine.register(write_workflow(tmp_path, "flow.yaml", ECHO))
    calls = [StartCall(workflow, str(n), attempt=f"a{n}") for n in range(500)]
    ids = engine.start_many(calls)
    assert engine.start_many(calls) == ids
    page = engine.list(workflow, page_size=1000).executions
    assert [found.id for found in reversed(page)] == ids
    assert json.loads(ended(engine, ids[-1]).result_json or "") == {"given": 499}


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a":1,"a":2}', '"\ud800"', '"' + "x" * (2 << 20) + '"'])
def test_what_is_no_input_is_refused(engine: Engine, tmp_path: Path, text: str) -> None:
    workflow = engine.register(write_workflow(tmp_path, "flow.yaml", ECHO))
    with pytest.raises(InvalidArgument):
        engine.start(StartCall(workflow, text))
    assert engine.list(workflow).executions == ()


def test_nobody_is_not_found(engine: Engine) -> None:
    for call in (engine.get, engine.history, engine.stop, engine.terminate, engine.workflow, engine.list):
        with pytest.raises(NotFound):
            call("nobody")
    with pytest.raises(NotFound):
        engine.start(StartCall("nobody"))


def test_settings_survive_their_text() -> None:
    settings = Settings("/root", {"a": 1}, {"s": {"k": {"env": "E"}}}, ("h:1",), {"x": "y.yaml"}, 60.5, 1.0)
    assert Settings.from_text(settings.text()) == settings
    assert Settings.from_text(Settings().text()) == Settings()
    assert Settings.from_text('{"from_the_future": 1}') == Settings()


def test_only_listed_hosts_may_be_called() -> None:
    allows = allowing(("Example.com", "127.0.0.1:8080"))
    assert allows("example.COM", 443)
    assert allows("127.0.0.1", 8080)
    assert not allows("127.0.0.1", 8081)
    assert not allows("evil.example.com", 443)
    assert not allowing(())("example.com", 443)
    assert allowing(None)("example.com", 443)
