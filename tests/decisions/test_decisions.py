"""Every case file of the decision table, asked and compared."""

from __future__ import annotations

from collections import Counter

import pytest
from case_files import DeposedRow, Expected, TableCase, deposed_rows, table_cases

from declarative.planning.case import DeposedCase, Verdict
from declarative.planning.decide import decide, decide_deposed

TABLE = table_cases()
ROW_4 = deposed_rows()


def differences(expected: Expected, verdict: Verdict) -> list[str]:
    got: dict[str, object] = {key: getattr(verdict, key, None) for key in Expected.model_fields}
    got["has_note"] = bool(verdict.note)
    wanted = {key: getattr(expected, key) for key in Expected.model_fields}
    accepted = {k: v if isinstance(v, tuple) else (v,) for k, v in wanted.items() if v is not None}
    return [f"{k}: expected {v}, got {got[k]!r}" for k, v in accepted.items() if got[k] not in v]


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{file}: {c.name}") for file, c in TABLE])
def test_the_table_answers_as_its_case_says(case: TableCase) -> None:
    answers = [(place, decide(case.case(place))) for place in case.places()]
    wrong = [f"{place}: {found}" for place, verdict in answers for found in differences(case.expect, verdict)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROW_4])
def test_an_old_execution_goes_only_once_the_new_one_stands(row: DeposedRow) -> None:
    wrong = [f"{case}: {found}" for case in row.cases() for found in _row_4_differences(row, case)]
    assert not wrong, "\n".join(wrong)


def _row_4_differences(row: DeposedRow, case: DeposedCase) -> list[str]:
    verdict = decide_deposed(case)
    if row.expect is not None and verdict is not None:
        return differences(row.expect, verdict)
    agreed = row.expect is None and verdict is None
    return [] if agreed else [f"expected {row.expect}, got {verdict}"]


def test_no_two_cases_of_one_file_share_a_name() -> None:
    names = Counter([(file, case.name) for file, case in TABLE] + [("row_04", row.name) for row in ROW_4])
    assert [name for name, times in names.items() if times > 1] == []
