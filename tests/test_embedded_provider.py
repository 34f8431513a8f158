"""The embedded engine as a provider: the suite that every provider passes, on a real runner."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from declarative.clock import SystemClock
from declarative.diagnostics import Refused
from declarative.engine.directory import EngineDirectory
from declarative.engine.settings import Settings
from declarative.engine.store import Store
from declarative.model.desired import ProviderSettings
from declarative.plugins import OpenRequest
from declarative.protocols import (
    GetRequest,
    HistoryRequest,
    Kind,
    ListRequest,
    Provider,
    ProviderError,
    Reader,
    ResolveRequest,
    StartRequest,
    TerminateRequest,
)
from declarative.providers.embedded import open_embedded
from declarative.testing.providers import ProviderConformance, Sample

WORKFLOWS = {
    "sum.yaml": """
yawl: "1.0"
start: a
steps: {a: {noOp: {output: '\\({sum: 3})'}}}
""",
    "fail.yaml": """
yawl: "1.0"
start: a
steps: {a: {fail: {errorMessage: "no"}}}
""",
    "loop.yaml": """
yawl: "1.0"
start: loop
steps:
  loop:
    while:
      condition: "true"
      do: {start: pause, steps: {pause: {wait: {duration: "0.1"}}}}
""",
    "cloud.yaml": """
yawl: "1.0"
start: a
steps: {a: {functionCall: {functionId: d4e}}}
""",
}


def request(root: Path, may_write: bool = True, **settings: object) -> OpenRequest:
    configured = ProviderSettings("local", "embedded", settings)  # type: ignore[arg-type]
    return OpenRequest(configured, str(root), "dev", {}, SystemClock(), may_write)


def end_runner(root: Path) -> None:
    """The runner leaves by itself; a test does not wait for that."""
    lock = root / ".declarative" / "dev" / "engine" / "runner.lock"
    try:
        process = int(lock.read_text())
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError):
        return
    if str(root).encode() in command:
        os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{process}").exists() and b" Z " not in Path(f"/proc/{process}/stat").read_bytes():
            time.sleep(0.01)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    for name, text in WORKFLOWS.items():
        (tmp_path / name).write_text(text)
    yield tmp_path
    end_runner(tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One engine for all tests of the suite: a runner takes a while to come up."""
    place = tmp_path_factory.mktemp("embedded")
    for name, text in WORKFLOWS.items():
        (place / name).write_text(text)
    yield place
    end_runner(place)


class TestEmbeddedProvider(ProviderConformance):
    clock = SystemClock()

    root: Path

    @pytest.fixture(autouse=True)
    def _in_one_site(self, site: Path) -> None:
        self.root = site

    def open_provider(self) -> Provider:
        return open_embedded(request(self.root))

    def finishing(self) -> Sample:
        return Sample("sum.yaml", result_json='{"sum": 3}')

    def failing(self) -> Sample:
        return Sample("fail.yaml")

    def endless(self) -> Sample:
        return Sample("loop.yaml")

    def open_reader(self) -> Reader:
        open_embedded(request(self.root)).close()
        return open_embedded(request(self.root, may_write=False))


def started(provider: Provider, path: str) -> str:
    workflow_id = provider.resolve(ResolveRequest(path))
    call = StartRequest(workflow_id, "{}", f"attempt-{path}", float("inf"))
    return provider.start(call).execution_id


def failure(call: Callable[[], object]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        call()
    return caught.value


def test_a_reader_creates_no_engine(root: Path) -> None:
    reader = open_embedded(request(root, may_write=False))
    workflow_id = reader.resolve(ResolveRequest("sum.yaml"))
    assert reader.list(ListRequest(workflow_id)).executions == ()
    assert failure(lambda: reader.get(GetRequest("x"))).kind is Kind.NOT_FOUND
    assert not hasattr(reader, "start") and not (root / ".declarative").exists()
    reader.close()


def test_a_reader_leaves_the_engines_settings_as_they_are(root: Path) -> None:
    """A plan of somebody's branch must not change how long the engine remembers what ended."""
    open_embedded(request(root, keep="7d")).close()
    open_embedded(request(root, may_write=False, keep="1d")).close()
    store = Store(EngineDirectory.at(root / ".declarative" / "dev" / "engine"))
    assert Settings.from_text(store.settings() or "").keep == 7 * 86400
    store.close()


def steps_beyond(reader: Provider, execution_id: str, known: int) -> int:
    """How many steps there are, once there are more than `known`."""
    patience = time.monotonic() + 20
    while (found := len(reader.history(HistoryRequest(execution_id)))) <= known:
        assert time.monotonic() < patience
        time.sleep(0.02)
    return found


def test_who_waits_is_not_left_alone_by_a_dead_runner(root: Path) -> None:
    with closing(open_embedded(request(root))) as provider:
        execution_id = started(provider, "loop.yaml")
        for _ in range(2):
            known = steps_beyond(provider, execution_id, 0)
            end_runner(root)
            steps_beyond(provider, execution_id, known + 2)
        provider.terminate(TerminateRequest(execution_id))


def test_looking_on_carries_on_what_a_crash_left(root: Path) -> None:
    with closing(open_embedded(request(root))) as provider:
        execution_id = started(provider, "loop.yaml")
        steps_beyond(provider, execution_id, 0)
        end_runner(root)
        known = len(provider.history(HistoryRequest(execution_id)))
    with closing(open_embedded(request(root, may_write=False))) as reader:
        steps_beyond(reader, execution_id, known)
    with closing(open_embedded(request(root))) as provider:
        provider.terminate(TerminateRequest(execution_id))


def test_what_is_not_valid_is_refused_before_it_starts(root: Path) -> None:
    (root / "wrong.yaml").write_text("yawl: 3\n")
    with closing(open_embedded(request(root))) as provider:
        error = failure(lambda: started(provider, "wrong.yaml"))
    assert (error.kind, error.proves_nothing_happened) == (Kind.PRECONDITION, True)
    assert "not valid" in error.said and "wrong.yaml" in error.call


def test_a_mock_answers_for_the_cloud(root: Path) -> None:
    with closing(open_embedded(request(root, mocks={"functionCall": {"ok": True}}))) as provider:
        assert started(provider, "cloud.yaml")


def test_steps_of_the_same_second_are_told_apart(root: Path) -> None:
    with closing(open_embedded(request(root))) as provider:
        execution_id = started(provider, "loop.yaml")
        steps_beyond(provider, execution_id, 3)
        steps = provider.history(HistoryRequest(execution_id))
        provider.terminate(TerminateRequest(execution_id))
    assert len({step.started_at for step in steps}) == len(steps)


def test_a_missing_file_is_not_found(root: Path) -> None:
    with closing(open_embedded(request(root))) as provider:
        error = failure(lambda: provider.resolve(ResolveRequest("none.yaml")))
    assert error.kind is Kind.NOT_FOUND and str(root) in error.hint


def test_it_is_trusted_for_as_long_as_it_keeps_what_ended(root: Path) -> None:
    with closing(open_embedded(request(root, keep="7d"))) as provider:
        assert provider.capabilities.retention_min == 7 * 86400
    with closing(open_embedded(request(root))) as provider:
        assert provider.capabilities.retention_min > 365 * 86400


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mock": {}}, 'Did you mean "mocks"?'),
        ({"mocks": []}, "mocks must be a mapping"),
        ({"secrets": {"a": {"b": "text"}}}, "never from the file"),
        ({"allow": "localhost"}, "a list of hosts"),
        ({"keep": 7}, '"7d"'),
    ],
)
def test_settings_are_checked(root: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused) as caught:
        open_embedded(request(root, **settings))
    assert any(words in f"{each.summary} {each.hint}" for each in caught.value.diagnostics)
