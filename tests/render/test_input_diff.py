"""The comparison of two inputs: what a person reads under a change."""

import copy
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarative.diff import NODES_MAX, FieldChange, Kind, diff
from declarative.model.json import Json, canonical, parse

LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-3, 3) | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def patched(before: Json, changes: tuple[FieldChange, ...]) -> Json:
    """`before` with every change made: what a reader of the diff believes `after` to be."""
    root: dict[str, Json] = {"": copy.deepcopy(before)}
    removed = [change for change in changes if change.kind is Kind.REMOVED]
    for change in [*removed[::-1], *(c for c in changes if c.kind is not Kind.REMOVED)]:
        way: tuple[str | int, ...] = ("", *change.path)[:-1]
        last = ("", *change.path)[-1]
        inner: Json = root
        for step in way:
            inner = inner[step]  # type: ignore[index]
        if change.kind is Kind.REMOVED:
            del inner[last]  # type: ignore[union-attr, arg-type]
        elif change.kind is Kind.ADDED and isinstance(inner, list):
            inner.insert(int(last), change.after)
        else:
            inner[last] = change.after  # type: ignore[index]
    return root[""]


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES)
def test_a_reader_who_applies_the_diff_gets_the_new_value(before: Json, after: Json) -> None:
    assert canonical(patched(before, diff(before, after))) == canonical(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 10}, {"a": Decimal("1e1")}),
        ({"a": [1, {"b": 2}]}, {"a": [1.0, {"b": 2}]}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_what_means_the_same_is_no_difference(before: Json, after: Json) -> None:
    assert diff(before, after) == ()


@pytest.mark.parametrize(
    ("before", "after"), [(True, 1), (False, 0), ("1", 1), (None, {}), ({}, []), ("", None)]
)
def test_values_of_different_kinds_differ(before: Json, after: Json) -> None:
    (found,) = diff({"a": before}, {"a": after})
    assert (found.path, found.kind) == (("a",), Kind.CHANGED)
    assert found.before is before or found.before == before
    assert type(found.after) is type(after)


def test_null_is_a_value_and_not_an_absence() -> None:
    assert diff({"a": None}, {}) == (FieldChange(("a",), Kind.REMOVED, before=None),)
    assert diff({}, {"a": None}) == (FieldChange(("a",), Kind.ADDED, after=None),)


def test_lists_compare_by_position() -> None:
    assert diff([1, 2], [0, 1, 2]) == (
        FieldChange((0,), Kind.CHANGED, 1, 0),
        FieldChange((1,), Kind.CHANGED, 2, 1),
        FieldChange((2,), Kind.ADDED, after=2),
    )


def test_hidden_looking_keys_and_odd_keys_are_compared_too() -> None:
    found = diff({"__secret": 1, "a'b\"]": {"c.d": 1}}, {"__secret": 2, "a'b\"]": {"c.d": 2}})
    assert [change.path for change in found] == [("__secret",), ("a'b\"]", "c.d")]


def test_a_mapping_that_is_mostly_new_is_still_compared_inside() -> None:
    before: Json = {"m": {"same": 1, **{f"old{n}": n for n in range(12)}}}
    after: Json = {"m": {"same": 1, **{f"new{n}": n for n in range(12)}}}
    assert {len(change.path) for change in diff(before, after)} == {2}


def test_equal_numbers_beside_a_difference_stay_equal() -> None:
    before: Json = {"n": 1, "d": 10, "x": 1}
    after: Json = {"n": 1.0, "d": Decimal("1e1"), "x": 1.5}
    assert diff(before, after) == (FieldChange(("x",), Kind.CHANGED, 1, 1.5),)


def test_order_is_by_path_and_numbers_count() -> None:
    found = diff({"l": list(range(12)), "b": 1}, {"l": [n + 1 for n in range(12)], "b": 2})
    assert [change.path for change in found] == [("b",), *(("l", n) for n in range(12))]


def test_digits_beyond_a_float_are_a_difference() -> None:
    before, after = parse('{"n":0.10000000000000000001}'), parse('{"n":0.1}')
    assert [change.path for change in diff(before, after)] == [("n",)]


def test_huge_inputs_are_compared_key_by_key_only() -> None:
    before: Json = {"rows": list(range(NODES_MAX)), "same": [1, {"x": True}], "was": 1}
    after: Json = {"rows": list(range(1, NODES_MAX)), "same": [1.0, {"x": True}], "is": 1}
    found = {change.path: change.kind for change in diff(before, after)}
    assert found == {("rows",): Kind.CHANGED, ("was",): Kind.REMOVED, ("is",): Kind.ADDED}


def test_depth_does_not_break_it() -> None:
    def deep(levels: int, leaf: int) -> Json:
        value: Json = leaf
        for _ in range(levels):
            value = {"a": value}
        return value

    assert diff(deep(50, 1), deep(50, 2))[0].path == ("a",) * 50
    assert diff(deep(90, 1), deep(90, 2))[0].path == ("a",)


def test_deepdiff_is_not_imported_before_it_is_needed() -> None:
    code = "import sys; from declarative.diff import diff; diff([1], [1.0]);"
    code += " assert 'deepdiff' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
