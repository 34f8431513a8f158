"""The provider against a service made from the official descriptors, over a real socket."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from official_service import FOLDER, STATUS_NAMES, OfficialService, Refusal, routes

from declarative.model.desired import ProviderSettings
from declarative.model.execution import ExecutionError, Status
from declarative.model.moment import parse_moment
from declarative.protocols import (
    GetRequest,
    Kind,
    ListRequest,
    Provider,
    ProviderError,
    Reader,
    ResolveRequest,
    StartRequest,
    StopRequest,
)
from declarative.providers.yandex import YandexProvider, open_provider, open_reader
from declarative.testing.clock import StillClock
from declarative.testing.providers import Conditions, MemoryEngine, ProviderConformance, Sample, Script

TOKEN = {"YC_IAM_TOKEN": "t1.good.token"}
WORKFLOWS = {
    "dfqdone": Script(duration=2, queued=1, result_json='{"total": 3}'),
    "dfqbad": Script(duration=1, error=ExecutionError("STEP_FAIL", "no")),
    "dfqendless": Script(duration=math.inf, queued=1),
}


class TestYandexAgainstOfficialService(ProviderConformance):
    filters = "honoured"
    conditions = Conditions()
    poll_seconds = 1.0

    @pytest.fixture(autouse=True)
    def _world(self) -> Iterator[None]:
        self.clock = StillClock()
        self.engine = MemoryEngine(
            self.clock, WORKFLOWS, conditions=self.conditions, names={"load": "dfqdone"}
        )
        self.service = OfficialService(self.engine, self.filters)
        with self.service.running() as self.endpoint:
            yield

    def open_provider(self) -> Provider:
        return open_provider(self._settings(), TOKEN, self.clock)

    def open_reader(self) -> Reader:
        return open_reader(self._settings(), TOKEN, self.clock)

    def _settings(self) -> ProviderSettings:
        return ProviderSettings("cloud", "yandex", {"endpoint": self.endpoint, "folder_id": FOLDER})

    def finishing(self) -> Sample:
        return Sample('{"folder_id":"b1gfolder","name":"load"}', result_json='{"total": 3}')

    def failing(self) -> Sample:
        return Sample("dfqbad")

    def endless(self) -> Sample:
        return Sample("dfqendless")


class TestYandexWhereFiltersAreRefused(TestYandexAgainstOfficialService):
    filters = "refused"
    conditions = Conditions(page_size_max=2)


class TestYandexWhereFiltersAreIgnored(TestYandexAgainstOfficialService):
    filters = "ignored"


def test_the_service_refuses_what_the_descriptors_refuse() -> None:
    """The double would be worthless if it took anything."""
    engine = MemoryEngine(StillClock(), WORKFLOWS)
    service = OfficialService(engine)
    headers = {"authorization": "Bearer t1.good.token"}
    path = "/workflows/v1/execution/start"
    for body in (
        b"{}",
        b'{"workflowId":"dfqdone","inputs":{}}',
        b'{"workflowId":"dfqdone","input":{}}',
        b"[",
    ):
        status, text = service.answer("POST", path, headers, body)
        assert (status, json.loads(text)["code"]) == (400, 3), body
    assert service.answer("POST", path, {}, b'{"workflowId":"dfqdone"}')[0] == 401
    assert service.answer("PUT", path, headers, b"")[0] == 404
    assert engine.executions() == ()


def test_every_path_of_the_client_is_one_of_the_service() -> None:
    known = {(route.verb.upper(), route.pattern.pattern) for route in routes()}
    for verb, path in (
        ("POST", "/workflows/v1/execution/start"),
        ("GET", "/workflows/v1/execution/x"),
        ("GET", "/workflows/v1/execution/x/history"),
        ("POST", "/workflows/v1/execution/x/stop"),
        ("POST", "/workflows/v1/execution/x/terminate"),
        ("GET", "/workflows/v1/execution"),
        ("GET", "/workflows/v1/workflow"),
    ):
        assert any(verb == each and re.match(pattern, path) for each, pattern in known), path


def test_the_model_knows_every_status_of_the_service() -> None:
    assert set(STATUS_NAMES) - {"STATUS_UNSPECIFIED"} == set(Status) - {Status.UNKNOWN}


def _world(filters: str = "honoured") -> tuple[OfficialService, MemoryEngine, StillClock]:
    clock = StillClock()
    engine = MemoryEngine(clock, WORKFLOWS, names={"load": "dfqdone", "bad": "dfqbad"})
    return OfficialService(engine, filters), engine, clock


def _opened(endpoint: str, clock: StillClock) -> YandexProvider:
    settings = ProviderSettings("cloud", "yandex", {"endpoint": endpoint, "folder_id": FOLDER})
    return open_provider(settings, TOKEN, clock)


def _lists(provider: YandexProvider, page_size: int = 1000) -> dict[str, Status]:
    rows: dict[str, Status] = {}
    token = ""
    while True:
        page = provider.list(ListRequest("dfqendless", token, page_size, active_only=True))
        rows |= {row.id: row.status for row in page.executions}
        token = page.next_page_token
        if not token:
            return rows


def _asked_for(service: OfficialService) -> list[str]:
    """The filter of each list that was asked for, in order."""
    queries = [parse_qs(urlsplit(target).query) for _, target, _, _ in service.requests]
    return [query.get("filter", [""])[0] for query in queries]


def test_a_workflow_of_few_executions_costs_one_list() -> None:
    service, engine, clock = _world()
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        for n in range(6):
            provider.start(StartRequest("dfqendless", "{}", f"attempt-{n}", math.inf))
        service.requests.clear()
        assert set(_lists(provider)) == {run.id for run in engine.executions()}
        provider.close()
    assert _asked_for(service) == [""]


def test_active_executions_are_found_however_many_have_ended_since() -> None:
    service, engine, clock = _world()
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        for n in range(8):
            provider.start(StartRequest("dfqendless", "{}", f"attempt-{n}", math.inf))
        clock.advance(5)
        ids = [run.id for run in engine.executions()]
        for ended in ids[4:]:
            provider.stop(StopRequest(ended))
        engine.set_status(ids[3], Status.PAUSED)
        engine.set_status(ids[0], Status.QUEUED)
        service.requests.clear()
        listed = _lists(provider, page_size=4)
        provider.close()
    active = {key: status for key, status in listed.items() if not status.is_terminal}
    assert active == {
        ids[0]: Status.QUEUED,
        ids[1]: Status.RUNNING,
        ids[2]: Status.RUNNING,
        ids[3]: Status.PAUSED,
    }
    asked = _asked_for(service)
    assert asked.count("") == 1, "what ended is not paged through"
    assert list(dict.fromkeys(asked)) == ["", "status=QUEUED", "status=RUNNING", "status=PAUSED"]


@pytest.mark.parametrize("filters", ["refused", "ignored"])
def test_a_filter_that_does_not_work_is_tried_once(filters: str) -> None:
    service, engine, clock = _world(filters)
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        for n in range(3):
            provider.start(StartRequest("dfqendless", "{}", f"attempt-{n}", math.inf))
        clock.advance(5)
        service.requests.clear()
        first, second = _lists(provider, page_size=2), _lists(provider, page_size=2)
        provider.close()
    assert set(first) == set(second) == {run.id for run in engine.executions()}
    assert sum(bool(condition) for condition in _asked_for(service)) == 1


@pytest.mark.parametrize("filters", ["honoured", "refused", "ignored"])
def test_names_are_found_whatever_the_filter_does(filters: str) -> None:
    service, _, clock = _world(filters)
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        assert provider.resolve(ResolveRequest('{"name":"load"}')) == "dfqdone"
        with pytest.raises(ProviderError) as caught:
            provider.resolve(ResolveRequest('{"folder_id":"b1gother","name":"load"}'))
        provider.close()
    assert caught.value.kind is Kind.DENIED and "viewer" in caught.value.hint


def test_times_come_from_the_service() -> None:
    service, engine, clock = _world()
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        clock.advance(0.304781)
        execution_id = provider.start(StartRequest("dfqdone", "{}", "a", math.inf)).execution_id
        clock.advance(10)
        found = provider.get(GetRequest(execution_id))
        page = provider.list(ListRequest("dfqdone"))
        provider.close()
    assert parse_moment(found.started_at) == parse_moment(engine.executions()[0].started_at) is not None
    assert found.duration == 2.0 and page.served_at == math.floor(clock.now())


def test_a_missing_role_is_named_even_when_it_comes_as_400() -> None:
    service, _, clock = _world()

    def refuse(name: str) -> None:
        raise Refusal(3, "service account does not have rights to start the workflow")

    service.before = refuse
    with service.running() as endpoint:
        provider = _opened(endpoint, clock)
        with pytest.raises(ProviderError) as caught:
            provider.start(StartRequest("dfqdone", "{}", "a", math.inf))
        provider.close()
    error = caught.value
    assert (error.kind, error.proves_nothing_happened) == (Kind.DENIED, True)
    assert "serverless.workflows.executor" in error.hint
