"""Which engine an entry is for: the providers that are configured, and those that need no configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from declarative.config.merge import Placed
from declarative.config.suggest import nearest
from declarative.config.unknown import Unknown
from declarative.diagnostics import Diagnostic, Span
from declarative.model.desired import ProviderSettings
from declarative.model.json import Json

EMBEDDED = "embedded"
BUILT_IN = (EMBEDDED, "yandex")
"""Providers that may be named without standing under `providers`."""
_OURS = frozenset({"type", "max_active"})


@dataclass(slots=True)
class Providers:
    """`configured`: as the file has them, evaluated. `used`: built-in ones that were named without that."""

    configured: Mapping[str, ProviderSettings]
    used: dict[str, ProviderSettings] = field(default_factory=dict)

    def of(self, named: str | None, at: Callable[[], Span | None]) -> ProviderSettings:
        """The provider of an entry that names it (there) or not. Raises Unknown."""
        if named is None:
            return self._only()
        found = self.configured.get(named) or self.used.get(named)
        if found is not None:
            return found
        if named not in BUILT_IN:
            hint = nearest(named, [*self.configured, *BUILT_IN])
            summary = f'There is no provider "{named}"'
            raise Unknown(Diagnostic("unknown_provider", summary, hint=hint, span=at()))
        return self.used.setdefault(named, ProviderSettings(named, named, span=at()))

    @property
    def all(self) -> dict[str, ProviderSettings]:
        return {**self.configured, **self.used}

    def _only(self) -> ProviderSettings:
        if not self.configured:
            return self.of(EMBEDDED, lambda: None)
        if len(self.configured) == 1:
            return next(iter(self.configured.values()))
        summary = f"Which provider? There are {', '.join(self.configured)}, and none is the default"
        span = next(iter(self.configured.values())).span
        raise Unknown(Diagnostic("provider_required", summary, hint="Set defaults.provider.", span=span))


def settings(alias: str, placed: Placed, value: Json) -> ProviderSettings:
    """`value` is what stands there, evaluated and of the right shape."""
    written = value if isinstance(value, dict) else {}
    kind, limit = written.get("type"), written.get("max_active")
    return ProviderSettings(
        alias,
        kind if isinstance(kind, str) else alias,
        {key: item for key, item in written.items() if key not in _OURS},
        limit if isinstance(limit, int) else None,
        placed.span(key=True),
    )
