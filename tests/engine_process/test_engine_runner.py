"""The runner as a program of its own: alone, on demand, gone when idle, and killed at the worst moment."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import carrier_kit
import pytest
from process_kit import (
    ECHO,
    HOUR,
    SUM,
    Site,
    ended,
    engine_at,
    is_alive,
    kill,
    runner_of,
    start,
    until,
    write_workflow,
)

from declarative.engine import bell, launch, writes
from declarative.engine.bell import Bell
from declarative.engine.client import Engine, StartCall
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import Unavailable
from declarative.engine.journal import Control, Journal, Outcome
from declarative.engine.rows import Job
from declarative.engine.runner import Runner
from declarative.engine.settings import Settings
from declarative.engine.store import Store
from declarative.model.execution import Status

LOOP = """
yawl: "1.0"
start: each
steps:
  each:
    foreach:
      input: '\\([range(6) | {n: .}])'
      output: '\\({paths: map(.path)})'
      concurrency: 3
      next: both
      do:
        start: call
        steps:
          call: {httpCall: {url: 'SITE/item/\\(.n)', output: '\\({path: .path})'}}
  both:
    parallel:
      output: '\\({left: .left.path, right: .right.path, paths: .left.paths})'
      branches:
        left: {start: l, steps: {l: {httpCall: {url: SITE/left, output: '\\({path, paths: $global.paths})'}}}}
        right: {start: r, steps: {r: {httpCall: {url: 'SITE/right', output: '\\({path})'}}}}
"""

NESTED = """
yawl: "1.0"
start: call
steps:
  call: {workflow: {workflowId: sum.yaml, executionInput: '\\({a: .a, b: 2})', output: '\\({nested: .sum})'}}
"""


def finished_paths(engine: Engine, execution_id: str) -> set[str]:
    return {entry.path for entry in engine.history(execution_id) if entry.status == "COMPLETED"}


def test_a_run_is_carried_out_by_a_program_that_leaves_when_it_is_done(tmp_path: Path) -> None:
    with engine_at(tmp_path, Settings(idle=0.1)) as engine:
        execution_id = start(engine, tmp_path, SUM, '{"a": 1, "b": 2}')
        runner = until(lambda: runner_of(tmp_path / "engine"))
        assert os.getsid(runner) == runner != os.getsid(0)
        found = ended(engine, execution_id)
        assert (found.status, json.loads(found.result_json or "")) == (Status.FINISHED, {"sum": 3})
        until(lambda: not is_alive(runner), "for the idle runner to leave")
        assert not engine.has_runner


def is_held(engine: Engine, execution_id: str, site: Site, path: str, beside: set[str]) -> bool:
    return site.calls[path] > 0 and beside <= finished_paths(engine, execution_id)


def test_after_a_kill_no_finished_step_is_repeated(engine: Engine, tmp_path: Path, site: Site) -> None:
    """Killed twice: within the foreach, and within the parallel after it."""
    gates = {"/item/4": site.hold("/item/4"), "/left": site.hold("/left")}
    # What is held is under way when the runner is killed; everything beside it is done, and written down.
    beside = {"/item/4": {f"each[{n}]/call" for n in (0, 1, 2, 3, 5)}, "/left": {"each", "both.right/r"}}
    execution_id = start(engine, tmp_path, LOOP.replace("SITE", site.url))
    for path, gate in gates.items():
        until(partial(is_held, engine, execution_id, site, path, beside[path]), f"for {path} to be alone")
        kill(tmp_path / "engine")
        gate.set()
        engine.ensure_running()
    found = ended(engine, execution_id)
    paths = [f"/item/{n}" for n in range(6)]
    assert json.loads(found.result_json or "") == {"left": "/left", "right": "/right", "paths": paths}
    assert found.status is Status.FINISHED
    assert site.calls == {
        path: 2 if path in ("/item/4", "/left") else 1 for path in [*paths, "/left", "/right"]
    }


def test_told_to_leave_it_leaves_the_journal_as_it_is(engine: Engine, tmp_path: Path, site: Site) -> None:
    site.hold("/left")
    execution_id = start(engine, tmp_path, LOOP.replace("SITE", site.url))
    until(lambda: "both.right/r" in finished_paths(engine, execution_id) and site.calls["/left"])
    before = engine.history(execution_id)
    kill(tmp_path / "engine", signal.SIGTERM)
    assert engine.history(execution_id) == before
    assert engine.get(execution_id).status is Status.RUNNING
    site.held["/left"].set()
    engine.ensure_running()
    assert ended(engine, execution_id).status is Status.FINISHED


def test_there_is_never_a_second_runner(engine: Engine, tmp_path: Path) -> None:
    start(engine, tmp_path, HOUR)
    runner = until(lambda: runner_of(tmp_path / "engine"))
    command = [sys.executable, "-m", "declarative.engine.runner", str(tmp_path / "engine")]
    second = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (second.returncode, second.stderr) == (0, b"")
    assert runner_of(tmp_path / "engine") == runner


def test_many_callers_at_once_start_one_runner(tmp_path: Path) -> None:
    with engine_at(tmp_path) as engine, ThreadPoolExecutor(8) as pool:
        workflow = engine.register(write_workflow(tmp_path, "flow.yaml", HOUR))
        others = [Engine(tmp_path / "engine", tmp_path, Settings(idle=10)) for _ in range(3)]
        calls = [partial(other.start, StartCall(workflow)) for other in (engine, *others) for _ in range(4)]
        list(pool.map(lambda call: call(), calls))
        until(lambda: len(engine.list(workflow, filter="status=RUNNING").executions) == 16)
        for other in others:
            other.close()
    log = (tmp_path / "engine" / "runner.log").read_text()
    assert log == "", "a second runner would have complained, or been started in vain"


def test_starts_around_the_leaving_of_a_runner_are_not_forgotten(tmp_path: Path) -> None:
    chance = random.Random(7)
    with engine_at(tmp_path, Settings(idle=0.02)) as engine:
        workflow = engine.register(write_workflow(tmp_path, "flow.yaml", ECHO))
        for turn in range(4):
            execution_id = engine.start(StartCall(workflow, str(turn)))
            assert ended(engine, execution_id).status is Status.FINISHED
            time.sleep(chance.uniform(0.0, 0.04))


def test_work_written_while_a_runner_stops_listening_keeps_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its writer found nobody listening, or rang just before: either way the runner must look once more."""
    late: list[str] = []
    close = Bell.close

    def interrupted(self: Bell) -> None:
        if not late:
            late.append("late")
            carrier_kit.start(store, "late")
        close(self)

    async def answers(job: Job, journal: Journal, control: Control) -> Outcome:
        return carrier_kit.finished()

    monkeypatch.setattr(Bell, "close", interrupted)
    store.write(partial(writes.set_settings, text=Settings(idle=0.01).text()))

    async def scene() -> None:
        async with asyncio.timeout(20):
            assert await Runner(EngineDirectory.at(tmp_path / "engine"), store, answers).work()

    asyncio.run(scene())
    assert store.get("late").status is Status.FINISHED


def test_who_finds_a_runner_between_listening_and_its_end_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = EngineDirectory.at(tmp_path)
    leaving = launch.take_lock(directory.lock)
    assert leaving is not None
    launched: list[bool] = []

    def wait(seconds: float) -> None:
        """The old runner's end comes while we wait."""
        assert not launched
        with suppress(OSError):
            os.close(leaving)

    monkeypatch.setattr(time, "sleep", wait)
    monkeypatch.setattr(launch, "_program", lambda directory, lock, log: launched.append(True))
    launch.ensure_running(directory)
    assert launched == [True]


def test_a_bell_without_a_runner_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may free the lock of a killed runner before it closes its end of the bell."""
    launched: list[bool] = []
    monkeypatch.setattr(launch, "_program", lambda directory, lock, log: launched.append(True))
    directory = EngineDirectory.at(tmp_path)

    async def scene() -> None:
        dying = Bell(directory.bell, lambda: None)
        launch.ensure_running(directory)
        dying.close()

    asyncio.run(scene())
    assert launched == [True]


def test_a_runner_that_neither_listens_nor_ends_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = EngineDirectory.at(tmp_path)
    stuck = launch.take_lock(directory.lock)
    assert stuck is not None
    monkeypatch.setattr(launch, "COMING_SECONDS", 0.05)
    with pytest.raises(Unavailable, match=r"runner\.log"):
        launch.ensure_running(directory)
    os.close(stuck)


def test_a_runner_keeps_nothing_of_its_caller(engine: Engine, tmp_path: Path) -> None:
    """A descriptor that leaks keeps a lock held, or a pipe open, for as long as the runner lives."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    start(engine, tmp_path, HOUR)
    runner = until(lambda: runner_of(tmp_path / "engine"))
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
    assert Path(f"/proc/{runner}/cwd").resolve() == Path("/")


def test_a_runner_is_found_by_its_package_wherever_it_is_called_from(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file called like a module of the standard library in the caller's folder must not be run either."""
    (tmp_path / "asyncio.py").write_text("raise SystemExit('the wrong asyncio')")
    monkeypatch.chdir(tmp_path)
    assert ended(engine, start(engine, tmp_path, ECHO)).status is Status.FINISHED


def test_a_deleted_engine_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    start(engine, tmp_path, HOUR)
    runner = until(lambda: runner_of(tmp_path / "engine"))
    until(lambda: engine.has_runner)
    shutil.move(tmp_path / "engine", tmp_path / "moved")
    bell.ring(tmp_path / "moved" / "runner.bell")
    until(lambda: not is_alive(runner), "for the runner of a deleted directory to leave")


def test_a_nested_run_is_found_by_its_path(engine: Engine, tmp_path: Path) -> None:
    write_workflow(tmp_path, "sum.yaml", SUM)
    found = ended(engine, start(engine, tmp_path, NESTED, '{"a": 40}'))
    assert json.loads(found.result_json or "") == {"nested": 42}
    (child,) = engine.list(engine.register("sum.yaml")).executions
    assert child.status is Status.FINISHED


def test_ended_executions_are_forgotten_after_their_time(tmp_path: Path) -> None:
    with engine_at(tmp_path, Settings(idle=0.1, keep=0)) as engine:
        first = start(engine, tmp_path, ECHO)
        ended(engine, first)
        until(lambda: not runner_of(tmp_path / "engine"))
        second = start(engine, tmp_path, HOUR)
        until(lambda: first not in listed(engine), "for the purge")
        assert listed(engine) == [second]


def listed(engine: Engine) -> Sequence[str]:
    return [found.id for found in engine.list(engine.register("flow.yaml")).executions]


def test_the_log_is_bounded(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "engine" / "runner.log"
    log.write_bytes(b"x" * (launch.LOG_BYTES_MAX + 1))
    assert ended(engine, start(engine, tmp_path, ECHO)).status is Status.FINISHED
    assert log.stat().st_size < launch.LOG_BYTES_MAX


def test_a_runner_that_cannot_be_started_is_no_failed_start(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    execution_id = start(engine, tmp_path, ECHO)
    assert engine.get(execution_id).status is Status.QUEUED
    monkeypatch.undo()
    engine.ensure_running()
    assert ended(engine, execution_id).status is Status.FINISHED


def test_the_lock_is_the_kernels(tmp_path: Path) -> None:
    directory = EngineDirectory.at(tmp_path)
    lock = launch.take_lock(directory.lock)
    assert lock is not None
    assert launch.take_lock(directory.lock) is None
    os.close(lock)
    again = launch.take_lock(directory.lock)
    assert again is not None
    os.close(again)
