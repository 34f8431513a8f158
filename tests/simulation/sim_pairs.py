"""Two operators at once: the second comes at every touch of the first one, which is slow there, or frozen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim_backend import PlaceKind
from sim_desired import Entry, declared
from sim_engine import EngineKind
from sim_faults import Fault, Scripted
from sim_operator import Run
from sim_random import WORKFLOWS
from sim_schedule import Deed, Schedule, play

from declarative.model.change import Code
from declarative.model.desired import Desired, Policies

_PLAIN = EngineKind()
_KEYED = EngineKind(idempotent=True)


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
        patience = 25.0 if self.place is PlaceKind.LEASED else 150.0
        runs = (
            Run(self._yaml("same"), wait=self.wait, timeout=patience),
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


COMES_BACK = Pair("removed", wait=True, frozen=False, place=PlaceKind.KERNEL)
"""The first one is patient enough to come back after the other one has acted."""


def pairs() -> Iterator[Pair]:
    for engine in (_PLAIN, _KEYED):
        for second in ("same", "changed", "removed", "destroyed"):
            for wait in (False, True):
                for frozen in (False, True):
                    yield Pair(second, wait, frozen, engine)
    for second in ("same", "changed"):
        yield Pair(second, True, True, place=PlaceKind.KERNEL)
        yield Pair(second, True, True, place=PlaceKind.SERVER)
    yield COMES_BACK


def meetings(pair: Pair) -> Iterator[tuple[str, Schedule]]:
    """The schedule once for every touch of the first apply."""
    touches = play(pair.schedule(0)).touches[0]
    for touch in range(1, touches + 1):
        yield f"{pair.name}: touch {touch}", pair.schedule(touch)
