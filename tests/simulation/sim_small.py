"""Small configurations, exhaustively: every state to begin with, every YAML, every touch, every fault there.

A schedule has a name, so that a failing one can be played again by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sim_backend import PlaceKind
from sim_desired import Entry, declared
from sim_engine import EngineKind, SimEngine
from sim_faults import FAULTS_OF, Fault, Scripted
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
    then: tuple[str, ...] = ()
    """YAML applied after the first one: `removed`, `changed`."""


BEGINNINGS: Mapping[str, Beginning | None] = {
    "nothing": None,
    "active": Beginning("long"),
    "queued": Beginning("slow"),
    "paused": Beginning("pausing"),
    "finished": Beginning("short"),
    "failed": Beginning("failing"),
    "stopped outside": Beginning("long", lambda engine: _set(engine, Status.STOPPED)),
    "stopped by us": Beginning("long", then=("removed",)),
    "stopping": Beginning("stubborn", then=("removed",)),
    "lost": Beginning("long", lambda engine: _vanish(engine)),
}


def _set(engine: SimEngine, status: Status) -> None:
    for run_id in engine.kept:
        engine.set_status(run_id, status)


def _vanish(engine: SimEngine) -> None:
    for run_id in engine.kept:
        engine.forget(run_id)


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
        return ("same", *beginning.then) if beginning else ()

    def _happenings(self, applied: int) -> tuple[Happening, ...]:
        beginning = BEGINNINGS[self.beginning]
        if beginning is None or beginning.happens is None:
            return ()
        return (Happening(applied * _FIRST + 50.0, beginning.happens),)

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
                        yield Small(beginning, faulty, following, on_change, engine)
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
            for fault in FAULTS_OF[kind]:
                name = f"{small.name}: {kind} {number} {fault.value}"
                yield name, small.schedule({(process, number): fault})


def undisturbed(small: Small) -> Report:
    return play(small.schedule({}))


# ── two operators ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Pair:
    """A second apply begins at some touch of the first one, which is slowed down there, or frozen."""

    second: str
    wait: bool
    frozen: bool
    engine: EngineKind = _PLAIN
    place: PlaceKind = PlaceKind.LEASED

    @property
    def name(self) -> str:
        kind = "keyed" if self.engine.idempotent else "plain"
        how = ("frozen" if self.frozen else "slow") + (", waiting" if self.wait else "")
        return f"two: first {how}, second {self.second}, {kind} {self.place.value}"

    def schedule(self, touch: int) -> Schedule:
        first = ("apply 1", touch)
        faults = {first: Fault.PAUSE} if self.frozen else {}
        adversary = Scripted(faults, switch_at=frozenset({first}))
        runs = (
            Run(self._yaml("same"), wait=self.wait, timeout=25.0),
            Run(self._yaml(self.second), destroy=self.second == "destroyed", lock_timeout=400.0),
        )
        blocks = frozenset({Code.UPSTREAM_BLOCKED})
        final = self._yaml("same")
        return Schedule(adversary, WORKFLOWS, (Deed(runs),), final, self.engine, self.place, (), blocks)

    def _yaml(self, version: str) -> Desired:
        policies = Policies(stop_grace=2.0, stop_timeout=3.0)
        entries = (
            Entry("a", "slow", 1, policies),
            Entry("b", "short", 1, policies, after="a"),
            Entry("c", "long", 1, policies),
        )
        if version == "removed":
            entries = entries[:1]
        if version == "changed":
            entries = tuple(replace(entry, input=2) for entry in entries)
        return declared(entries)


def pairs() -> Iterator[Pair]:
    for engine in (_PLAIN, _KEYED):
        for second in ("same", "changed", "removed", "destroyed"):
            for wait in (False, True):
                for frozen in (False, True):
                    yield Pair(second, wait, frozen, engine)
    for second in ("same", "changed"):
        yield Pair(second, True, True, place=PlaceKind.KERNEL)
        yield Pair(second, True, True, place=PlaceKind.SERVER)


def meetings(pair: Pair) -> Iterator[tuple[str, Schedule]]:
    """The schedule once for every touch of the first apply."""
    touches = play(pair.schedule(0)).touches[0]
    for touch in range(1, touches + 1):
        yield f"{pair.name}: touch {touch}", pair.schedule(touch)
