"""Small configurations, exhaustively: every state to begin with, every YAML, every touch, every fault there.

A schedule has a name, so that a failing one can be played again by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sim_backend import PlaceKind
from sim_desired import Entry, declared
from sim_engine import EngineKind, SimEngine
from sim_faults import Fault, Scripted
from sim_operator import Run
from sim_random import WORKFLOWS
from sim_schedule import Deed, Happening, Report, Schedule, play

from declarative.model.change import Code
from declarative.model.desired import Desired, End, OnChange, Policies
from declarative.model.execution import Status

_PLAIN = EngineKind()
_KEYED = EngineKind(idempotent=True)
_REPAIRS = frozenset({End.FAILED, End.STOPPED, End.LOST})
_BLOCKS = frozenset(
    {Code.FORBIDDEN, Code.FAILED, Code.STOPPED, Code.PAUSED, Code.LOST, Code.REPLACEMENT_FAILED}
)
_FIRST = 100.0
"""Seconds that every preparation takes, so that what happens meanwhile has a time of its own."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A row of the table to begin with: what runs, and what has happened to it."""

    workflow: str
    happens: Callable[[SimEngine], None] | None = None
    before: tuple[str, ...] = ("same",)
    """YAML that was applied before: `same`, `removed`."""


BEGINNINGS: Mapping[str, Beginning | None] = {
    "nothing": None,
    "active": Beginning("long"),
    "queued": Beginning("slow"),
    "paused": Beginning("pausing"),
    "finished": Beginning("short"),
    "failed": Beginning("failing"),
    "stopped outside": Beginning("long", lambda engine: _set(engine, Status.STOPPED)),
    "stopped by us": Beginning("long", before=("same", "removed")),
    "stopping": Beginning("stubborn", before=("same", "removed")),
    "lost": Beginning("long", lambda engine: _vanish(engine)),
    "done by hand": Beginning("short", lambda engine: _by_hand(engine), before=()),
}


def _set(engine: SimEngine, status: Status) -> None:
    for run_id in engine.kept:
        engine.set_status(run_id, status)


def _vanish(engine: SimEngine) -> None:
    for run_id in engine.kept:
        engine.forget(run_id)


def _by_hand(engine: SimEngine) -> None:
    """Somebody has run the same a moment ago, and it is over."""
    engine.started_by_hand("short", '{"n":1}')


@dataclass(frozen=True, slots=True)
class Small:
    """One configuration of one or three entries, and what is done with it. `faulty`: the YAML of the apply
    that goes wrong, `following`: of the one after it."""

    beginning: str
    faulty: str
    following: str
    on_change: OnChange = OnChange.RERUN
    engine: EngineKind = _PLAIN
    place: PlaceKind = PlaceKind.LEASED
    grace: float | None = 2.0
    wait: bool = False

    @property
    def name(self) -> str:
        kind = "keyed" if self.engine.idempotent else "plain"
        waits = " wait" if self.wait else ""
        return (
            f"{self.beginning}, {self.faulty} then {self.following}, {self.on_change.value}, "
            f"{kind} {self.place.value}{waits}"
        )

    def schedule(self, faults: Mapping[tuple[str, int], Fault]) -> Schedule:
        before = self._before()
        deeds = [Deed((Run(self._yaml(version)),), _FIRST) for version in before]
        deeds.append(Deed((Run(self._yaml(self.faulty), wait=self.wait),), _FIRST))
        deeds.append(Deed((Run(self._yaml(self.following)),)))
        return Schedule(
            Scripted(faults),
            WORKFLOWS,
            tuple(deeds),
            self._yaml(self.following),
            self.engine,
            self.place,
            self._happenings(len(before)),
            _BLOCKS,
        )

    @property
    def process(self) -> str:
        """The one that goes wrong."""
        return f"apply {len(self._before()) + 1}"

    def _before(self) -> tuple[str, ...]:
        beginning = BEGINNINGS[self.beginning]
        return beginning.before if beginning else ()

    def _happenings(self, applied: int) -> tuple[Happening, ...]:
        beginning = BEGINNINGS[self.beginning]
        if beginning is None or beginning.happens is None:
            return ()
        return (Happening(applied * _FIRST + _FIRST - 20.0, beginning.happens),)

    def _yaml(self, version: str) -> Desired:
        if version == "removed":
            return declared(())
        beginning = BEGINNINGS[self.beginning]
        workflow = beginning.workflow if beginning else "slow"
        policies = Policies(
            on_change=self.on_change, rerun_on=_REPAIRS, stop_grace=self.grace, stop_timeout=3.0
        )
        entry = Entry("a", workflow, 1, policies)
        changes = {"same": entry, "changed": replace(entry, input=2), "revised": replace(entry, revision="2")}
        return declared((changes[version],))


def smalls() -> Iterator[Small]:
    """Every beginning with every change of the YAML; `on_change` where it counts."""
    for engine in (_PLAIN, _KEYED):
        for beginning in BEGINNINGS:
            for faulty in ("same", "changed", "revised", "removed"):
                for following in ("same", "changed", "removed"):
                    for on_change in _policies(faulty):
                        grace = None if beginning == "stopping" else 2.0
                        yield Small(beginning, faulty, following, on_change, engine, grace=grace)
    for place in (PlaceKind.KERNEL, PlaceKind.SERVER):
        for faulty in ("same", "changed", "removed"):
            yield Small("active", faulty, "same", place=place)
            yield Small("nothing", faulty, "changed", place=place)
    for beginning in ("nothing", "active", "finished"):
        yield Small(beginning, "changed", "changed", wait=True)


def _policies(faulty: str) -> tuple[OnChange, ...]:
    return tuple(OnChange) if faulty == "changed" else (OnChange.RERUN,)


def single_faults(small: Small) -> Iterator[tuple[str, Schedule]]:
    """The schedule once for every touch of its faulty apply and every fault that may befall it there."""
    for process, number, kind, _ in undisturbed(small).trace:
        if process == small.process:
            for fault in _FAULTS_OF[kind]:
                name = f"{small.name}: {kind} {number} {fault.value}"
                yield name, small.schedule({(process, number): fault})


_LOST = (Fault.CRASH, Fault.CRASH_LATE, Fault.LOST_BEFORE, Fault.LOST_AFTER)
_FAULTS_OF: Mapping[str, tuple[Fault, ...]] = {
    "start": (*_LOST, Fault.LATE, Fault.THROTTLED, Fault.INTERRUPT),
    "stop": (*_LOST, Fault.INTERRUPT),
    "terminate": (*_LOST, Fault.INTERRUPT),
    "write": (*_LOST, Fault.REFUSED, Fault.INTERRUPT),
    "get": (Fault.CRASH, Fault.UNAVAILABLE),
    "list": (Fault.CRASH, Fault.UNAVAILABLE),
    "unlock": (Fault.CRASH, Fault.LOST_BEFORE),
    "sleep": (Fault.CRASH, Fault.INTERRUPT),
    "read": (Fault.CRASH,),
    "lock": (Fault.CRASH,),
}
"""What tells something new; the rest is left to random schedules."""


def undisturbed(small: Small) -> Report:
    return play(small.schedule({}))
