"""Where the problems of expressions are shown."""

from __future__ import annotations

import pytest

from declarative import source
from declarative.config import expressions


def spans(text: str) -> list[tuple[int, int, int]]:
    """Line, column and end column of each problem in the value of x."""
    document, problems = source.read(text, "f.yaml")
    assert document is not None, problems
    _, problems = expressions.compile_value(document.value["x"], ("x",), document)
    return [(p.span.line, p.span.column, p.span.end_column) for p in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: '${nope}'\n", [(1, 7, 8)]),
        ("x: 'a ${1} b ${nope}'\n", [(1, 16, 17)]),
        ("x: 'a $${no} b ${nope}'\n", [(1, 18, 19)]),
        ("x: '${\"${}\"} ${nope}'\n", [(1, 16, 17)]),
        ('x: "a ${nope}"\n', [(1, 9, 10)]),
        ("x: a ${nope}\n", [(1, 8, 9)]),
        ("x: '${1 + }'\n", [(1, 10, 11)]),
        ("x: '${var.a | uper}'\n", [(1, 15, 16)]),
        ("x: '${var.a & 1}'\n", [(1, 13, 14)]),
        ("x: 'a ${1'\n", [(1, 7, 9)]),
        ("x: 'é ${nope}'\n", [(1, 9, 10)]),
        ("x: &anchor '${nope}'\n", [(1, 15, 16)]),
        ("x:\n  - {a: '${1}'}\n  - b: |\n      first\n      ${nope}\n", [(5, 9, 10)]),
        ("x: >-\n  folded\n  ${nope}\n", [(3, 5, 6)]),
    ],
)
def test_a_problem_points_at_the_character(text, expected):
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: '${''a'' ~ nope}'\n", [(1, 5, 7)]),
        ('x: "${\\"a\\" ~ nope}"\n', [(1, 5, 7)]),
        ("x: >-\n  ${1 +\n  nope}\n", [(2, 3, 5)]),
    ],
)
def test_where_the_file_spells_it_differently_the_expression_itself_is_shown(text, expected):
    assert spans(text) == expected


def test_a_spelling_that_hides_the_dollar_falls_back_to_the_value():
    assert spans('x: "\\u0024{nope}"\ny: "${other}"\n')[0][:2] == (1, 4)


def test_an_error_of_evaluation_shows_the_whole_expression(scope):
    document, _ = source.read("x:\n  a: 'n ${each.nope} m'\n", "f.yaml")
    template, _ = expressions.compile_value(document.value["x"], ("x",), document)
    problem = template.evaluate(scope).problem
    assert (problem.span.line, problem.span.column, problem.span.end_column) == (2, 9, 21)
    assert "${each.nope}" in problem.detail
