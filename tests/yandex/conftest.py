"""A provider on any address, closed after the test."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from yandex_kit import TOKEN, Opener, QuickClock

from declarative.model.desired import ProviderSettings
from declarative.protocols import Clock
from declarative.providers.yandex import YandexProvider, open_provider


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def opened(clock: QuickClock) -> Iterator[Opener]:
    """opened(url, environ=..., clock=..., **settings) -> YandexProvider"""
    providers: list[YandexProvider] = []

    def opener(
        url: str, environ: dict[str, str] | None = None, on: Clock | None = None, **settings: Any
    ) -> YandexProvider:
        configured = ProviderSettings("cloud", "yandex", {"endpoint": url, **settings})
        environ = {"YC_IAM_TOKEN": TOKEN} if environ is None else environ
        providers.append(open_provider(configured, environ, on or clock, random=Random(1)))
        return providers[-1]

    yield opener
    for provider in providers:
        provider.close()
