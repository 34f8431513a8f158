"""Opens the engines that a configuration and its state speak of, each at most once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType

from declarative.app.setting import Setting
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import Desired, ProviderSettings
from declarative.model.state import KnownProvider, State
from declarative.plugins import OpenRequest, opener
from declarative.protocols import Provider


@dataclass(slots=True)
class Engines:
    """`by_alias`: as configured now. `by_identity`: also those that only state remembers."""

    by_alias: dict[str, Provider] = field(default_factory=dict)
    by_identity: dict[str, Provider] = field(default_factory=dict)
    known: dict[str, KnownProvider] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the engines have to say to people, each once. A plugin need not have anything to say."""
        opened = self.by_identity.values()
        return tuple(dict.fromkeys(said for one in opened for said in getattr(one, "warnings", ())))

    def __enter__(self) -> Engines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for provider in {id(one): one for one in self.by_identity.values()}.values():
            provider.close()


def open_engines(setting: Setting, desired: Desired, state: State, may_write: bool) -> Engines:
    """Those that an instance or a record needs. Raises Refused when a declared one cannot be opened."""
    engines = Engines()
    used = {instance.provider for instance in desired.instances.values()}
    for alias in sorted(used):
        settings = desired.providers.get(alias, ProviderSettings(alias, alias))
        _add(engines, setting, desired, settings, may_write)
    for identity in _recorded(state) - set(engines.by_identity):
        _reopen(engines, setting, desired, state, identity, may_write)
    return engines


def _recorded(state: State) -> set[str]:
    found: set[str] = set()
    for record in state.records.values():
        if record.current is not None:
            found.add(record.current.provider)
        if record.pending is not None:
            found.add(record.pending.provider)
        found.update(old.provider for old in record.deposed)
    return found


def _reopen(
    engines: Engines, setting: Setting, desired: Desired, state: State, identity: str, may_write: bool
) -> None:
    """Through the settings configured now if the type is still there, else through the recorded ones."""
    known = state.providers.get(identity)
    if known is None:
        return
    configured: Iterable[ProviderSettings] = (
        settings for settings in desired.providers.values() if settings.type == known.type
    )
    recorded = ProviderSettings(known.alias, known.type, known.settings)
    for settings in (*configured, recorded):
        if identity in engines.by_identity:
            return
        try:
            _add(engines, setting, desired, settings, may_write, recorded=settings is recorded)
        except Refused:
            continue


def _add(
    engines: Engines,
    setting: Setting,
    desired: Desired,
    settings: ProviderSettings,
    may_write: bool,
    recorded: bool = False,
) -> None:
    request = OpenRequest(
        settings,
        desired.root,
        desired.environment,
        setting.environ,
        setting.clock,
        may_write,
        desired.workflows.get(settings.alias, {}),
    )
    provider = opener(request)(request)
    same = engines.by_identity.setdefault(provider.identity, provider)
    if same is not provider:
        # Two names for one engine: it must know the workflows that either of them resolves.
        provider.close()
    if not recorded:
        engines.by_alias[settings.alias] = same
    plain = {key: value for key, value in settings.settings.items() if key in _KEPT_SETTINGS}
    engines.known[same.identity] = KnownProvider(settings.alias, settings.type, plain)


_KEPT_SETTINGS = ("endpoint", "folder_id", "namespace", "region", "account")
"""Settings that say where an engine is. Nothing else is kept: a plugin's setting might be a secret."""
