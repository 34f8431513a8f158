"""No cell of the decision table without a case, and no case in a cell that cannot occur."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

from case_files import (
    DIGESTS,
    HERE,
    OBSERVED,
    RECORDS,
    RUNS,
    Place,
    deposed_rows,
    impossible_areas,
    table_cases,
)

from declarative.planning.case import Condition

EVERYWHERE = {Place(*words) for words in product(RECORDS, OBSERVED, RUNS, DIGESTS)}
CASES = table_cases()
IMPOSSIBLE = impossible_areas()


def test_every_combination_has_a_case_under_default_policies_or_is_impossible() -> None:
    asked = {place for _, case in CASES if case.is_plain for place in case.places()}
    impossible = {place for area in IMPOSSIBLE for place in area.places()}
    assert sorted(EVERYWHERE - asked - impossible) == []


def test_a_combination_has_one_plain_case_only() -> None:
    """Two would be a contradiction, or one of them idle."""
    times = Counter(place for _, case in CASES if case.is_plain for place in case.places())
    assert [place for place, count in times.items() if count > 1] == []


def test_nothing_impossible_has_a_case() -> None:
    asked = {place: f"{file}: {case.name}" for file, case in CASES for place in case.places()}
    both = {place: asked[place] for area in IMPOSSIBLE for place in area.places() if place in asked}
    assert both == {}


def test_each_impossible_area_excludes_something_of_its_own() -> None:
    times = Counter(place for area in IMPOSSIBLE for place in area.places())
    idle = [area for area in IMPOSSIBLE if all(times[place] > 1 for place in area.places())]
    assert idle == []


def test_a_case_stands_in_the_file_of_the_row_it_expects() -> None:
    strayed = []
    for file, case in CASES:
        row = re.match(r"row_(\d\d)_", file)
        if row and case.is_plain and int(row.group(1)) not in case.expect.row:
            strayed.append((file, case.name))
    assert strayed == []


def test_every_row_of_the_table_has_a_file() -> None:
    rows = [int(file.name[4:6]) for file in sorted(HERE.glob("row_*.yaml"))]
    assert rows == list(range(1, 17))


def test_row_4_has_a_case_for_every_state_of_the_old_one_and_the_new_one() -> None:
    asked = {
        (case.is_active, case.successor, case.successor_runs, case.declared)
        for row in deposed_rows()
        for case in row.cases()
    }
    everywhere = set(product((True, False), Condition, (True, False), (True, False)))
    never_ran = {(a, s, r, d) for a, s, r, d in everywhere if s is Condition.ABSENT and r}
    assert everywhere - never_ran == asked
