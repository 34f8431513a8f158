"""What makes a declaration another one than what was started, and what does not."""

from __future__ import annotations

from declarative.model.address import Address
from declarative.model.desired import Constant as Input
from declarative.model.desired import Evaluated, Instance, Policies, WorkflowRef
from declarative.model.digests import kept_input, spec_digest
from declarative.model.json import Json
from declarative.model.record import Bound
from declarative.planning.case import Compared
from declarative.planning.compare import compare

TOKEN = ("token",)


def test_a_secret_that_was_clear_before_runs_nothing_again() -> None:
    """Somebody marks a variable as sensitive: what has run with it is as declared."""
    before = _bound({"day": 1, "token": "abc"}, secret=False)
    assert _compared(before, {"day": 1, "token": "abc"}, secret=True) is Compared.SAME
    assert _compared(before, {"day": 1, "token": "rotated"}, secret=True) is Compared.SAME


def test_beside_a_new_secret_a_change_is_still_a_change() -> None:
    before = _bound({"day": 1, "token": "abc"}, secret=False)
    assert _compared(before, {"day": 2, "token": "abc"}, secret=True) is Compared.OTHER


def test_a_text_in_place_of_a_secret_is_a_change() -> None:
    before = _bound({"day": 1, "token": "abc"}, secret=True)
    assert _compared(before, {"day": 1, "token": "abc"}, secret=False) is Compared.OTHER


def _bound(value: Json, secret: bool) -> Bound:
    masks = frozenset({TOKEN}) if secret else frozenset()
    return Bound(
        id="run-1",
        spec=spec_digest("load", value, (), masks),
        generation=1,
        provider="yandex",
        workflow="load",
        workflow_id="load",
        revision="1",
        input_json=kept_input(value, masks, hidden=False),
    )


def _compared(bound: Bound, value: Json, secret: bool) -> Compared:
    masks = frozenset({TOKEN}) if secret else frozenset()
    instance = Instance(
        Address("a"), "yandex", WorkflowRef("load", "load"), Input(value, masks), Policies(), "1"
    )
    spec = spec_digest("load", value, (), masks)
    return compare(instance, Evaluated(value, sensitive=masks), spec, bound, "yandex", "load").compared
