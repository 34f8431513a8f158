"""`serve`: the embedded engine of a configuration behind the service's REST paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from declarative.app.opening import read_configuration
from declarative.app.setting import Setting
from declarative.app.workflows import provider_type, with_checked_workflows
from declarative.diagnostics import Diagnostic, Refused
from declarative.engine.client import Engine
from declarative.engine.errors import EngineError
from declarative.engine.settings import Settings
from declarative.model.desired import Desired, ProviderSettings
from declarative.providers.embedded_settings import read_settings


@dataclass(frozen=True, slots=True)
class Served:
    """An engine and the workflows it knows: (id, path)."""

    engine: Engine
    workflows: tuple[tuple[str, str], ...]


def open_served(setting: Setting, files: tuple[str, ...]) -> Served:
    """The engine that `apply` uses too, where there is a configuration; else one of its own.

    Serves the given files, else those of the configuration and everything under `workflows/`. Raises Refused.
    """
    root = Path(setting.directory).absolute()
    settings, declared, environment = Settings(), set[str](), setting.environment or "default"
    if (root / "declarative.yaml").exists():
        configuration = with_checked_workflows(read_configuration(setting))
        settings = read_settings(_provider(configuration.desired), setting.environ)
        declared = _declared(configuration.desired)
        environment = configuration.desired.environment or "default"
    engine = Engine(root / ".declarative" / environment / "engine", root, settings)
    chosen = files or sorted(declared | _beside(root))
    if not chosen:
        engine.close()
        hint = "Name the files, or put them under workflows/."
        raise Refused([Diagnostic("nothing_to_serve", f"There are no workflow files in {root}", hint=hint)])
    return Served(engine, tuple(_registered(engine, chosen)))


def _provider(desired: Desired) -> ProviderSettings:
    configured = [one for one in desired.providers.values() if one.type == "embedded"]
    return configured[0] if configured else ProviderSettings("embedded", "embedded")


def _declared(desired: Desired) -> set[str]:
    return {
        instance.workflow.reference
        for instance in desired.instances.values()
        if provider_type(desired, instance.provider) == "embedded"
    }


def _beside(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.glob("workflows/**/*.yaml")}


def _registered(engine: Engine, files: Iterable[str]) -> Iterable[tuple[str, str]]:
    for file in files:
        try:
            yield engine.register(file), file
        except EngineError as error:
            raise Refused([Diagnostic("workflow_file", error.message)]) from None
