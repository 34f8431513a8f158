"""`apply` and `destroy`: recover, plan, ask, and carry out in rounds, under the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from declarative.app.choice import PlanChoice, addresses, plan_request, still_to_replace
from declarative.app.done_before import done_before
from declarative.app.engines import Engines
from declarative.app.follow import Ending, Follow
from declarative.app.losing import Loss, losses
from declarative.app.opening import (
    Configuration,
    opened_engines,
    opened_store,
    read_configuration,
)
from declarative.app.outputs import outputs_of
from declarative.app.planning import refuse_lost_state, state_of, uses_embedded
from declarative.app.rounds import Rounds
from declarative.app.secrecy import echoes
from declarative.app.session import Session
from declarative.app.setting import Setting
from declarative.app.unread import unread
from declarative.app.view import look, make_plan
from declarative.app.workflows import with_checked_workflows
from declarative.applying.desk import Desk
from declarative.applying.executor import Workshop
from declarative.diagnostics import Diagnostic, Severity
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.change import Action, Change, Gate
from declarative.model.desired import Desired, Evaluated
from declarative.model.event import Event
from declarative.model.plan import Plan
from declarative.model.record import Outcome
from declarative.model.state import State
from declarative.observing.observe import ObserveRequest
from declarative.planning.approval import Approval, approval_of
from declarative.planning.safety import review
from declarative.state.store import Store

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class ApplyChoice:
    """`timeout` and `lock_timeout` in seconds; None waits for ever, 0 not at all."""

    plan: PlanChoice = PlanChoice()
    wait: bool = False
    timeout: float | None = None
    parallelism: int = 10
    lock_timeout: float = 0.0
    allow_local_state: bool = False
    locking: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person is asked to approve. `problems` refuse it. `secrets`: texts that must not be shown."""

    configuration: Configuration
    plan: Plan
    problems: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    losses: tuple[Loss, ...] = ()
    outputs: Mapping[str, Evaluated] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()


_TROUBLE = (Outcome.FAILED, Outcome.STOPPED_OUTSIDE, Outcome.LOST)

Confirm = Callable[[Proposal], Approval | None]
"""Shows the proposal; None means no. Raises Refused where it may not be asked."""


@dataclass(slots=True)
class Applied:
    """What came of it. `plan`: as it is after the last round. `confirmed`: the answer was yes."""

    configuration: Configuration
    plan: Plan
    state: State
    confirmed: bool = False
    started: int = 0
    stopped: int = 0
    refused: int = 0
    ending: Ending = field(default_factory=Ending)
    interrupted: bool = False
    outputs: Mapping[str, Evaluated] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    @property
    def went_wrong(self) -> bool:
        """A call was refused, or something could not be read."""
        return self.refused > 0 or self.ending.blind or not self.plan.complete

    @property
    def in_trouble(self) -> bool:
        """Something in scope failed, was stopped from outside, is lost, waits for a person, or may have been
        started without that anybody knows."""
        return any(self._is_trouble(change) for change in self.plan.changes)

    def _is_trouble(self, change: Change) -> bool:
        if change.gate is Gate.BLOCKED or change.action is Action.RESOLVE:
            return True
        record = self.state.records.get(change.address)
        if (
            record is None
            or record.current is None
            or change.address not in self.configuration.desired.instances
        ):
            return False
        return record.current.outcome in _TROUBLE and not record.retired


def apply(setting: Setting, choice: ApplyChoice, confirm: Confirm, listener: Listener) -> Applied:
    """Raises Refused, and BackendError when state cannot be written on the way."""
    configuration = with_checked_workflows(read_configuration(setting))
    desired = configuration.desired
    if not choice.allow_local_state:
        refuse_lost_state(setting, desired)
    if setting.in_ci and uses_embedded(desired):
        choice = replace(choice, wait=True)
    opened = opened_store(setting, configuration, choice.locking)
    with opened as store, _locked(store, setting, choice, listener):
        state = state_of(store, desired, choice.plan)
        with opened_engines(setting, desired, state, may_write=True) as engines:
            work = _Work(setting, choice, configuration, store, engines, listener)
            return work.carry_out(state, confirm)


_UNLOCKED = Diagnostic(
    "no_lock",
    "The state is not locked",
    "Two applies at once can now start the same execution twice.",
    severity=Severity.WARNING,
)


@contextmanager
def _locked(store: Store, setting: Setting, choice: ApplyChoice, listener: Listener) -> Iterator[None]:
    operation = "destroy" if choice.plan.destroy else "apply"
    grant = store.lock(operation, choice.lock_timeout)
    if grant is None:
        listener(events.Warned(_UNLOCKED))
    else:
        taken_from = grant.taken_from.who if grant.taken_from else ""
        listener(events.LockTaken(store.place, taken_from))
    try:
        yield
    finally:
        _unlock(store, listener)


def _unlock(store: Store, listener: Listener) -> None:
    """A lock that could not be given back is somebody's trouble later: it is said now."""
    problem = store.unlock()
    if problem is not None:
        listener(events.Warned(problem))


@dataclass(slots=True)
class _Work:
    """One apply, from the lock taken to the last outcome written."""

    setting: Setting
    choice: ApplyChoice
    configuration: Configuration
    store: Store
    engines: Engines
    listener: Listener

    @property
    def desired(self) -> Desired:
        return self.configuration.desired

    def carry_out(self, state: State, confirm: Confirm) -> Applied:
        rounds = self._rounds(state)
        for event in rounds.recover_first():
            self.listener(event)
        problems = review(rounds.plan, self.desired, rounds.view.state, self.choice.plan.allowed)
        warnings = (
            *self.configuration.warnings,
            *self.engines.warnings,
            *rounds.view.warnings,
            *unread(rounds.view.observed, self.desired.secrets),
            *done_before(rounds.plan, state, self.engines.by_identity),
        )
        lost = losses(rounds.plan, self.engines.by_identity, self.setting.clock.now())
        outputs = outputs_of(self.desired, rounds.plan, rounds.view)
        secrets = self._secrets(rounds)
        approval = confirm(
            Proposal(self.configuration, rounds.plan, problems, warnings, lost, outputs, secrets)
        )
        applied = Applied(self.configuration, rounds.plan, rounds.desk.state)
        if approval is None:
            if not rounds.view.moved:
                rounds.desk.save_if_dirty()
            return applied
        rounds.session.approval = approval
        applied.confirmed = True
        return self._run(rounds, applied)

    def _run(self, rounds: Rounds, applied: Applied) -> Applied:
        steps = rounds.run()
        if self.choice.wait:
            until = self._until()
            steps = Follow(rounds, lambda: self._reopen(rounds), self._let_go, until).run(applied.ending)
        for event in steps:
            self.listener(event)
        applied.plan, applied.state = rounds.plan, rounds.desk.state
        applied.outputs = outputs_of(self.desired, rounds.plan, rounds.view)
        applied.secrets = self._secrets(rounds)
        applied.started, applied.stopped = rounds.session.started, rounds.session.stopped
        applied.refused = len(rounds.session.refused) + len(rounds.session.given_up)
        applied.interrupted = self.setting.interrupted()
        return applied

    def _secrets(self, rounds: Rounds) -> frozenset[str]:
        return echoes(rounds.view.state.records, rounds.view.observed, self.desired.secrets)

    def _rounds(self, state: State) -> Rounds:
        clock = self.setting.clock
        request = plan_request(self.setting, self.desired, state, self.choice.plan)
        observe = ObserveRequest(refresh=self.choice.plan.refresh, now=request.now)
        view = look(self.desired, state, self.engines, observe)
        plan, view = make_plan(self.desired, view, self.engines, request)
        desk = Desk(self.store, state, clock)
        for address, old in view.moved.items():
            desk.rename(old, address)
        for address, record in view.changed.items():
            desk.put(address, record)
        shop = Workshop(
            desk, self.engines.by_identity, clock, self.choice.parallelism, self.setting.interrupted
        )
        session = Session(Approval(), clock)
        replacing = self._replacing(state)
        return Rounds(
            self.desired,
            self.engines,
            shop,
            request,
            view,
            plan,
            session,
            clock.monotonic(),
            replacing,
            self.setting.caller,
        )

    def _replacing(self, state: State) -> Callable[[State], frozenset[Address]]:
        choice = self.choice.plan
        wanted = addresses(choice.replace, self.desired, state)
        return lambda present: still_to_replace(choice, wanted, present)

    def _reopen(self, rounds: Rounds) -> Desk:
        """After a wait: the lock again, and state as others may have left it."""
        self.store.lock("apply", max(self.choice.lock_timeout, REOPEN_SECONDS))
        state = self.store.read() or rounds.desk.state
        return Desk(self.store, state, self.setting.clock)

    def _let_go(self) -> None:
        _unlock(self.store, self.listener)

    def _until(self) -> float | None:
        if self.choice.timeout is None:
            return None
        return self.setting.clock.monotonic() + self.choice.timeout


REOPEN_SECONDS = 60.0
"""How long an apply that let the lock go for a wait tries to get it back."""


def approve_all(proposal: Proposal) -> Approval:
    """The yes: everything that the plan announces, now or after others."""
    return approval_of(proposal.plan)
