"""The settings of a `yandex` provider: checked by hand, all problems at once, each with what is meant."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.model import durations
from declarative.model.desired import ProviderSettings
from declarative.model.json import Json
from declarative.protocols import Capabilities
from declarative.providers.yandex.endpoint import checked_origin, is_trusted

DEFAULT_ENDPOINT = "https://serverless-workflows.api.cloud.yandex.net"
DEFAULT_IAM_ENDPOINT = "https://iam.api.cloud.yandex.net"
ENDPOINT_VARIABLE = "YC_WORKFLOWS_ENDPOINT"
IAM_ENDPOINT_VARIABLE = "YC_IAM_ENDPOINT"

_SECRET_NAMES = frozenset(
    {"token", "iam_token", "oauth_token", "api_key", "service_account_key", "private_key"}
)


@dataclass(frozen=True, slots=True)
class YandexSettings:
    """Durations in seconds. `marker`: a key that is added to object inputs, to recognise runs by."""

    endpoint: str = DEFAULT_ENDPOINT
    iam_endpoint: str = DEFAULT_IAM_ENDPOINT
    folder_id: str = ""
    requests_per_second: float | None = None
    request_timeout: float = 30.0
    send_window: float = 30.0
    settle: float = 120.0
    retention_min: float = 3600.0
    marker: str | None = None
    service_account_key_file: str = ""
    max_active: int | None = None

    @property
    def capabilities(self) -> Capabilities:
        """The service takes an `Idempotency-Key` but nowhere promises to honour it: nothing relies on it."""
        return Capabilities(
            idempotent_start=False,
            client_ids=False,
            terminal_is_final=True,
            settle=self.settle,
            retention_min=self.retention_min,
            send_window=self.send_window,
            max_active=self.max_active,
        )

    @property
    def identity(self) -> str:
        return f"yandex {self.endpoint} {self.folder_id}".rstrip()


def read_settings(configured: ProviderSettings, environ: Mapping[str, str]) -> YandexSettings:
    """The checked settings. Raises Refused with every problem."""
    found: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for name, value in configured.settings.items():
        reader = _READERS.get(name)
        if reader is None:
            problems.append(_unknown(configured, name))
            continue
        try:
            found[name] = reader(value)
        except ValueError as error:
            problems.append(_problem(configured, f"{name}: {error}"))
    problems += _add_environment(configured, found, environ)
    settings = YandexSettings(**found)
    problems += _timing_problems(configured, settings)
    if problems:
        raise Refused(problems)
    return settings


def _add_environment(
    configured: ProviderSettings, found: dict[str, Any], environ: Mapping[str, str]
) -> list[Diagnostic]:
    """What the environment adds. A file alone may not send credentials to a stranger's host: a merge
    request's plan runs with the pipeline's credentials on somebody's YAML."""
    problems: list[Diagnostic] = []
    named: dict[str, str] = {}
    for name, variable in (("endpoint", ENDPOINT_VARIABLE), ("iam_endpoint", IAM_ENDPOINT_VARIABLE)):
        try:
            named[name] = checked_origin(environ[variable].strip()) if environ.get(variable) else ""
        except ValueError as error:
            problems.append(_problem(configured, f"{variable}: {error}"))
    endpoint = found.get("endpoint", "")
    if endpoint and not is_trusted(endpoint) and endpoint != named.get("endpoint"):
        hint = (
            f"If it is meant, say so where the credentials come from: export {ENDPOINT_VARIABLE}={endpoint}"
        )
        summary = f"endpoint: {endpoint} is not a host of Yandex Cloud's API"
        problems.append(_problem(configured, summary, hint))
    found |= {name: url for name, url in named.items() if url and not found.get(name)}
    found["folder_id"] = found.get("folder_id") or environ.get("YC_FOLDER_ID", "").strip()
    if configured.max_active is not None:
        found["max_active"] = configured.max_active
    return problems


def _timing_problems(configured: ProviderSettings, settings: YandexSettings) -> list[Diagnostic]:
    """Before `settle` is over, a start that was sent at the last moment may still be under way."""
    least = settings.send_window + settings.request_timeout
    if settings.settle >= least:
        return []
    summary = (
        f"settle: {settings.settle:g} s is less than send_window and request_timeout together ({least:g} s)"
    )
    hint = "A start that got no answer could then still arrive after it was given up, and run twice."
    return [_problem(configured, summary, hint)]


def _unknown(configured: ProviderSettings, name: str) -> Diagnostic:
    if name in _SECRET_NAMES:
        hint = "Credentials never stand in the file: set YC_IAM_TOKEN or YC_SERVICE_ACCOUNT_KEY_FILE."
    else:
        hint = did_you_mean(name, _READERS) or f"Known settings: {', '.join(_READERS)}."
    return _problem(configured, f"unknown setting {name!r}", hint)


def _problem(configured: ProviderSettings, summary: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        "provider_settings", f"providers.{configured.alias}: {summary}", hint=hint, span=configured.span
    )


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("a text is expected")
    return value.strip()


def _duration(value: Json) -> float:
    found = durations.seconds(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('a duration is expected, such as "30s" or "2m"')
    return found


def _rate(value: Json) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
        or value <= 0
    ):
        raise ValueError("a number above 0 is expected")
    return float(value)


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number from 1 is expected")
    return value


def _origin(value: Json) -> str:
    return checked_origin(_text(value))


_READERS: Mapping[str, Callable[[Json], object]] = {
    "endpoint": _origin,
    "folder_id": _text,
    "max_active": _count,
    "requests_per_second": _rate,
    "request_timeout": _duration,
    "send_window": _duration,
    "settle": _duration,
    "retention_min": _duration,
    "marker": _text,
    "service_account_key_file": _text,
}
