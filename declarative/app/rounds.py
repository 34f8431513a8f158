"""Apply, round by round: decide, carry out what may go now, see what it came to, decide again.

Every round asks the decision table anew, so that a re-run is simply a stop and, once it has acted, a start;
and an interruption anywhere leaves nothing but a state from which the next apply goes on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace

from declarative.app.echoes import echoes_differ
from declarative.app.engines import Engines
from declarative.app.news import ends, moves_on, only_own
from declarative.app.session import Session
from declarative.app.view import View, make_plan, read_by_others, take_in
from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.executor import Workshop, carry_out
from declarative.applying.recovery import distrust, resolve, settled, twins
from declarative.applying.searching import Intents
from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.desired import Desired
from declarative.model.event import Event
from declarative.model.execution import Execution, Status
from declarative.model.observed import Observed, Reading
from declarative.model.plan import Plan
from declarative.observing.observe import ObserveRequest, observe
from declarative.planning.acting import acting_digest
from declarative.planning.planner import PlanRequest
from declarative.protocols import Clock

POLL_FIRST = 0.1
POLL_MAX = 5.0
SUCCESSOR_SECONDS = 120.0
"""How long an apply that does not wait still waits for a `start_first` successor to run."""
SPENT_SECONDS = 3600.0
"""How much older than the oldest open watermark a replaced id must be before it is forgotten: more than
clocks differ and engines lag."""


@dataclass(slots=True)
class Rounds:
    """One apply while it holds the lock. `plan` and `view` are those of the last round.

    `locked_at`: Clock.monotonic when the lock was got. `caller`: who acts, for the next one to name.
    """

    desired: Desired
    engines: Engines
    shop: Workshop
    request: PlanRequest
    view: View
    plan: Plan
    session: Session
    locked_at: float
    caller: str = ""
    readers: frozenset[str] = field(init=False)
    acting: str = field(init=False)

    def __post_init__(self) -> None:
        self.readers = read_by_others(self.desired)
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
            left = self._next_look()
            if self.shop.interrupted() or not (acted or awaited or left is not None):
                break
            poll = POLL_FIRST if acted else min(POLL_MAX, poll * 1.5)
            if not acted:
                self.clock.sleep(poll if awaited else max(POLL_FIRST, left or 0.0))
            if acted or awaited:
                yield from self.refresh(_addresses(awaited))
            yield from self.session.give_up_late(self.session.stops_awaited(self.plan.changes))
        self._finish()

    def recover_first(self) -> Iterator[Event]:
        """Before anything is decided for good: starts whose outcome can be found out at once."""
        self._check_echoes(self.desk.records, self.view.observed)
        yield from self._recover()

    def _finish(self) -> None:
        if self.desk.dirty:
            self._forget_spent()
            self.desk.save()

    # ── deeds ──────────────────────────────────────────────────────────────────────────────────────────

    def _act(self) -> Generator[Event, None, bool]:
        """Everything that may go now, wave by wave. Whether there was anything."""
        acted = yield from self._recover()
        while not self.shop.interrupted():
            wave = self.session.next_wave(self.plan.changes, self.desk)
            if not (wave.starts or wave.stops or wave.notes):
                break
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
        ready = self._to_resolve()
        if not ready:
            return False
        for _, intent in ready:
            self.session.looked_for(intent)
        found: list[Address] = []
        for event in resolve(ready, self.desk, self.engines.by_identity, self.clock):
            self.session.heard(event)
            found.append(event.address)
            yield event
        self.desk.save_if_dirty()
        yield from self.refresh(found)
        return True

    def _to_resolve(self) -> Intents:
        """Those whose time has come, together with their twins, of which some were looked for before."""
        unresolved = self._unresolved()
        if not unresolved:
            return []
        readers, since = self.engines.by_identity, self.shop.unresolved
        ready, _ = settled(unresolved, readers, since, self.locked_at, self.clock)
        may = {twins(intent) for _, intent in ready if self._may_look(intent)}
        return [(address, intent) for address, intent in ready if twins(intent) in may]

    def _may_look(self, intent: object) -> bool:
        raise NotImplementedError

    def _next_look(self) -> float | None:
        """Seconds until a start may be looked for; None when there is none to be looked for in this apply."""
        raise NotImplementedError

    def _unresolved(self) -> Intents:
        """Intents whose outcome nobody knows and that only an engine can tell."""
        return [
            (address, record.pending)
            for address, record in self.desk.records.items()
            if record.pending is not None and record.pending.reason != Code.AMBIGUOUS_START.value
        ]
