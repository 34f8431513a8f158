"""From a directory to everything a command needs: the files read, state read, engines opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from declarative.app.engines import Engines, open_engines
from declarative.app.setting import Setting
from declarative.config.declared import Asked
from declarative.config.load import load, load_home
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import Desired, Home
from declarative.model.json import Json
from declarative.model.state import State
from declarative.protocols import StateBackend
from declarative.state.owner import Owner
from declarative.state.select import open_backend
from declarative.state.store import Store


class Unreadable(Refused):
    """Refused, with the text of the files so that the lines can be shown."""

    def __init__(self, diagnostics: list[Diagnostic], sources: Mapping[str, str]) -> None:
        super().__init__(diagnostics)
        self.sources = sources


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files, read without an error. `sources`: file -> text. `variables`: the open ones."""

    desired: Desired
    warnings: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    owns_backend: bool = False
    variables: Mapping[str, Json] = field(default_factory=dict)


def read_configuration(setting: Setting) -> Configuration:
    """Raises Unreadable with every problem of every file."""
    loaded = load(
        setting.directory,
        setting.environment,
        setting.variables,
        setting.var_files,
        setting.environ,
        setting.clock.now() if setting.as_of is None else setting.as_of,
    )
    setting.learn(loaded.variables.secrets)
    if loaded.desired is None:
        raise Unreadable(loaded.diagnostics, loaded.sources)
    known = loaded.variables
    open_ones = {name: value for name, value in known.values.items() if name not in known.sensitive}
    return Configuration(
        loaded.desired, tuple(loaded.diagnostics), loaded.sources, loaded.owns_backend, open_ones
    )


def read_home(setting: Setting) -> Home:
    """Of files whose executions may lack values. Raises Unreadable with every other problem."""
    asked = Asked(setting.environment, setting.variables, setting.var_files, setting.environ)
    loaded = load_home(setting.directory, asked)
    setting.learn(loaded.variables.secrets)
    if loaded.home is None:
        raise Unreadable(loaded.diagnostics, loaded.sources)
    return loaded.home


def opened_store(
    setting: Setting, configuration: Configuration, locking: bool = True
) -> AbstractContextManager[Store]:
    """State's place, reachable or Refused."""
    desired = configuration.desired
    return opened_home(
        setting,
        Home(desired.root, desired.name, desired.environment, desired.backend, configuration.owns_backend),
        locking,
    )


@contextmanager
def opened_home(setting: Setting, home: Home, locking: bool = True) -> Iterator[Store]:
    """State's place, reachable or Refused."""
    backend: StateBackend = open_backend(
        home.backend,
        home.root,
        home.name,
        home.environment,
        setting.backend_config,
        setting.environ,
        setting.clock,
        environment_owns_backend=home.owns_backend,
    )
    try:
        owner = Owner(home.name, home.environment)
        yield Store(backend, setting.clock, owner, locking=locking, environ=setting.environ)
    finally:
        backend.close()


def unlock(store: Store, setting: Setting) -> None:
    """A lock that could not be given back is somebody's trouble later: it is said now."""
    problem = store.unlock()
    if problem is not None:
        setting.warn(problem)


@contextmanager
def opened_engines(setting: Setting, desired: Desired, state: State, may_write: bool) -> Iterator[Engines]:
    with open_engines(setting, desired, state, may_write) as engines:
        yield engines
