"""for_each: which instances there are, in which order, and what each of them is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarative import source
from declarative.config import dates, foreach

LATE = datetime(2026, 11, 23, 22, 30, tzinfo=UTC).timestamp()
"""Already November 24 in Moscow."""


@pytest.fixture
def expand(scope):
    """The instances and the problems of a for_each written as YAML."""
    static = replace(scope, each=None)

    def expanded(text):
        document, problems = source.read(f"executions:\n  load:\n    for_each: {text}\n", "f.yaml")
        assert document is not None, problems
        spec = document.value["executions"]["load"]["for_each"]
        return foreach.expand(spec, ("executions", "load", "for_each"), document, static, LATE)

    return expanded


@pytest.mark.parametrize(
    ("text", "instances"),
    [
        ("[eu, us]", {"eu": "eu", "us": "us"}),
        ("[1, 2.50, true, 2026-11-23]", {"1": 1, "2.5": 2.5, "true": True, "2026-11-23": "2026-11-23"}),
        ("{us: {n: 1}, eu: null}", {"us": {"n": 1}, "eu": None}),
        ("[]", {}),
        ("'${var.regions}'", {"eu": "eu", "us": "us"}),
        ("'${var.table}'", {"items": "data", "keys": 1, "deep": {"a": [10, 20]}}),
        ("['a-${environment}', '$${x}']", {"a-prod": "a-prod", "${x}": "${x}"}),
        ("'${executions.extract | list}'", {"2026-11-01": "2026-11-01", "2026-11-02": "2026-11-02"}),
        ("'${executions.extract | keys}'", {"2026-11-01": "2026-11-01", "2026-11-02": "2026-11-02"}),
        ("{dates: 1, b: 2}", {"dates": 1, "b": 2}),
        ("{matrix: {a: [1], b: [x, y]}}", {"1/x": {"a": 1, "b": "x"}, "1/y": {"a": 1, "b": "y"}}),
        ("{matrix: {a: [1, 2], b: [x, y]}, exclude: [{a: 1, b: x}, {a: 2}]}", {"1/y": {"a": 1, "b": "y"}}),
        (
            "{matrix: {day: '${executions.extract | list}', r: '${var.regions}'}, exclude: [{r: us}]}",
            {
                "2026-11-01/eu": {"day": "2026-11-01", "r": "eu"},
                "2026-11-02/eu": {"day": "2026-11-02", "r": "eu"},
            },
        ),
        (
            "{matrix: {day: {dates: {from: 2026-11-22, to: yesterday}}, n: [1]}}",
            {"2026-11-22/1": {"day": "2026-11-22", "n": 1}},
        ),
    ],
)
def test_instances_in_their_order(expand, text, instances):
    found, problems = expand(text)
    assert problems == []
    assert list(found.items()) == list(instances.items())


@pytest.mark.parametrize(
    ("text", "words", "hint", "column"),
    [
        ("[a, b, a]", '"a" is there twice', "", 22),
        ("[1, '1']", '"1" is there twice', "", 19),
        ("['']", "not empty", "", 16),
        ('["a\\nb"]', "control characters", "", 16),
        ('["a\\u202eb"]', "control characters", "", 16),
        (f"[{'a' * 257}]", "longer than 256", "", 16),
        ("[{n: 1}]", "not a map", "a map of keys", 16),
        ("[null]", "not null", "", 16),
        ("7", "a list or a map, not a number", "dates", 15),
        ("'${var.count}'", "a list or a map, not a number", "", 15),
        ("'${var.regins}'", 'no variable "regins"', '"regions"', 16),
        ("'${var.token}'", "sensitive", "", 15),
        ("['${each.key}']", '"each" cannot be used', "", 17),
        ("'${executions.extract[\"2026-11-01\"].result}'", '"result"', "names and keys", 16),
        ("'${executions.merge.id}'", '"id"', "names and keys", 16),
        ("{matrix: []}", "a map of axes", "", 24),
        ("{matrix: {a: x}}", "not text", "", 28),
        ("{matrix: {a: {b: 1}}}", "not a map", "| list", 28),
        ("{matrix: {a: [1]}, exclude: {}}", "a list of maps", "", 43),
        ("{matrix: {region: [1]}, exclude: [{regio: 1}]}", 'no axis "regio"', '"region"', 57),
        ("{matrix: {a: ['x/y', x], b: [z, 'y/z']}}", '"x/y/z" is there twice', "", 15),
        ("{dates: x}", "a map with from and to", "", 23),
        ("{dates: {from: 2026-11-01}}", "to is a date", "", 23),
        ("{dates: {from: 2026-11-31, to: today}}", "from: ", "", 30),
        ("{dates: {from: today, to: today, evry: 1d}}", 'no "evry"', '"every"', 54),
        ("{dates: {from: today, to: today, every: 1y}}", "h, d, w or mo", "", 55),
        ("{dates: {from: today, to: today, every: 0d}}", "h, d, w or mo", "", 55),
        ("{dates: {from: today, to: today, order: up}}", "asc or desc", "", 55),
        ("{dates: {from: today, to: today, timezone: Europe/Moscou}}", "no timezone", "Europe/Moscow", 58),
        ("{dates: {from: today, to: today, timezone: ../../etc/passwd}}", "no timezone", "", 58),
        ("{dates: {from: 2026-11-02, to: 2026-11-01}}", "before from", "", 46),
        ("{dates: {from: 0001-01-01, to: today}}", "1900", "", 30),
        ("{dates: {from: 1900-01-01, to: 2999-12-31, every: 1h}}", "more than 100,000", "", 15),
        ("{matrix: {a: '${range(1000)}', b: '${range(101)}'}}", "more than 100,000", "", 24),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(expand, text, words, hint, column):
    _, problems = expand(text)
    assert len(problems) == 1
    problem = problems[0]
    assert problem.is_error
    assert words in problem.summary
    assert hint in problem.hint
    assert (problem.span.line, problem.span.column) == (3, column)


def test_a_rule_that_excludes_nothing_is_a_warning(expand):
    found, problems = expand("{matrix: {a: [1, 2]}, exclude: [{a: 1}, {a: 3}]}")
    assert list(found) == ["2"]
    assert [(problem.is_error, problem.span.column) for problem in problems] == [(False, 55)]


def test_many_wrong_keys_are_not_many_pages(expand):
    _, problems = expand(f"[{', '.join(['a'] * 500)}]")
    assert len(problems) == foreach.PROBLEMS_MAX


def keys_and_ends(found):
    return [(key, value["start"], value["end"]) for key, value in found.items()]


def test_days_of_a_zone_with_both_ends(expand):
    found, _ = expand("{dates: {from: 2026-11-22, to: yesterday, timezone: Europe/Moscow}}")
    assert keys_and_ends(found) == [
        ("2026-11-22", "2026-11-22T00:00:00+03:00", "2026-11-23T00:00:00+03:00"),
        ("2026-11-23", "2026-11-23T00:00:00+03:00", "2026-11-24T00:00:00+03:00"),
    ]
    found, _ = expand("{dates: {from: 2026-11-22, to: yesterday}}")
    assert keys_and_ends(found) == [("2026-11-22", "2026-11-22T00:00:00+00:00", "2026-11-23T00:00:00+00:00")]
    assert list(expand("{dates: {from: yesterday, to: today, order: desc}}")[0]) == [
        "2026-11-23",
        "2026-11-22",
    ]


def test_a_window_that_has_not_begun_has_no_instances(expand):
    assert expand("{dates: {from: 2027-01-01, to: yesterday}}") == ({}, [])


def test_days_over_a_change_of_the_clock(expand):
    found, _ = expand("{dates: {from: 2026-03-28, to: 2026-03-30, timezone: Europe/Berlin}}")
    assert keys_and_ends(found) == [
        ("2026-03-28", "2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"),
        ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("2026-03-30", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"),
    ]


def test_a_day_whose_midnight_is_skipped_begins_when_the_clock_goes_on(expand):
    found, _ = expand("{dates: {from: 2018-11-03, to: 2018-11-04, timezone: America/Sao_Paulo}}")
    assert keys_and_ends(found) == [
        ("2018-11-03", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"),
        ("2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"),
    ]


def test_hours_are_hours_of_the_clock(expand):
    found, _ = expand("{dates: {from: 2026-03-29, to: 2026-03-29, every: 12h, timezone: Europe/Berlin}}")
    assert keys_and_ends(found) == [
        ("2026-03-29T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-29T13:00:00+02:00"),
        ("2026-03-29T13:00:00+02:00", "2026-03-29T13:00:00+02:00", "2026-03-30T01:00:00+02:00"),
    ]
    found, _ = expand("{dates: {from: 2026-10-25, to: 2026-10-25, every: 1h, timezone: Europe/Berlin}}")
    assert len(found) == 25
    assert [key for key in found if "T02:00" in key] == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]
    assert len(expand("{dates: {from: 2026-11-01, to: 2026-11-02, every: 24h}}")[0]) == 2


def test_times_as_ends(expand):
    found, _ = expand("{dates: {from: '2026-11-01T06:00', to: '2026-11-01T08:00', every: 1h}}")
    assert [key[11:16] for key in found] == ["06:00", "07:00", "08:00"]
    found, _ = expand("{dates: {from: '2026-11-01T23:00Z', to: 2026-11-02, timezone: Europe/Moscow}}")
    assert keys_and_ends(found) == [("2026-11-02", "2026-11-02T02:00:00+03:00", "2026-11-03T02:00:00+03:00")]


def test_weeks_and_months(expand):
    assert list(expand("{dates: {from: 2026-01-01, to: 2026-01-15, every: 1w}}")[0]) == [
        "2026-01-01",
        "2026-01-08",
        "2026-01-15",
    ]
    found, _ = expand("{dates: {from: 2026-11, to: 2027-01, every: 1mo}}")
    assert keys_and_ends(found) == [
        ("2026-11", "2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00"),
        ("2026-12", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("2027-01", "2027-01-01T00:00:00+00:00", "2027-02-01T00:00:00+00:00"),
    ]
    assert len(expand("{dates: {from: 2026-02, to: 2026-02}}")[0]) == 28
    assert list(expand("{dates: {from: 2026-01-31, to: 2026-04-30, every: 1mo}}")[0]) == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]


def test_dates_from_variables(expand):
    found, problems = expand('{dates: {from: \'${"2026-11-20" | dateadd("2d")}\', to: \'${"yesterday"}\'}}')
    assert (list(found), problems) == (["2026-11-22"], [])


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
DAYS = st.dates(datetime(1990, 1, 1).date(), datetime(2037, 12, 31).date())


@settings(max_examples=200, deadline=None)
@given(ZONES, DAYS, st.integers(0, 400), st.sampled_from(["1h", "5h", "1d", "3d", "1w", "1mo", "2mo"]))
def test_periods_follow_each_other_and_cover_the_window(zone, first, days, every):
    last = first + timedelta(days=min(days, 9) if every.endswith("h") else days)
    spec = {"from": str(first), "to": str(last), "every": every, "timezone": zone}
    periods = list(dates.periods(spec, 0.0))
    assert len({period.key for period in periods}) == len(periods)
    starts = [period.start.astimezone(UTC) for period in periods]
    ends = [period.end.astimezone(UTC) for period in periods]
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert ends[:-1] == starts[1:]
    assert periods[0].start.date() == first
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time())
    beyond = midnight.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert starts[-1] < beyond <= ends[-1]
    assert list(dates.periods({**spec, "order": "desc"}, 0.0)) == periods[::-1]
