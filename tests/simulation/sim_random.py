"""A seed -> a schedule: any configuration, any change of it, any fault, any interference. The same each time."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from random import Random

from sim_backend import PlaceKind
from sim_desired import Entry, declared
from sim_engine import EngineKind, SimEngine, as_doubles
from sim_faults import Seeded
from sim_operator import Run as Apply
from sim_schedule import Deed, Happening, Schedule

from declarative.model.change import Code
from declarative.model.desired import End, Need, OnChange, OnRemove, Policies, Run
from declarative.model.execution import ExecutionError, Status
from declarative.testing.runs import Script

WORKFLOWS = {
    "short": Script(duration=3, queued=1, result_json='{"r": 1}'),
    "instant": Script(duration=0, result_json='{"r": 2}'),
    "slow": Script(duration=40, queued=5, stop_takes=3, result_json='{"r": 3}'),
    "long": Script(duration=math.inf, stop_takes=1),
    "stubborn": Script(duration=math.inf, ignores_stop=True),
    "failing": Script(duration=2, error=ExecutionError("STEP", "no")),
    "pausing": Script(duration=math.inf, pauses_after=4),
}
_NAMES = ("a", "b", "c", "d", "e", "f")
_ALWAYS = frozenset({End.FINISHED, End.FAILED, End.STOPPED})
_BLOCKS = frozenset(
    {
        Code.FAILED,
        Code.STOPPED,
        Code.PAUSED,
        Code.LOST,
        Code.FORBIDDEN,
        Code.PROTECTED,
        Code.REPLACEMENT_FAILED,
        Code.RESULT_UNAVAILABLE,
    }
)
"""What may be left to a person whatever the tool does; the rest depends on who interfered."""


def schedule_of(seed: int, rate: float = 0.06) -> Schedule:
    return _Maker(Random(f"schedule {seed}"), seed, rate).schedule()


class _Maker:
    def __init__(self, random: Random, seed: int, rate: float) -> None:
        self.random = random
        self.adversary = Seeded(seed, rate)
        self.blocks = set(_BLOCKS)
        few = random.sample(tuple(WORKFLOWS), 2)
        self.workflows = random.choice((tuple(WORKFLOWS), tuple(WORKFLOWS), tuple(few)))
        """With few of them there are twins."""
        self.inputs: tuple[int | None, ...] = random.choice(((1, 2), (1, 2), (1,), (1, None)))

    def schedule(self) -> Schedule:
        engine = self._engine()
        if engine.retention_min < 100 or engine.echo is not None:
            self.blocks |= {Code.START_UNKNOWN, Code.AMBIGUOUS_START}
        versions = self._versions()
        deeds = tuple(self._deed(versions) for _ in range(self.random.randint(1, 4)))
        final = list(map(_without_rotation, self.random.choice(versions)))
        return Schedule(
            adversary=self.adversary,
            workflows=WORKFLOWS,
            deeds=deeds,
            final=declared(final, self._limit()),
            engine=engine,
            place=self.random.choice(tuple(PlaceKind)),
            happenings=self._happenings(versions[0]),
            blocks=frozenset(self.blocks),
            calm=self._calm,
        )

    def _calm(self) -> None:
        self.adversary.calm = True

    def _engine(self) -> EngineKind:
        idempotent = self._sometimes(0.25)
        return EngineKind(
            idempotent=idempotent,
            page_size_max=self.random.choice((1, 2, 1000)),
            list_lag=self.random.choice((0.0, 1.5)),
            retention_min=3600.0 if idempotent else self.random.choice((20.0, 3600.0)),
            active_max=self.random.choice((math.inf, math.inf, 2)),
            echo=as_doubles if None in self.inputs else None,
        )

    def _limit(self) -> int | None:
        return self.random.choice((None, None, None, 2))

    def _sometimes(self, chance: float) -> bool:
        return self.random.random() < chance

    # ── declarations ───────────────────────────────────────────────────────────────────────────────────

    def _versions(self) -> list[list[Entry]]:
        """The YAML and what becomes of it; a version may come back."""
        first = [self._entry(name, index) for index, name in enumerate(_NAMES[: self.random.randint(1, 5)])]
        versions = [first]
        for _ in range(self.random.randint(0, 2)):
            versions.append(self._changed(versions[-1]))
        if any(entry.policies.on_remove is OnRemove.ABANDON for version in versions for entry in version):
            self.blocks.add(Code.DUPLICATE)
        return versions

    def _entry(self, name: str, index: int) -> Entry:
        upstream = _NAMES[self.random.randrange(index)] if index and self._sometimes(0.3) else None
        reads = upstream is not None and self._sometimes(0.5)
        return Entry(
            name,
            workflow=self.random.choice(self.workflows),
            input=self.random.choice(self.inputs),
            policies=self._policies(),
            reads=upstream if reads else None,
            after=None if reads else upstream,
            need=self.random.choice(tuple(Need)),
            secret=self._sometimes(0.1),
        )

    def _policies(self) -> Policies:
        run = self.random.choice((Run.ONCE, Run.ONCE, Run.ONCE, Run.ALWAYS, Run.NEVER))
        return Policies(
            run=run,
            rerun_on=_ALWAYS if run is Run.ALWAYS else self._rerun_on(),
            stop_timeout=4.0,
            max_attempts=2,
            rotate_after=60.0 if self._sometimes(0.05) else None,
            on_change=self.random.choice((OnChange.RERUN, *OnChange)),
            on_remove=OnRemove.ABANDON if self._sometimes(0.1) else OnRemove.STOP,
            stop_grace=self.random.choice((None, None, 0.0, 5.0)),
            protected=self._sometimes(0.05),
            max_active=self.random.choice((None, None, 1)),
            sensitive=self._sometimes(0.1),
        )

    def _rerun_on(self) -> frozenset[End]:
        return frozenset(end for end in (End.FAILED, End.STOPPED, End.LOST) if self._sometimes(0.2))

    def _changed(self, entries: list[Entry]) -> list[Entry]:
        return [self._edited(entry) for entry in entries if not self._sometimes(0.2)]

    def _edited(self, entry: Entry) -> Entry:
        match self.random.randrange(7):
            case 0:
                return replace(entry, input=self.random.choice(self.inputs))
            case 1:
                return replace(entry, revision=str(self.random.randint(1, 3)))
            case 2:
                return replace(entry, workflow=self.random.choice(self.workflows))
            case 3:
                return replace(entry, policies=self._policies())
            case 4:
                return replace(entry, secret=not entry.secret)
            case _:
                return entry

    # ── deeds ──────────────────────────────────────────────────────────────────────────────────────────

    def _deed(self, versions: list[list[Entry]]) -> Deed:
        runs = [self._apply(versions)]
        if self._sometimes(0.2):
            runs.append(self._apply(versions))
        return Deed(tuple(runs), after=self.random.choice((0.5, 5.0, 100.0)))

    def _apply(self, versions: list[list[Entry]]) -> Apply:
        entries = self.random.choice(versions)
        partly = self._sometimes(0.1)
        again = tuple(entry.name for entry in entries if self._sometimes(0.05))
        return Apply(
            declared(entries, self._limit()),
            wait=self._sometimes(0.4),
            destroy=self._sometimes(0.05),
            replace=again,
            targets=tuple(entry.name for entry in entries if self._sometimes(0.4)) if partly else (),
            lock_timeout=self.random.choice((0.0, 100.0, 300.0)),
            timeout=self.random.choice((60.0, 300.0)),
        )

    # ── interference ───────────────────────────────────────────────────────────────────────────────────

    def _happenings(self, entries: list[Entry]) -> tuple[Happening, ...]:
        found: list[Happening] = []
        if self._sometimes(0.2):
            found.append(self._by_hand(entries))
            self.blocks |= {Code.DUPLICATE, Code.AMBIGUOUS_START, Code.START_UNKNOWN}
        if self._sometimes(0.15):
            status = self.random.choice((Status.STOPPED, Status.PAUSED, Status.FAILED))
            at, which = self.random.uniform(1, 120), self.random.random()
            found.append(Happening(at, lambda engine: _strike(engine, which, status)))
        if self._sometimes(0.1):
            found.append(Happening(self.random.uniform(5, 200), _purge))
            self.blocks |= {Code.START_UNKNOWN}
        return tuple(found)

    def _by_hand(self, entries: list[Entry]) -> Happening:
        entry = self.random.choice(entries)
        text = self.random.choice((json.dumps({"n": entry.input}), "{}"))
        at = self.random.uniform(0, 60)
        return Happening(at, lambda engine: (engine.started_by_hand(entry.workflow, text), None)[1])


def _without_rotation(entry: Entry) -> Entry:
    """What rotates never comes to rest."""
    return replace(entry, policies=replace(entry.policies, rotate_after=None))


def _strike(engine: SimEngine, which: float, status: Status) -> None:
    """Somebody stops, pauses or breaks what runs."""
    active = [run_id for run_id in engine.kept if engine.is_active(run_id)]
    if active:
        engine.set_status(active[int(which * len(active))], status)


def _purge(engine: SimEngine) -> None:
    """The engine forgets what has ended, as its retention allows: all of it, up to a moment."""
    before = engine.world.mono - engine.kind.retention_min
    for run_id, kept in engine.kept.items():
        if kept.run.ended_at < before:
            engine.forget(run_id)
