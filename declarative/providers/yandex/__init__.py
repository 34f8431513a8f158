"""Yandex Cloud Serverless Workflows as an engine: REST, credentials, errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, cast

from declarative.diagnostics import Diagnostic
from declarative.model.desired import ProviderSettings
from declarative.protocols import Clock, Provider
from declarative.providers.yandex.auth import choose
from declarative.providers.yandex.calls import Caller
from declarative.providers.yandex.client import YandexProvider, YandexReader
from declarative.providers.yandex.connection import route_to
from declarative.providers.yandex.ratelimit import RateLimit
from declarative.providers.yandex.retry import Retry
from declarative.providers.yandex.settings import YandexSettings, read_settings
from declarative.providers.yandex.tokens import TokenCache
from declarative.providers.yandex.transport import Transport

if TYPE_CHECKING:
    from declarative.plugins import OpenRequest

__all__ = ["YandexProvider", "YandexReader", "YandexSettings", "open_provider", "open_reader", "open_yandex"]


def open_yandex(request: OpenRequest) -> Provider:
    """What the plugin table opens. Who may not write is given the half that cannot. Raises Refused."""
    opener = open_provider if request.may_write else open_reader
    # The table knows one type only; a reader that is asked to start fails instead of starting.
    return cast(Provider, opener(request.settings, request.environ, request.clock, request.root))


def open_provider(
    settings: ProviderSettings,
    environ: Mapping[str, str],
    clock: Clock,
    root: str = ".",
    random: Random | None = None,
) -> YandexProvider:
    """A provider as the file configures it; no call is made. `root`: where relative paths of the file begin.

    Raises Refused with every problem of the settings, or with what is wrong with the credentials.
    """
    checked = read_settings(settings, environ)
    return YandexProvider(checked, *_caller(checked, environ, clock, root, random or Random()))


def open_reader(
    settings: ProviderSettings,
    environ: Mapping[str, str],
    clock: Clock,
    root: str = ".",
    random: Random | None = None,
) -> YandexReader:
    """The same engine, without the methods that start and stop."""
    checked = read_settings(settings, environ)
    return YandexReader(checked, *_caller(checked, environ, clock, root, random or Random()))


def _caller(
    settings: YandexSettings, environ: Mapping[str, str], clock: Clock, root: str, random: Random
) -> tuple[Caller, tuple[Diagnostic, ...]]:
    source, warnings = choose(settings, environ, Path(root), clock, random)
    caller = Caller(
        settings.endpoint,
        Transport(route_to(settings.endpoint, environ), clock, settings.request_timeout),
        TokenCache(source, clock),
        RateLimit(settings.requests_per_second, clock),
        Retry(clock, random),
        clock,
    )
    return caller, warnings
