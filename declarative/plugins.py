"""Finds engines: the built-in ones, and those that packages offer through an entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.model.desired import ProviderSettings
from declarative.protocols import Clock, Provider


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """`root`: the configuration's folder. `environment`: its name, empty for none. `environ`: where
    credentials may come from. `may_write`: false for readers, which must leave the disk as it is.
    `workflows`: what the configuration calls this provider's workflows -> what the provider resolves."""

    settings: ProviderSettings
    root: str
    environment: str
    environ: Mapping[str, str]
    clock: Clock
    may_write: bool
    workflows: Mapping[str, str] = field(default_factory=dict)


Opener: TypeAlias = Callable[[OpenRequest], Provider]
"""Raises Refused with diagnostics when settings or credentials are wrong. Makes no call."""


def opener(request: OpenRequest) -> Opener:
    """The opener of the provider's type. Raises Refused for a type nobody offers."""
    kind = request.settings.type
    if kind == "embedded":
        from declarative.providers.embedded import open_embedded

        return open_embedded
    if kind == "yandex":
        from declarative.providers.yandex import open_yandex

        return open_yandex
    # Not for the engines above: it costs as much as everything else here together.
    from declarative.offered import known_types, offered

    found = offered().get(kind)
    if found is not None:
        loaded: Opener = found.load()
        return loaded
    known = known_types()
    summary = f'There is no provider of the type "{kind}"'
    hint = did_you_mean(kind, known) or f"Known: {', '.join(known)}."
    raise Refused([Diagnostic("provider_type", summary, hint=hint, span=request.settings.span)])
