"""`serve`: the embedded engine of a configuration behind the service's REST paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from declarative.app.opening import Configuration, read_configuration
from declarative.app.setting import Setting
from declarative.app.workflows import Checking, declared_files, embedded_settings, with_checked_workflows
from declarative.diagnostics import Diagnostic, Refused
from declarative.engine.client import Engine
from declarative.engine.errors import EngineError
from declarative.model.desired import Desired
from declarative.providers.embedded_settings import read_settings


@dataclass(frozen=True, slots=True)
class Served:
    """An engine and the workflows it knows: (id, path). `problems`: what will not run here, and what is odd.

    `sources`: file -> text.
    """

    engine: Engine
    workflows: tuple[tuple[str, str], ...]
    problems: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def open_served(setting: Setting, files: tuple[str, ...]) -> Served:
    """The engine that `apply` uses too, where there is a configuration; else one of its own.

    Serves the given files, else those of the configuration and everything under `workflows/`. Raises Refused.
    """
    root = Path(setting.directory).absolute()
    configuration = _configuration(setting, root)
    chosen = files or _found(configuration.desired, root)
    if not chosen:
        hint = "Name the files, or put them under workflows/."
        raise Refused([Diagnostic("nothing_to_serve", f"There are no workflow files in {root}", hint=hint)])
    checking = Checking(configuration.desired, dict(configuration.sources))
    for file in chosen:
        checking.check(file)
    engine = _engine(setting, configuration.desired, root)
    problems = (*configuration.warnings, *checking.found)
    return Served(engine, tuple(_registered(engine, chosen)), problems, checking.sources)


def _configuration(setting: Setting, root: Path) -> Configuration:
    """An empty one where there is none. Raises Refused."""
    if (root / "declarative.yaml").exists():
        return with_checked_workflows(read_configuration(setting))
    return Configuration(Desired(str(root), "", setting.environment or "", {}, {}), (), {})


def _engine(setting: Setting, desired: Desired, root: Path) -> Engine:
    """Raises Refused when the engine's settings have errors."""
    configured = embedded_settings(desired)
    settings = read_settings(configured, setting.environ, desired.workflows.get(configured.alias, {}))
    return Engine(root / ".declarative" / (desired.environment or "default") / "engine", root, settings)


def _found(desired: Desired, root: Path) -> tuple[str, ...]:
    """The files that executions use, that have a name, or that lie where workflows usually are."""
    named = desired.workflows.get(embedded_settings(desired).alias, {}).values()
    beside = (path.relative_to(root).as_posix() for path in root.glob("workflows/**/*.yaml"))
    return tuple(sorted({*declared_files(desired), *named, *beside}))


def _registered(engine: Engine, files: Iterable[str]) -> Iterable[tuple[str, str]]:
    for file in files:
        try:
            yield engine.register(file), file
        except EngineError as error:
            raise Refused([Diagnostic("workflow_file", error.message)]) from None
