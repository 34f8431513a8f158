"""The settings of a provider: what they mean, and that all mistakes are told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from yandex_kit import QuickClock

from declarative.diagnostics import Refused, Span
from declarative.model.desired import ProviderSettings
from declarative.plugins import OpenRequest, opener
from declarative.protocols import Capabilities
from declarative.providers.yandex import YandexProvider, YandexReader, open_provider, open_reader
from declarative.providers.yandex.settings import YandexSettings, read_settings

SPAN = Span("declarative.yaml", 3, 1, 3, 9)
DEFAULT = "https://serverless-workflows.api.cloud.yandex.net"


def read(environ: dict[str, str] | None = None, limit: int | None = None, **settings: Any) -> YandexSettings:
    configured = ProviderSettings("cloud", "yandex", settings, max_active=limit, span=SPAN)
    return read_settings(configured, environ or {})


def problems(environ: dict[str, str] | None = None, **settings: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(environ, **settings)
    assert all(each.span == SPAN for each in caught.value.diagnostics)
    return [f"{each.summary} {each.hint}" for each in caught.value.diagnostics]


def test_without_settings_there_are_defaults() -> None:
    found = read()
    assert found.endpoint == DEFAULT and found.identity == f"yandex {DEFAULT}"
    assert found.capabilities == Capabilities(
        idempotent_start=False, terminal_is_final=True, settle=120, retention_min=3600, send_window=30
    )


def test_settings_are_what_the_planner_counts_with() -> None:
    found = read(
        endpoint="https://Serverless-Workflows.api.cloud.yandex.net:443/",
        folder_id="b1g",
        requests_per_second=2.5,
        request_timeout="0.5s",
        send_window="1.5s",
        settle="2m",
        retention_min="2h",
        marker="_declarative",
        max_active=80,
    )
    assert found.identity == f"yandex {DEFAULT} b1g"
    assert (found.requests_per_second, found.request_timeout, found.marker) == (2.5, 0.5, "_declarative")
    assert found.capabilities == Capabilities(settle=120, retention_min=7200, send_window=1.5, max_active=80)


def test_the_environment_fills_gaps() -> None:
    environ = {"YC_FOLDER_ID": "b1genv", "YC_WORKFLOWS_ENDPOINT": "https://gateway.example"}
    assert (read(environ).folder_id, read(environ).endpoint) == ("b1genv", "https://gateway.example")
    assert (read(environ, folder_id="b1g").folder_id, read(environ, endpoint=DEFAULT).endpoint) == (
        "b1g",
        DEFAULT,
    )
    assert read(limit=5).max_active == 5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"endpont": "x"}, 'Did you mean "endpoint"?'),
        ({"token": "t1.a.b"}, "YC_IAM_TOKEN"),
        ({"iam_endpoint": "https://evil.example"}, "unknown setting"),
        ({"endpoint": "http://workflows.yandexcloud.net"}, "only to this machine"),
        ({"endpoint": "workflows.yandexcloud.net"}, "https://host"),
        ({"endpoint": "https://user:pw@workflows.yandexcloud.net"}, "only scheme, host and port"),
        ({"endpoint": "https://workflows.yandexcloud.net/v1"}, "only scheme, host and port"),
        ({"endpoint": "https://workflows.yandexcloud.net:port"}, "not an address"),
        ({"endpoint": "https://evil.example"}, "export YC_WORKFLOWS_ENDPOINT=https://evil.example"),
        ({"endpoint": "https://yandexcloud.net.evil.example"}, "not a host of Yandex Cloud"),
        ({"endpoint": "https://notyandexcloud.net"}, "not a host of Yandex Cloud"),
        ({"endpoint": "https://anybody.apigw.yandexcloud.net"}, "not a host of Yandex Cloud"),
        ({"endpoint": 7}, "a text is expected"),
        ({"folder_id": ""}, "a text is expected"),
        ({"settle": 120}, '"30s" or "2m"'),
        ({"settle": "soon"}, '"30s" or "2m"'),
        ({"request_timeout": "0s"}, "a duration is expected"),
        ({"settle": "50s"}, "less than send_window and request_timeout together (60 s)"),
        ({"requests_per_second": 0}, "a number above 0"),
        ({"requests_per_second": True}, "a number above 0"),
        ({"max_active": 0}, "a whole number from 1"),
        ({"marker": "\n"}, "a text is expected"),
    ],
)
def test_mistakes_say_what_is_meant(settings: dict[str, Any], words: str) -> None:
    [problem] = problems(**settings)
    assert words in problem and problem.startswith("providers.cloud: ")


def test_all_mistakes_are_told_at_once() -> None:
    found = problems({"YC_IAM_ENDPOINT": "ftp://x"}, endpont="x", settle="1s", max_active="many")
    assert len(found) == 4


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_this_machine_may_be_reached_in_clear(host: str) -> None:
    assert read(endpoint=f"http://{host}").endpoint == f"http://{host}"


def test_another_host_gets_a_token_only_if_the_environment_agrees() -> None:
    environ = {"YC_WORKFLOWS_ENDPOINT": "https://gateway.example/"}
    assert read(environ, endpoint="https://gateway.example").endpoint == "https://gateway.example"
    assert problems(environ, endpoint="https://evil.example")


def test_a_reader_has_no_way_to_change_anything(clock: QuickClock) -> None:
    settings, environ = ProviderSettings("cloud", "yandex"), {"YC_IAM_TOKEN": "t1.a.b"}
    reader, provider = open_reader(settings, environ, clock), open_provider(settings, environ, clock)
    assert type(reader) is YandexReader and type(provider) is YandexProvider
    assert not hasattr(reader, "start") and not hasattr(reader, "stop") and not hasattr(reader, "terminate")
    assert reader.identity == provider.identity


def test_the_table_of_providers_opens_what_is_needed(clock: QuickClock, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(
        json.dumps(dict.fromkeys(("id", "service_account_id", "private_key"), "x"))
    )
    settings = ProviderSettings("cloud", "yandex", {"service_account_key_file": "key.json"})
    for may_write, kind in ((True, YandexProvider), (False, YandexReader)):
        request = OpenRequest(settings, str(tmp_path), "prod", {}, clock, may_write)
        provider: object = opener(request)(request)
        assert type(provider) is kind
