"""Apply, round by round: decide, carry out what may go now, see what it came to, decide again.

Every round asks the decision table anew, so that a re-run is simply a stop and, once it has acted, a start;
and an interruption anywhere leaves nothing but a state from which the next apply goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from declarative.app.engines import Engines
from declarative.app.news import ends, just_started, moves_on, old_ones_over, wrong_echoes
from declarative.app.session import Session
from declarative.app.unresolved import to_look_for, unresolved
from declarative.app.view import View, make_plan, take_in
from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.executor import Workshop, carry_out
from declarative.applying.recovery import distrust, resolve
from declarative.applying.searching import Intents
from declarative.applying.spent import forget_spent
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Desired
from declarative.model.event import Event
from declarative.model.observed import Observed, Reading, WorkflowKey
from declarative.model.plan import Plan
from declarative.model.record import Outcome
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest, observe
from declarative.planning.acting import acting_digest
from declarative.planning.planner import PlanRequest
from declarative.protocols import Clock

POLL_FIRST = 0.1
POLL_MAX = 5.0
SUCCESSOR_SECONDS = 120.0
"""How long an apply that does not wait still waits for a `start_first` successor to run."""


@dataclass(slots=True)
class Rounds:
    """One apply while it holds the lock. `plan` and `view` are those of the last round.

    `locked_at`: Clock.monotonic when the lock was got. `caller`: who acts, for the next one to name.
    `replacing`: what a person asked to run again, as far as a state says that it has not.
    """

    desired: Desired
    engines: Engines
    shop: Workshop
    request: PlanRequest
    view: View
    plan: Plan
    session: Session
    locked_at: float
    replacing: Callable[[State], frozenset[Address]]
    caller: str = ""
    acting: str = field(init=False)
    doubted: dict[WorkflowKey, str] = field(default_factory=dict)
    """Workflows whose engine was seen to give back another input than was sent, and why."""

    def __post_init__(self) -> None:
        wanted = replace(self.desired, instances={}) if self.request.destroy else self.desired
        self.acting = acting_digest(wanted)

    @property
    def clock(self) -> Clock:
        return self.shop.clock

    @property
    def desk(self) -> Desk:
        return self.shop.desk

    def run(self) -> Iterator[Event]:
        """Until nothing more can go now. Raises BackendError when state cannot be written."""
        poll = POLL_FIRST
        while not self.shop.interrupted():
            acted = yield from self._act()
            awaited = self._awaited()
            next_look = self._to_look_for()[1]
            if self.shop.interrupted() or not (acted or awaited or next_look is not None):
                break
            poll = POLL_FIRST if acted else min(POLL_MAX, poll * 1.5)
            if not acted:
                self.clock.sleep(poll if awaited else max(POLL_FIRST, next_look or 0.0))
            if acted or awaited:
                yield from self.refresh(_addresses(awaited))
            yield from self.session.give_up_late(self.session.stops_awaited(self.plan.changes))
        self._finish()

    def recover_first(self) -> Iterator[Event]:
        """Before anything is decided for good: starts whose outcome can be found out at once."""
        self._doubt_wrong_echoes(self.view.observed.readings)
        yield from self._recover()

    def _finish(self) -> None:
        if self.desk.dirty:
            forget_spent(self.desk, self.clock.now())
            self.desk.save()

    # ── deeds ──────────────────────────────────────────────────────────────────────────────────────────

    def _act(self) -> Generator[Event, None, bool]:
        """Everything that may go now, wave by wave. Whether there was anything."""
        acted = yield from self._recover()
        while not self.shop.interrupted():
            wave = self.session.next_wave(self.plan.changes, self.desk)
            if not (wave.starts or wave.stops or wave.notes):
                break
            self.desk.check()
            acted = True
            begun = self.clock.monotonic()
            known = {**self.desk.state.providers, **self.engines.known}
            self.desk.amend(acted=self.acting, acted_by=self.caller, providers=known)
            self.session.begin(wave)
            for event in carry_out(wave, self.shop):
                self.session.heard(event)
                yield event
            self.session.done(wave, self.desk, self.clock.monotonic() - begun)
        return acted

    def _recover(self) -> Generator[Event, None, bool]:
        """Resolves the starts whose time has come, and decides again where that changed anything."""
        intents = self._to_look_for()[0]
        if not intents:
            return False
        self._distrust_doubted()
        for _, intent in intents:
            self.session.looked_for(intent)
        for event in resolve(intents, self.desk, self.engines.by_identity, self.clock):
            self.session.heard(event)
            yield event
        self.desk.save_if_dirty()
        yield from self.refresh(address for address, _ in intents)
        return True

    def _to_look_for(self) -> tuple[Intents, float | None]:
        """(what to resolve now, seconds until the next; None when there is none for this apply)."""
        intents = unresolved(self.desk.records)
        if not intents:
            return [], None
        readers, since = self.engines.by_identity, self.shop.unresolved
        return to_look_for(intents, self.session, readers, since, self.locked_at, self.clock)

    # ── waiting ────────────────────────────────────────────────────────────────────────────────────────

    def _awaited(self) -> list[Change]:
        """Stops that were asked for, and old ones that wait for their successor to run."""
        late = self.clock.monotonic() - self.locked_at > SUCCESSOR_SECONDS
        successors = [
            change
            for change in self.plan.changes
            if change.gate_code is Code.NEW_ONE_FIRST and change.gate is Gate.DEFERRED and not late
        ]
        return [*self.session.stops_awaited(self.plan.changes), *successors]

    def refresh(self, watched: Iterable[Address]) -> Iterator[Event]:
        """Reads the watched addresses again, takes the news in, and decides anew."""
        records = {address: self.desk.records[address] for address in watched if address in self.desk.records}
        request = ObserveRequest(now=self.clock.now(), parallelism=self.shop.parallelism)
        fresh = observe(records, self.engines.by_identity, request)
        before = self.view.observed
        readings = {**before.readings, **fresh.readings}
        self._doubt_wrong_echoes(fresh.readings)
        yield from self.take_in(
            replace(
                before,
                readings={**readings, **just_started(self.desk.records.values(), readings)},
                calls=before.calls + fresh.calls,
            )
        )

    def look_again(self, only_own: bool = False) -> Iterator[Event]:
        """After a wait, on state as others may have left it: everything that is known, and what they started.

        `only_own`: another one has taken over, so nothing is recorded but the ends of what this apply
        started.
        """
        known = self.view.observed
        if only_own or self.shop.interrupted():
            yield from self.take_in(known, self.session.own if only_own else None)
            return
        self.forget_strangers()
        news = [
            address
            for address, record in self.desk.records.items()
            if record.current is not None and record.current.outcome is None
            if record.current.id not in known.readings
        ]
        yield from self.refresh(news)

    def forget_strangers(self) -> None:
        """What others run is asked for again by the next plan that needs it."""
        observed = replace(self.view.observed, unmanaged={}, unlisted={})
        self.view = replace(self.view, observed=observed)

    def take_in(self, observed: Observed, only: set[str] | None = None) -> Iterator[Event]:
        """Ends become outcomes on the desk (of the ids in `only`); the plan is made again from them."""
        believed = observed if only is None else _restricted(observed, only)
        now = self.clock.now()
        view = take_in(self.desired, self.desk.state, believed, now)
        told: list[Event] = [*moves_on(self.view.observed, observed, self.desk.records), *ends(view)]
        for address, record in view.changed.items():
            self.desk.put(address, record)
        for address, old in old_ones_over(self.desk.records, believed, self.engines.by_identity, now):
            self.desk.put(address, moves.drop_deposed(self.desk.record(address), old, now))
            told.append(events.Ended(address, old, Outcome.STOPPED_BY_US))
        self._distrust_doubted()
        self._decide(replace(view, observed=observed, state=self.desk.state), now)
        for event in told:
            if self.session.is_news(event):
                self.session.heard(event)
                yield event

    def _decide(self, view: View, now: float) -> None:
        """What a person asked to run again is asked for once."""
        wanted = self.replacing(view.state) - self.session.approval.used
        request = replace(self.request, now=now, replace=wanted)
        plan, self.view = make_plan(self.desired, view, self.engines, request)
        self.plan = self.session.shown(plan)

    def _doubt_wrong_echoes(self, readings: Mapping[str, Reading]) -> None:
        self.doubted |= wrong_echoes(self.desk.records.values(), readings, self.engines.by_identity)

    def _distrust_doubted(self) -> None:
        """Before a search as well: what its silence proves depends on it."""
        for key, why in self.doubted.items():
            distrust(self.desk, key, why)


def _addresses(changes: Iterable[Change]) -> list[Address]:
    return sorted({change.address for change in changes}, key=lambda address: address.sort_key)


def _restricted(observed: Observed, ids: set[str]) -> Observed:
    readings = {run_id: reading for run_id, reading in observed.readings.items() if run_id in ids}
    return replace(observed, readings=readings)
