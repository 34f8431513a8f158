"""`--wait`: follows what is in scope to its end, starting what becomes free on the way.

The lock is let go while there is nothing to do but wait, and state is read again after each wait: another
apply may have acted meanwhile, and then this one starts and stops nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from declarative.app.rounds import Rounds
from declarative.applying.desk import Desk
from declarative.diagnostics import Severity
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Run
from declarative.model.event import Event
from declarative.protocols import Locked

POLL_FIRST = 0.1
POLL_MAX = 5.0
HEARTBEAT = 10.0
FLUSH = 60.0
BLIND_MAX = 120.0
"""Seconds for which an engine may be unreadable before waiting is given up."""


@dataclass(slots=True)
class Ending:
    """Why following ended. `taken_over_by`: who acted on the state meanwhile."""

    taken_over_by: str = ""
    timed_out: bool = False
    blind: bool = False

    @property
    def is_over(self) -> bool:
        return bool(self.taken_over_by) or self.timed_out or self.blind


@dataclass(slots=True)
class Follow:
    """`reopen` takes the lock and reads state; `let_go` releases it. `until`: on Clock.monotonic."""

    rounds: Rounds
    reopen: Callable[[], Desk]
    let_go: Callable[[], None]
    until: float | None = None

    def run(self, ending: Ending) -> Iterator[Event]:
        yield from self._follow(ending)
        self.rounds.plan = replace(
            self.rounds.plan, changes=tuple(map(_paused_is_blocked, self.rounds.plan.changes))
        )

    def _follow(self, ending: Ending) -> Iterator[Event]:
        rounds = self.rounds
        while True:
            yield from rounds.run()
            if rounds.shop.interrupted() or not going_on(rounds):
                return
            acted = rounds.desk.state.acted
            rounds.desk.close()
            self.let_go()
            back = yield from self._watch_and_come_back(ending)
            if not back:
                return
            self._notice_take_over(acted, ending)
            yield from rounds.look_again(only_own=bool(ending.taken_over_by))
            rounds.desk.save_if_dirty()
            if ending.is_over:
                return

    def _watch_and_come_back(self, ending: Ending) -> Generator[Event, None, bool]:
        """False when there is nothing to come back for, or the lock cannot be had and time is up."""
        rounds = self.rounds
        while True:
            yield from self._watch(ending)
            if rounds.shop.interrupted() and not rounds.desk.dirty:
                return False
            try:
                rounds.shop.desk = self.reopen()
            except Locked as locked:
                if rounds.shop.interrupted() or ending.is_over:
                    return False
                yield events.Warned(replace(locked.problem, severity=Severity.WARNING))
            else:
                rounds.locked_at = rounds.clock.monotonic()
                return True

    def _notice_take_over(self, acted: str, ending: Ending) -> None:
        """`acted`: of the state when the lock was let go."""
        state = self.rounds.desk.state
        if state.acted not in (acted, self.rounds.acting):
            ending.taken_over_by = state.acted_by or "another apply"

    def _watch(self, ending: Ending) -> Iterator[Event]:
        """Without the lock: polls until something can be done, everything has settled, or time is up."""
        rounds, clock = self.rounds, self.rounds.clock
        begun = said = seen = clock.monotonic()
        poll = POLL_FIRST
        while not rounds.shop.interrupted():
            clock.sleep(poll)
            if poll >= POLL_MAX and _waits_for_others(rounds):
                rounds.forget_strangers()
            moved = list(rounds.refresh(going_on(rounds)))
            yield from moved
            poll = POLL_FIRST if moved else min(POLL_MAX, poll * 1.5)
            now = clock.monotonic()
            seen = now if not _blind(rounds) else seen
            ending.blind = now - seen > BLIND_MAX
            ending.timed_out = self.until is not None and now >= self.until
            flush = rounds.desk.dirty and now - begun > FLUSH
            if ending.is_over or flush or self._can_act() or not going_on(rounds):
                return
            if now - said >= HEARTBEAT:
                said = now
                yield _waiting(rounds, now - begun)

    def _can_act(self) -> bool:
        wave = self.rounds.session.next_wave(self.rounds.plan.changes, self.rounds.desk)
        return bool(wave.starts or wave.stops or wave.notes)


def going_on(rounds: Rounds) -> list[Address]:
    """Addresses in scope whose end is still to come by itself: active, or held until there is room."""
    return [change.address for change in rounds.plan.changes if _goes_on(rounds, change)]


def _goes_on(rounds: Rounds, change: Change) -> bool:
    record = rounds.desk.records.get(change.address)
    if record is not None and record.pending is not None:
        return False
    if change.gate is Gate.HELD:
        return rounds.session.approval.allows(change)
    if change.gate is Gate.BLOCKED and change.gate_code is not Code.UNREADABLE:
        return False
    return change.code is not Code.PAUSED and _is_active(rounds, change.address)


def _is_active(rounds: Rounds, address: Address) -> bool:
    """For `run: always`, RUNNING is as far as there is to go."""
    record = rounds.desk.records.get(address)
    bound = record.current if record else None
    if bound is None or bound.outcome is not None:
        return False
    instance = rounds.desired.instances.get(address)
    if instance is None or rounds.request.destroy:
        return bound.stopping is not None
    return not (instance.policies.run is Run.ALWAYS and bound.was_running)


def _paused_is_blocked(change: Change) -> Change:
    """A wait cannot go on past a paused execution: somebody has to resume or stop it."""
    if change.code is not Code.PAUSED or change.gate is not Gate.READY:
        return change
    words = "it is paused; resume it or stop it"
    return replace(change, gate=Gate.BLOCKED, gate_code=Code.PAUSED, gate_reason=words)


def _waits_for_others(rounds: Rounds) -> bool:
    """What others run counts towards a provider's limit, and nobody tells when it has ended."""
    return any(change.gate_code is Code.PROVIDER_LIMIT for change in rounds.plan.changes)


def _blind(rounds: Rounds) -> bool:
    waiting = set(going_on(rounds))
    codes = [change.gate_code for change in rounds.plan.changes if change.address in waiting]
    return bool(codes) and all(code is Code.UNREADABLE for code in codes)


def _waiting(rounds: Rounds, seconds: float) -> Event:
    gates = [change.gate for change in rounds.plan.changes]
    active = sum(1 for address in going_on(rounds) if _is_active(rounds, address))
    return events.Waiting(active, gates.count(Gate.DEFERRED), gates.count(Gate.HELD), seconds)
