"""A yes covers one start, after just the execution that the plan was made from."""

from __future__ import annotations

import pytest

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Seen, StopOrder
from declarative.model.plan import Plan
from declarative.model.record import Cause
from declarative.planning.approval import Approval, approval_of


def change(action: Action, execution_id: str | None, spec: str = "spec") -> Change:
    stop = StopOrder(execution_id, "p", Cause.CHANGED) if action.stops and execution_id else None
    return Change(Address("a"), action, Code.CHANGED, "", spec=spec, stop=stop, seen=Seen(execution_id))


def yes_to(planned: Change) -> Approval:
    return approval_of(Plan("shop", "", "lineage", 1, 0.0, (planned,)))


def test_what_was_planned_is_allowed_once() -> None:
    approval, again = yes_to(change(Action.AGAIN, "run-1")), change(Action.AGAIN, "run-1")
    assert approval.allows(again)
    approval.use(again)
    assert not approval.allows(again)


def test_a_replacement_whose_stop_has_acted_is_still_the_same() -> None:
    assert yes_to(change(Action.RERUN, "run-1")).allows(change(Action.AGAIN, "run-1"))


@pytest.mark.parametrize("planned", [Action.AGAIN, Action.RERUN])
@pytest.mark.parametrize("present", ["run-3", None])
def test_an_old_plan_does_not_turn_the_clock_back(planned: Action, present: str | None) -> None:
    """A job of an old commit, run again after others: its input is the declared one once more."""
    assert not yes_to(change(planned, "run-1")).allows(change(Action.AGAIN, present))


def test_what_an_unresolved_start_comes_to_is_not_known_yet() -> None:
    assert yes_to(change(Action.RESOLVE, None)).allows(change(Action.AGAIN, "run-1"))
