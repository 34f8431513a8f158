"""kill -9, SIGTERM and Ctrl-C at any moment: nothing starts twice, nothing is lost, nothing stays locked."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_kit import Site
from story_person import end_runner, engine_of, state_of, until
from tool_process import finished, read_until, started

COUNT = 60
KILLS = 10
MANY = f"""version: 1
name: shop
executions:
  load:
    workflow: workflows/quick.yaml
    for_each: '${{range(1, {COUNT + 1}) | map("string") | list}}'
    input: {{say: '${{each.key}}'}}
"""
LISTENER = """version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, stop_grace: 0s}
  after: {workflow: workflows/quick.yaml, input: {say: hi}, depends_on: [listener]}
"""
THREE_STEPS = """yawl: "1.0"
start: before
steps:
  before:
    httpCall: {url: 'SITE/before', output: '\\({first: .path})', next: pause}
  pause:
    wait: {duration: 1s, next: after}
  after:
    httpCall: {url: 'SITE/after', output: '\\({second: .path})'}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def test_a_killed_runner_is_replaced_and_finished_steps_are_not_run_again(folder: Path, site: Site) -> None:
    (folder / "workflows/steps.yaml").write_text(THREE_STEPS.replace("SITE", site.url))
    (folder / "declarative.yaml").write_text(
        "version: 1\nname: shop\nexecutions:\n  one: {workflow: workflows/steps.yaml}\n"
    )
    assert finished(folder, "apply", "--auto-approve")[0] == 0
    until(lambda: site.calls["/before"] == 1 and "pause" in _steps(folder), "the execution to pause")
    end_runner(folder / ".declarative/default/engine/runner.lock")
    code, said = finished(folder, "wait")
    assert code == 0, said
    assert site.calls == Counter({"/before": 1, "/after": 1})
    assert "1 FINISHED" in finished(folder, "status")[1]


def _steps(folder: Path) -> set[str]:
    with engine_of(folder) as engine:
        return {step.step for step in engine.history(state_of(folder)["records"][0]["current"]["id"])}


@pytest.mark.parametrize("seed", [1, 2])
def test_apply_killed_again_and_again_starts_each_once(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    (folder / "declarative.yaml").write_text(MANY)
    for _ in range(KILLS // 2):
        _killed_after(folder, chance.randrange(1, 16), ["--parallelism", str(chance.choice([1, 3, 10]))])
    code, said = finished(folder, "apply", "--auto-approve", "--wait")
    assert code == 0, said
    assert finished(folder, "plan", "--detailed-exitcode")[0] == 0
    assert _inputs(folder) == Counter({f'{{"say":"{day}"}}': 1 for day in range(1, COUNT + 1)})


def _killed_after(folder: Path, lines: int, more: list[str]) -> None:
    """Lines count from the first sign of a deed: the plan is the same each time."""
    process = started(folder, "apply", "--auto-approve", *more)
    said = 0

    def is_enough(line: str) -> bool:
        nonlocal said
        said += "begin (state" in line or said > 0
        return said >= lines

    read_until(process, is_enough)
    process.kill()
    process.communicate()


def _inputs(folder: Path) -> Counter[str]:
    with engine_of(folder) as engine:
        rows = [
            row
            for workflow in engine.workflows().workflows
            for row in engine.list(workflow.id, 1000).executions
        ]
        return Counter(str(engine.get(row.id).input_json) for row in rows)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_apply_cleanly(folder: Path, number: signal.Signals, code: int) -> None:
    (folder / "declarative.yaml").write_text(LISTENER)
    process = started(folder, "apply", "--auto-approve", "--wait")
    read_until(process, lambda line: line.startswith("listener: started"))
    process.send_signal(number)
    said, _ = process.communicate(timeout=10)
    assert process.returncode == code, said
    assert "Traceback" not in said
    assert state_of(folder)["records"][0]["current"]["id"]
    assert "pending" not in state_of(folder)["records"][0]
    assert "Nobody holds" in finished(folder, "state", "lock")[1]
    again, said = finished(folder, "apply", "--auto-approve")
    assert again == 0, said
    assert len(_inputs(folder)) == 1


def test_two_applies_at_once_start_each_once(folder: Path) -> None:
    (folder / "declarative.yaml").write_text(MANY)
    both = [started(folder, "apply", "--auto-approve", "--lock-timeout", "25s") for _ in range(2)]
    answers = [(process.communicate(timeout=30)[0], process.returncode) for process in both]
    assert [code for _, code in answers] == [0, 0], answers
    assert set(_inputs(folder).values()) == {1}
    assert len(_inputs(folder)) == COUNT


def test_two_applies_at_once_one_of_them_is_told_who_works(folder: Path) -> None:
    (folder / "declarative.yaml").write_text(MANY)
    both = [started(folder, "apply", "--auto-approve") for _ in range(2)]
    answers = [(process.communicate(timeout=30)[0], process.returncode) for process in both]
    assert 0 in [code for _, code in answers], answers
    assert all(code in (0, 4) for _, code in answers), answers
    assert all("process " in said for said, code in answers if code == 4), answers
    assert set(_inputs(folder).values()) == {1}
