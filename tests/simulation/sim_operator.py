"""One apply as a process of the simulated world: the tool's own parts, from the lock to the last write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from sim_backend import SimBackend, SimPlace
from sim_desired import wish_of
from sim_engine import SimEngine, SimProvider
from sim_world import Crash, Process, Violation, World

import declarative.observing.observe as observing
import declarative.observing.unmanaged as listing
import declarative.state.store as storing
from declarative.app.applying import Applied, ApplyChoice, _locked, _Work, approve_all
from declarative.app.choice import PlanChoice
from declarative.app.engines import Engines
from declarative.app.opening import Configuration
from declarative.app.planning import state_of
from declarative.app.setting import Setting
from declarative.diagnostics import Refused
from declarative.model.address import Address
from declarative.model.desired import Desired
from declarative.observing.calls import in_parallel
from declarative.planning.selection import Selection
from declarative.protocols import BackendError, LockRequest, StateBackend
from declarative.state.heartbeat import Heartbeat
from declarative.state.lock import HEARTBEAT
from declarative.state.owner import Owner
from declarative.state.store import Store


@dataclass(frozen=True, slots=True)
class Run:
    """One apply as somebody asks for it."""

    desired: Desired
    wait: bool = False
    destroy: bool = False
    replace: tuple[str, ...] = ()
    replaced_before: Mapping[Address, tuple[str | None, int]] = field(default_factory=dict)
    """Of a saved plan."""
    targets: tuple[str, ...] = ()
    lock_timeout: float = 0.0
    timeout: float | None = 400.0


@dataclass(eq=False)
class Operator:
    """Carries out one `Run` and keeps what came of it. `failure`: how it ended, if not in good order."""

    world: World
    engine: SimEngine
    place: SimPlace
    process: Process
    run: Run
    applied: Applied | None = None
    failure: str = ""
    events: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.process.wish = "" if self.run.destroy else wish_of(self.run.desired)
        self.process.settles = self.run.replace
        if not self.run.destroy:
            self.process.wanted = {str(one.address): one for one in self.run.desired.instances.values()}

    def __call__(self) -> None:
        """Never raises; a broken promise is kept in `world.broken`."""
        try:
            self.applied = self._apply()
        except (Crash, Violation):
            self.failure = "crash"
        except BackendError as error:
            self.failure = f"{type(error).__name__}: {error}"
        except Refused as refusal:
            self.failure = f"refused: {refusal}"
        except Exception as bug:
            self.failure = f"bug: {bug!r}"
            self.world.broken = self.world.broken or f"{self.process.name}: {bug!r}"
            self.world.bug = bug
        finally:
            self._gone()

    def _gone(self) -> None:
        self.process.dead = True
        self.place.free_of(self.process)

    def _apply(self) -> Applied:
        setting = Setting(
            "", self.process, {}, caller=self.process.name, interrupted=lambda: self.process.interrupted
        )
        plan = PlanChoice(
            destroy=self.run.destroy,
            replace=self.run.replace,
            replaced_before=self.run.replaced_before,
            new_state=True,
            selection=Selection(targets=self.run.targets),
        )
        choice = ApplyChoice(
            plan,
            wait=self.run.wait,
            timeout=self.run.timeout,
            parallelism=1,
            lock_timeout=self.run.lock_timeout,
        )
        desired = self.run.desired
        store = self._store(desired)
        with _locked(store, setting, choice, self.events.append):
            state = state_of(store, desired, plan)
            engines = self._engines(desired)
            configuration = Configuration(desired, (), {})
            work = _Work(setting, choice, configuration, store, engines, self.events.append)
            applied = work.carry_out(state, approve_all)
        self.engine.laws.ended_well(self.process)
        return applied

    def _store(self, desired: Desired) -> Store:
        backend = SimBackend(self.place, self.process)
        owner = Owner(desired.name, desired.environment)
        store = Store(backend, self.process, owner, environ={})
        store._errored = _NoFile()  # type: ignore[assignment]
        return store

    def _engines(self, desired: Desired) -> Engines:
        provider = SimProvider(self.engine, self.process)
        return Engines({"sim": provider}, {provider.identity: provider}, {})


class _NoFile:
    """What could not be written is not kept on a real disk."""

    def keep(self, content: bytes) -> Path:
        return Path("errored.state.json")

    def drop(self) -> None:
        """There is none."""


class SimHeartbeat(Heartbeat):
    """The tool's own heartbeat, beaten by virtual time instead of a thread."""

    def __init__(self, backend: StateBackend, request: LockRequest, clock: Process, taken_at: float) -> None:
        super().__init__(backend, request, clock, taken_at)
        self._process = clock
        self._number = -1

    def start(self) -> None:
        self._number = self._process.world.beats(self._process, self, HEARTBEAT)

    def stop(self) -> None:
        self._process.world.beats_no_more(self._number)

    def beat(self) -> None:
        super().beat()
        if self.refused is not None:
            self.stop()


def _one_after_the_other(work, items, parallelism):  # type: ignore[no-untyped-def]
    return in_parallel(work, items, 1)


@contextmanager
def simulated() -> Iterator[None]:
    """No threads of the tool's own: heartbeats follow virtual time, calls follow each other."""
    with (
        patch.object(storing, "Heartbeat", SimHeartbeat),
        patch.object(observing, "in_parallel", _one_after_the_other),
        patch.object(listing, "in_parallel", _one_after_the_other),
    ):
        yield
