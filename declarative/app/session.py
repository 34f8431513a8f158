"""What one apply has done so far: so that no round does it twice, and none waits for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from declarative.applying.desk import Desk
from declarative.applying.executor import Wave, stop_mode
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate
from declarative.model.event import Event
from declarative.model.plan import Plan
from declarative.model.record import Pending, StopMode
from declarative.planning.approval import Approval
from declarative.protocols import Clock

WAVE_FIRST = 250
WAVE_MAX = 5000
WAVE_SECONDS = 10.0
"""A wave's starts must all be on the wire within the send window of one write (30 s); a third is ours."""
RETRIES_MAX = 2
UNSENT_MAX = 5
"""How often a start may miss its send window before it is left to the next apply."""
PAUSE_FIRST = 5.0
PAUSE_MAX = 60.0
LOOKS_MAX = 3


@dataclass(slots=True)
class Asked:
    """A stop of this apply. `since`, `again_at`: Clock.monotonic; `again_at` after a call without answer."""

    mode: StopMode
    since: float
    again_at: float | None = None
    tries: int = 1


@dataclass(slots=True)
class Session:
    """`asked`: by execution id. `held`: address -> Clock.monotonic before which the engine, which had no
    room, is not asked again. `looks`: attempt -> how often it was looked for in vain, and when next."""

    approval: Approval
    clock: Clock
    asked: dict[str, Asked] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    refused: set[Address] = field(default_factory=set)
    held: dict[Address, float] = field(default_factory=dict)
    noted: set[tuple[Address, Action]] = field(default_factory=set)
    looks: dict[str, tuple[int, float]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    """Ids of the executions that this apply started or found."""
    told: set[str] = field(default_factory=set)
    tries: Counter[Address] = field(default_factory=Counter)
    holds: Counter[Address] = field(default_factory=Counter)
    started: int = 0
    stopped: int = 0
    wave_size: int = WAVE_FIRST

    # ── what may go now ────────────────────────────────────────────────────────────────────────────────

    def next_wave(self, changes: Iterable[Change], desk: Desk) -> Wave:
        """Approved, ready, not done yet in this apply; no more than fits into one send window."""
        starts: list[Change] = []
        stops: list[Change] = []
        notes: list[Change] = []
        for change in changes:
            if not change.is_ready or change.action is Action.RESOLVE or not self.approval.allows(change):
                continue
            if change.action in (Action.STOP, Action.RERUN):
                if len(stops) < self.wave_size and self._may_stop(change, desk):
                    stops.append(change)
            elif change.action.starts:
                if len(starts) < self.wave_size and self._may_start(change, desk):
                    starts.append(change)
            elif (change.address, change.action) not in self.noted:
                notes.append(change)
        return Wave(tuple(starts[: max(0, self.wave_size - len(stops))]), tuple(stops), tuple(notes))

    def _may_start(self, change: Change, desk: Desk) -> bool:
        """A decision from before the last try at this address is not carried out: it is made again first."""
        assert change.start is not None
        if (
            change.address in self.refused
            or change.start.generation <= desk.record(change.address).generation
        ):
            return False
        return not self._is_held(change.address)

    def _is_held(self, address: Address) -> bool:
        return self.held.get(address, 0.0) > self.clock.monotonic()

    def _may_stop(self, change: Change, desk: Desk) -> bool:
        """Once per apply; again when nothing was heard of it, and when its grace is over."""
        assert change.stop is not None
        asked = self.asked.get(change.stop.execution_id)
        if asked is None:
            return True
        if asked.again_at is not None:
            return asked.again_at <= self.clock.monotonic()
        mode = stop_mode(change.stop, desk, change.address, self.clock.now())
        return mode is StopMode.TERMINATE and asked.mode is StopMode.GRACEFUL

    def shown(self, plan: Plan) -> Plan:
        """The plan with what the engine had no room for as held."""
        if not any(map(self._is_held, self.held)):
            return plan
        return replace(plan, changes=tuple(map(self._shown, plan.changes)))

    def _shown(self, change: Change) -> Change:
        if not (change.is_ready and change.action.starts and self._is_held(change.address)):
            return change
        words = "the engine has no room for it now"
        return replace(change, gate=Gate.HELD, gate_code=Code.QUOTA, gate_reason=words)

    # ── what became of it ──────────────────────────────────────────────────────────────────────────────

    def begin(self, wave: Wave) -> None:
        for change in wave.notes:
            self.noted.add((change.address, change.action))
        for change in wave.starts:
            self.approval.use(change)

    def is_news(self, event: Event) -> bool:
        """An end is told once, however often state is read again."""
        if not isinstance(event, events.Ended):
            return True
        known = event.execution_id in self.told
        self.told.add(event.execution_id)
        return not known

    def heard(self, event: Event) -> None:
        """Keeps count of what a wave came to."""
        match event:
            case events.Started(execution_id=execution_id):
                self.started += 1
                self.own.add(execution_id)
            case events.StopAsked(execution_id=execution_id, mode=mode):
                since = self._asked_since(execution_id)
                self.asked[execution_id] = Asked(mode, since)
            case events.StopRefused(execution_id=execution_id, problem=problem):
                self._stop_failed(execution_id, passing=problem.code == "stop_unanswered")
            case events.StartRefused(address=address, held=True):
                self._hold(address)
            case events.StartRefused(address=address):
                self.refused.add(address)
            case events.Recovered():
                self._recovered(event)
            case events.Ended(execution_id=execution_id) if execution_id in self.asked:
                self.stopped += 1
            case _:
                pass

    def _recovered(self, event: events.Recovered) -> None:
        if event.execution_id is not None:
            self.own.add(event.execution_id)
        if event.finding == "nothing_started":
            self.retry(event.address)

    def _asked_since(self, execution_id: str) -> float:
        asked = self.asked.get(execution_id)
        return asked.since if asked else self.clock.monotonic()

    def _stop_failed(self, execution_id: str, passing: bool) -> None:
        asked = self.asked.get(execution_id)
        tries = asked.tries + 1 if asked else 1
        now = self.clock.monotonic()
        if passing and tries <= RETRIES_MAX:
            again_at = now + self._pause(tries)
            self.asked[execution_id] = Asked(
                StopMode.GRACEFUL, self._asked_since(execution_id), again_at, tries
            )
            return
        self.asked[execution_id] = Asked(StopMode.TERMINATE, now)
        self.given_up.add(execution_id)

    def _hold(self, address: Address) -> None:
        self.holds[address] += 1
        self.held[address] = self.clock.monotonic() + self._pause(self.holds[address])
        self.approval.used.discard(address)

    def _pause(self, tries: int) -> float:
        wait: float = min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(tries - 1, 10))
        return wait

    def retry(self, address: Address) -> None:
        """It is proven that nothing started: the approved start is good once more, but not for ever."""
        self._give_back(address, RETRIES_MAX)

    def _give_back(self, address: Address, tries_max: int) -> None:
        """What did not come about in so many tries is left to the next apply, and this one failed in it."""
        self.tries[address] += 1
        if self.tries[address] <= tries_max:
            self.approval.used.discard(address)
        else:
            self.refused.add(address)

    def done(self, wave: Wave, desk: Desk, seconds: float) -> None:
        """Gives unsent starts back, and sizes the next wave to what its share of the window allows."""
        for change in wave.starts:
            if self._is_unsent(change, desk):
                self._give_back(change.address, UNSENT_MAX)
        calls = len(wave.starts) + len(wave.stops)
        if calls:
            self.wave_size = max(10, min(WAVE_MAX, int(calls / max(seconds, 0.001) * WAVE_SECONDS)))

    def _is_unsent(self, change: Change, desk: Desk) -> bool:
        record = desk.record(change.address)
        if change.address in self.refused or self._is_held(change.address) or record.pending is not None:
            return False
        return record.current is None or record.current.generation != record.generation

    # ── starts to look for ─────────────────────────────────────────────────────────────────────────────

    def may_look_for(self, intent: Pending) -> bool:
        """Whether this apply will look, once more, for what became of a start."""
        looks = self.looks.get(intent.attempt, (0, 0.0))[0]
        return looks == 0 or (intent.reason is None and looks < LOOKS_MAX)

    def next_look(self, intent: Pending) -> float:
        """Seconds until it is worth to look again."""
        return max(0.0, self.looks.get(intent.attempt, (0, 0.0))[1] - self.clock.monotonic())

    def looked_for(self, intent: Pending) -> None:
        looks = self.looks.get(intent.attempt, (0, 0.0))[0] + 1
        self.looks[intent.attempt] = (looks, self.clock.monotonic() + self._pause(looks))

    # ── stops to wait for ──────────────────────────────────────────────────────────────────────────────

    def stops_awaited(self, changes: Iterable[Change]) -> list[Change]:
        """Stops of this apply that have not acted yet and are still worth waiting for."""
        return [
            change
            for change in changes
            if change.stop is not None
            and change.gate is not Gate.BLOCKED
            and change.stop.execution_id in self.asked
            and change.stop.execution_id not in self.given_up
        ]

    def give_up_late(self, awaited: Iterable[Change]) -> Iterator[Event]:
        """Past `stop_timeout` a stop is left to a later apply."""
        for change in awaited:
            assert change.stop is not None
            since = self.asked[change.stop.execution_id].since
            if self.clock.monotonic() - since >= change.stop.timeout:
                self.given_up.add(change.stop.execution_id)
                yield events.StopPending(change.address, change.stop.execution_id, change.stop.timeout)
