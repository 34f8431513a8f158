"""What must hold for any case at all, also for those that nobody thought of: never twice, never lost."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from case_files import binding, intent
from hypothesis import given, settings
from hypothesis import strategies as st

from declarative.model.change import Action, Code, Gate
from declarative.model.desired import End, OnChange, OnRemove, Policies, Run
from declarative.model.record import (
    Applied,
    Bound,
    Cause,
    Deposed,
    Outcome,
    Record,
    StopMode,
    Stopping,
    Suspended,
    applied_from,
)
from declarative.planning.case import CONDITION_OF, Case, Compared, Condition, DeposedCase
from declarative.planning.decide import decide, decide_deposed

SETTINGS = settings(max_examples=300, deadline=None, derandomize=True)
SETBACKS = {
    Condition.FAILED: End.FAILED,
    Condition.STOPPED_OUTSIDE: End.STOPPED,
    Condition.LOST: End.LOST,
}

seconds = st.sampled_from((0.0, 30.0, 60.0, 61.0, 3600.0))
graces = st.none() | seconds
seldom = st.sampled_from((False, False, False, False, True))
reasons = st.sampled_from((None, Code.START_UNKNOWN.value, Code.AMBIGUOUS_START.value))
stoppings = st.builds(Stopping, st.sampled_from(Cause), st.sampled_from(StopMode), seconds)


@st.composite
def policies(draw: st.DrawFn) -> Policies:
    return Policies(
        run=draw(st.sampled_from(Run)),
        rerun_on=draw(st.frozensets(st.sampled_from(End))),
        max_attempts=draw(st.integers(1, 3)),
        rotate_after=draw(st.none() | st.just(60.0)),
        on_change=draw(st.sampled_from(OnChange)),
        on_remove=draw(st.sampled_from(OnRemove)),
        stop_grace=draw(graces),
        protected=draw(st.booleans()),
        sensitive=draw(st.booleans()),
    )


@st.composite
def bindings(draw: st.DrawFn, declared: Policies | None) -> Bound:
    """What was recorded of the policies is often, but not always, what is declared."""
    as_declared = applied_from(declared) if declared else Applied(protected=draw(st.booleans()))
    changed = Applied(on_remove=draw(st.sampled_from(OnRemove)), protected=draw(st.booleans()))
    return binding(
        outcome=draw(st.none() | st.sampled_from(Outcome)),
        stopping=draw(stoppings) if draw(seldom) else None,
        applied=draw(st.sampled_from((as_declared, changed))),
    )


@st.composite
def records(draw: st.DrawFn, declared: Policies | None) -> Record:
    """Pending and suspended are seldom, because they end every other question."""
    return Record(
        current=draw(bindings(declared)) if not draw(seldom) else None,
        pending=intent(draw(reasons)) if draw(seldom) else None,
        retired=draw(seldom),
        generation=1,
        failures=draw(st.integers(0, 4)),
        not_before=draw(st.none() | seconds),
        suspended=Suspended("maintenance", 0.0) if draw(seldom) else None,
    )


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Also contradictions between record and condition: the table must stand those too."""
    declared = draw(policies()) if not draw(seldom) else None
    return Case(
        policies=declared,
        record=draw(records(declared)) if not draw(seldom) else None,
        condition=draw(st.sampled_from(Condition)),
        compared=draw(st.sampled_from(Compared)),
        now=draw(seconds),
        revised=draw(seldom),
        requested=draw(seldom),
        forgotten=draw(seldom),
        age=draw(graces),
        unprotected=draw(st.booleans()),
    )


@st.composite
def quiet_case(draw: st.DrawFn) -> Case:
    """A bound execution, declared, nobody asks for anything; condition and record agree."""
    declared = draw(policies())
    condition = draw(st.sampled_from([c for c in Condition if c not in (Condition.ABSENT, Condition.UNREAD)]))
    outcomes = [outcome for outcome, met in CONDITION_OF.items() if met is condition]
    bound = binding(outcomes[0] if outcomes else None, None, draw(bindings(declared)).applied)
    record = Record(current=bound, generation=1, failures=draw(st.integers(0, 4)))
    return Case(declared, record, condition, draw(st.sampled_from(Compared)), age=draw(graces))


def is_wanted(case: Case) -> bool:
    return case.policies is not None and case.policies.run is not Run.NEVER


def is_protected(case: Case) -> bool:
    """Said again here, from the contract: the present policy, or the recorded one of what is gone."""
    if case.policies is not None:
        return case.policies.protected
    bound = case.record.current if case.record else None
    return bound is not None and bound.applied.protected and not case.unprotected


def is_pending(case: Case) -> bool:
    return case.record is not None and case.record.pending is not None


@SETTINGS
@given(any_case())
def test_every_case_has_one_answer_and_the_same_one_again(case: Case) -> None:
    assert decide(case) == decide(deepcopy(case))


@SETTINGS
@given(any_case())
def test_an_answer_says_what_it_waits_for_exactly_when_it_waits(case: Case) -> None:
    verdict = decide(case)
    assert (verdict.gate is Gate.READY) == (verdict.gate_code is None)
    assert 1 <= verdict.row <= 16 and verdict.row != 4


@SETTINGS
@given(any_case(), reasons, st.booleans())
def test_nothing_else_happens_while_a_start_is_unresolved(
    case: Case, reason: str | None, requested: bool
) -> None:
    """A person's re-run gives a start up only after recovery has, and only for one that is wanted."""
    record = replace(case.record or Record(), pending=intent(reason))
    given_up = requested and reason is not None and is_wanted(case)
    if not given_up:
        verdict = decide(replace(case, record=record, requested=requested))
        assert verdict.action in (Action.RESOLVE, Action.NONE)


@SETTINGS
@given(any_case())
def test_only_an_unresolved_start_is_resolved(case: Case) -> None:
    if decide(case).action is Action.RESOLVE:
        assert is_pending(case)


@SETTINGS
@given(any_case())
def test_what_cannot_be_read_is_not_touched(case: Case) -> None:
    if case.condition is Condition.UNREAD:
        assert decide(case).action in (Action.NONE, Action.RESOLVE)


@SETTINGS
@given(any_case(), st.booleans())
def test_what_is_suspended_is_left_alone(case: Case, given_up: bool) -> None:
    record = replace(case.record or Record(), suspended=Suspended("maintenance", 0.0))
    if not given_up:
        record = replace(record, pending=None)
    assert decide(replace(case, record=record)).action in (Action.NONE, Action.RESOLVE)


@SETTINGS
@given(any_case())
def test_what_is_not_wanted_never_starts(case: Case) -> None:
    if not is_wanted(case):
        assert not decide(case).action.starts or decide(case).row == 3


@SETTINGS
@given(any_case(), st.sampled_from((Condition.ACTIVE, Condition.PAUSED)))
def test_a_protected_one_is_stopped_by_its_own_rotation_only(case: Case, condition: Condition) -> None:
    """A stop that is under way (row 3) was decided before; its cases stand in row_03_stopping.yaml."""
    verdict = decide(replace(case, condition=condition))
    if verdict.action.stops and verdict.gate is Gate.READY and verdict.row != 3:
        assert not is_protected(case) or verdict.cause is Cause.ROTATED


@SETTINGS
@given(any_case())
def test_a_comparison_not_known_yet_neither_starts_nor_stops_what_is_wanted(case: Case) -> None:
    verdict = decide(replace(case, compared=Compared.UNKNOWN))
    acts = verdict.action.starts or verdict.action.stops
    if is_wanted(case) and acts and verdict.row != 3:
        assert verdict.gate in (Gate.DEFERRED, Gate.BLOCKED)


@SETTINGS
@given(quiet_case())
def test_a_setback_of_a_one_shot_is_repaired_only_as_declared(case: Case) -> None:
    assert case.policies is not None
    once = replace(case, policies=replace(case.policies, run=Run.ONCE))
    end = SETBACKS.get(case.condition)
    changed = case.compared is Compared.OTHER and case.condition is not Condition.LOST
    if end is not None and end not in case.policies.rerun_on and not changed:
        assert not decide(once).action.starts


@SETTINGS
@given(quiet_case())
def test_an_unrepaired_setback_is_visible(case: Case) -> None:
    """Blocked, or deferred while its input is unknown; never quietly in order."""
    assert case.policies is not None
    end = SETBACKS.get(case.condition)
    same = replace(case, compared=Compared.SAME)
    if end is not None and end not in case.policies.rerun_on and is_wanted(case):
        assert decide(same).gate is Gate.BLOCKED


@SETTINGS
@given(quiet_case())
def test_what_is_finished_as_declared_does_not_run_again(case: Case) -> None:
    assert case.policies is not None
    once = replace(case.policies, run=Run.ONCE, rerun_on=case.policies.rerun_on - {End.FINISHED})
    done = replace(case, policies=once, compared=Compared.SAME, condition=Condition.FINISHED)
    assert decide(done).action in (Action.NONE, Action.UPDATE)


@SETTINGS
@given(quiet_case())
def test_what_runs_as_declared_is_not_touched(case: Case) -> None:
    assert case.policies is not None
    steady = replace(case.policies, rotate_after=None)
    same = replace(case, policies=steady, compared=Compared.SAME)
    if case.condition.is_active and is_wanted(case):
        assert decide(same).action in (Action.NONE, Action.UPDATE)


@SETTINGS
@given(any_case())
def test_a_run_is_let_go_only_by_its_recorded_policy(case: Case) -> None:
    """RETIRE forgets what has ended; an active one is forgotten by ABANDON alone."""
    action = decide(case).action
    if action is Action.RETIRE:
        assert case.policies is None and case.condition.has_ended
    if action is Action.ABANDON:
        assert case.policies is None and case.applied.on_remove is OnRemove.ABANDON


@SETTINGS
@given(any_case())
def test_a_start_beside_an_active_one_replaces_it(case: Case) -> None:
    """Plain starts are for addresses where nothing runs; two at once only under START_FIRST."""
    action = decide(case).action
    if action is Action.AGAIN:
        assert case.condition.has_ended
    if action in (Action.RERUN, Action.START_FIRST):
        assert case.condition.is_active


@SETTINGS
@given(any_case())
def test_a_paused_one_is_never_stopped_gracefully(case: Case) -> None:
    """A graceful stop would never act. A stop under way has its cases in row_03_stopping.yaml."""
    verdict = decide(replace(case, condition=Condition.PAUSED))
    if verdict.action.stops and verdict.row != 3:
        assert verdict.mode is StopMode.TERMINATE


@SETTINGS
@given(
    st.builds(
        DeposedCase,
        st.builds(
            Deposed, st.just("old"), st.just("p"), st.sampled_from(Cause), st.none() | stoppings, graces
        ),
        st.booleans(),
        st.sampled_from(Condition),
        st.booleans(),
        st.booleans(),
    )
)
def test_an_old_execution_is_stopped_at_once_only_if_nothing_depends_on_it(case: DeposedCase) -> None:
    verdict = decide_deposed(case)
    stands = case.successor_runs or case.successor is Condition.FINISHED
    if verdict is None:
        assert not case.is_active
    else:
        assert verdict.action is Action.STOP
        assert (verdict.gate is Gate.READY) == (stands or not case.declared)
