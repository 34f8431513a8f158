"""A schedule: who applies what and when, what else happens, and how it has to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sim_backend import PlaceKind, SimPlace
from sim_engine import SETTLE, EngineKind, SimEngine
from sim_faults import Adversary
from sim_laws import Laws
from sim_operator import Operator, Run, simulated
from sim_world import Violation, World

from declarative.app.applying import Applied
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Desired
from declarative.model.record import Record
from declarative.testing.backends import MemoryPlace
from declarative.testing.runs import Script

CALM_APPLIES_MAX = 8
PAUSE_BETWEEN = SETTLE + 60.0


@dataclass(frozen=True, slots=True)
class Deed:
    """One or two applies at the same time, `after` seconds after what was before."""

    runs: tuple[Run, ...]
    after: float = 5.0


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people or the engine do by themselves, at a moment since the beginning."""

    at: float
    what: Callable[[SimEngine], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """`final`: the YAML with which calm applies must come to rest. `blocks`: codes of `blocked:` that may be
    left then; `calm`: called when faults cease."""

    adversary: Adversary
    workflows: Mapping[str, Script]
    deeds: tuple[Deed, ...]
    final: Desired
    engine: EngineKind = EngineKind()
    place: PlaceKind = PlaceKind.LEASED
    happenings: tuple[Happening, ...] = ()
    blocks: frozenset[Code] = frozenset()
    calm: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Report:
    """`broken`: the promise that was broken, empty if none. `touches`: of each process, in order."""

    broken: str
    trace: list[tuple[str, int, str, str]]
    touches: list[int]
    world: World
    engine: SimEngine
    laws: Laws
    operators: list[Operator] = field(default_factory=list)


def play(schedule: Schedule) -> Report:
    """Plays a schedule to its end; the first broken promise ends it."""
    world = World(schedule.adversary)
    laws = Laws(world)
    engine = SimEngine(world, schedule.engine, schedule.workflows, laws)
    laws.engine = engine
    place = SimPlace(world, schedule.place, laws, MemoryPlace())
    stage = _Stage(schedule, world, engine, place, laws)
    for happening in schedule.happenings:
        world.at(world.mono + happening.at, lambda happening=happening: happening.what(engine))  # type: ignore[misc]
    with simulated(), suppress(Violation):
        stage.play()
    touches = [operator.process.touches for operator in stage.operators]
    return Report(world.broken, world.trace, touches, world, engine, laws, stage.operators)


@dataclass(slots=True)
class _Stage:
    schedule: Schedule
    world: World
    engine: SimEngine
    place: SimPlace
    laws: Laws
    operators: list[Operator] = field(default_factory=list)

    def play(self) -> None:
        for deed in self.schedule.deeds:
            self.world.advance(self.world.mono + deed.after)
            self._carry_out(deed)
            if self.world.broken:
                return
        self.schedule.calm()
        self.engine.is_full = False
        self._come_to_rest()

    def _carry_out(self, deed: Deed) -> None:
        bodies = [self._operator(run) for run in deed.runs]
        if len(bodies) == 1:
            bodies[0]()
        else:
            self.world.together([(one.process, one) for one in bodies])

    def _operator(self, run: Run) -> Operator:
        process = self.world.process(f"apply {len(self.operators) + 1}")
        made = Operator(self.world, self.engine, self.place, process, run)
        self.operators.append(made)
        return made

    # ── after the faults ───────────────────────────────────────────────────────────────────────────────

    def _come_to_rest(self) -> None:
        """Applies reach a fixed point: one more changes nothing, and nothing is left to do."""
        for _ in range(CALM_APPLIES_MAX):
            self.world.advance(self.world.mono + PAUSE_BETWEEN)
            before, starts = self._records(), self.engine.starts
            operator = self._operator(Run(self.schedule.final))
            operator()
            if self.world.broken:
                return
            if operator.applied is None:
                continue
            quiet = before == self._records() and starts == self.engine.starts
            if quiet and self._is_at_rest(operator.applied):
                return
        self._never_at_rest(operator)

    def _records(self) -> Mapping[object, Record]:
        return dict(self.laws.state.records) if self.laws.state else {}

    def _is_at_rest(self, applied: Applied) -> bool:
        return not any(self._is_left(change) for change in applied.plan.changes)

    def _is_left(self, change: Change) -> bool:
        """A stop that the execution ignores is asked for again in each apply, for ever."""
        if change.is_ready and change.stop is not None and change.code in (Code.STOPPING, Code.REPLACED):
            return not self.engine.kept[change.stop.execution_id].run.script.ignores_stop
        return change.is_ready or (
            change.gate is Gate.BLOCKED and change.gate_code not in self.schedule.blocks
        )

    def _never_at_rest(self, operator: Operator) -> None:
        left = [
            f"{change.address} {change.action} {change.gate} {change.gate_code}"
            for change in (operator.applied.plan.changes if operator.applied else ())
        ]
        self.world.broken = f"calm applies do not come to rest: {operator.failure} {'; '.join(left)}"
