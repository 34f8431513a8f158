"""The settings of an `embedded` provider: checked before anything runs, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.model import durations
from declarative.model.desired import ProviderSettings
from declarative.model.json import Json

if TYPE_CHECKING:
    from declarative.engine.settings import Settings


def read_settings(
    configured: ProviderSettings, environ: Mapping[str, str], workflows: Mapping[str, str]
) -> Settings:
    """What the engine is given; `workflows`: names that `workflow` steps may use -> paths.

    Raises Refused with every problem.
    """
    from declarative.engine.settings import Settings

    found: dict[str, Any] = {"aliases": dict(workflows)}
    problems: list[Diagnostic] = []
    for name, value in configured.settings.items():
        reader = _READERS.get(name)
        if reader is None:
            hint = did_you_mean(name, _READERS) or f"Known settings: {', '.join(_READERS)}."
            problems.append(_problem(configured, f"unknown setting {name!r}", hint))
            continue
        try:
            found[name] = reader(value, environ)
        except _Wrong as wrong:
            problems += (_problem(configured, f"{name}: {text}", hint) for text, hint in wrong.problems)
    if problems:
        raise Refused(problems)
    return Settings(**found)


class _Wrong(Exception):
    """`problems`: (what is wrong, what to do) of one setting."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        self.problems = problems
        super().__init__(problems)


def _mocks(value: Json, environ: Mapping[str, str]) -> Json:
    from declarative.engine import mocks

    return _accepted(value, mocks.read(value)[1])


def _secrets(value: Json, environ: Mapping[str, str]) -> Json:
    from declarative.engine import secrets

    return _accepted(value, secrets.read(value, environ)[1])


def _accepted(value: Json, problems: list[Diagnostic]) -> Json:
    if problems:
        raise _Wrong(*((problem.summary, problem.hint) for problem in problems))
    return value


def _allow(value: Json, environ: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(host, str) and host for host in value):
        raise _Wrong(("a list of hosts is expected", "Such as [api.example.com, localhost:8080]."))
    return tuple(str(host) for host in value)


def _keep(value: Json, environ: Mapping[str, str]) -> float:
    found = durations.seconds(value) if isinstance(value, str) else None
    if not found:
        raise _Wrong(('a duration is expected, such as "7d"', ""))
    return found


def _problem(configured: ProviderSettings, summary: str, hint: str) -> Diagnostic:
    return Diagnostic(
        "provider_settings", f"providers.{configured.alias}: {summary}", hint=hint, span=configured.span
    )


_READERS: Mapping[str, Callable[[Json, Mapping[str, str]], object]] = {
    "mocks": _mocks,
    "secrets": _secrets,
    "allow": _allow,
    "keep": _keep,
}
