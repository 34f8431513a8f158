"""Filters, page tokens and times: what is accepted, what is refused, and what it comes to."""

from __future__ import annotations

from functools import partial

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from declarative.engine import paging, timestamps, writes
from declarative.engine.errors import InvalidArgument
from declarative.engine.journal import Ending, Outcome
from declarative.engine.paging import Condition
from declarative.engine.rows import NewExecution
from declarative.engine.store import Store

WORKFLOW = "embaaaaaaaaaaaaaaaaa"
NOON = 1_741_608_000_000_000_000

FILTERS = {
    "status=FINISHED": [Condition("status", "=", "FINISHED")],
    "status = running": [Condition("status", "=", "RUNNING")],
    'status="Queued"': [Condition("status", "=", "QUEUED")],
    "started_at>2025-03-10T12:00:00Z": [Condition("started_at", ">", NOON)],
    "started_at < 2025-03-10T15:00:00+03:00": [Condition("started_at", "<", NOON)],
    'finished_at="2025-03-10T12:00:00.000000001Z"': [Condition("finished_at", "=", NOON + 1)],
    "status=FAILED AND started_at>2025-03-10T12:00:00Z": [
        Condition("status", "=", "FAILED"),
        Condition("started_at", ">", NOON),
    ],
    'status="FAILED"and status=FAILED': [Condition("status", "=", "FAILED")] * 2,
    "": [],
    "  ": [],
}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_read(text: str) -> None:
    assert list(paging.execution_filter(text)) == FILTERS[text]


@pytest.mark.parametrize(
    "text",
    [
        "status",
        "status=",
        "status=ERROR",
        "status>RUNNING",
        "status!=RUNNING",
        "status>=RUNNING",
        "created_by=John.Doe",
        "name=x",
        "started_at>yesterday",
        "started_at>2025-03-10",
        "started_at>2025-13-10T12:00:00Z",
        "status=FAILED status=FAILED",
        "status=FAILED OR status=FINISHED",
        "status=FAILED AND",
        "AND status=FAILED",
        'status="FAILED',
        "status=FAILED;",
        "status IN (FAILED)",
    ],
)
def test_any_other_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        paging.execution_filter(text)
    assert refused.value.field == "filter"


def test_workflows_are_filtered_by_name_in_both_documented_forms() -> None:
    expected = (Condition("name", "=", "my-workflow"),)
    assert paging.workflow_filter("name=my-workflow") == expected
    assert paging.workflow_filter('name = "my-workflow"') == expected
    with pytest.raises(InvalidArgument):
        paging.workflow_filter("name>a")


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────────────


def start(store: Store, *names: str) -> None:
    wanted = [NewExecution(name, WORKFLOW, "text", None, "{}", NOON + n) for n, name in enumerate(names)]
    store.write(partial(writes.start_many, wanted=wanted))


def test_pages_are_newest_first_and_survive_what_starts_meanwhile(store: Store) -> None:
    start(store, *map(str, range(10)))
    pages, token = [], ""
    for turn in range(4):
        page = store.page(WORKFLOW, 3, token, "")
        pages.append([found.id for found in page.executions])
        token = page.next_page_token
        start(store, f"later {turn}")
    assert pages == [["9", "8", "7"], ["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert token == ""


def test_a_full_last_page_has_no_token(store: Store) -> None:
    start(store, "a", "b")
    assert store.page(WORKFLOW, 2, "", "").next_page_token == ""


def test_a_filter_decides_the_rows_of_every_page(store: Store) -> None:
    start(store, *map(str, range(6)))
    jobs = store.write(partial(writes.claim, count=100))
    for job in jobs[::2]:
        outcome = Outcome(Ending.FINISHED, "1")
        store.write(partial(writes.end, number=job.number, outcome=outcome, now=NOON + 100))
    found = store.page(WORKFLOW, 2, "", "status=running")
    rest = store.page(WORKFLOW, 2, found.next_page_token, "status=running")
    assert [[one.id for one in page.executions] for page in (found, rest)] == [["5", "3"], ["1"]]
    later = 'finished_at>"2025-03-10T12:00:00Z" AND started_at<2025-03-10T12:00:00.000000003Z'
    assert [one.id for one in store.page(WORKFLOW, 0, "", later).executions] == ["2", "0"]


def test_a_printed_time_can_be_asked_for(store: Store) -> None:
    start(store, "a", "b")
    printed = store.get("b").started_at
    assert [one.id for one in store.page(WORKFLOW, 0, "", f"started_at={printed}").executions] == ["b"]


@pytest.mark.parametrize(
    "token", ["?", "abc", "WzFd", "bnVsbA", "W3RydWUsIngiXQ", "é", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ4Il0"]
)
def test_a_token_of_somebody_else_is_refused(store: Store, token: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        store.page(WORKFLOW, 10, token, "")
    assert refused.value.field == "pageToken"


def test_a_token_belongs_to_its_query(store: Store) -> None:
    start(store, "a", "b", "c")
    token = store.page(WORKFLOW, 1, "", "").next_page_token
    for workflow, text in ((WORKFLOW, "status=QUEUED"), ("another", "")):
        with pytest.raises(InvalidArgument, match="something else"):
            store.page(workflow, 1, token, text)
    forged = paging.token(2**70, WORKFLOW, "")
    with pytest.raises(InvalidArgument):
        store.page(WORKFLOW, 1, forged, "")


def test_page_sizes() -> None:
    assert [paging.page_size(asked) for asked in (0, 1, 1000, 1001, 2**31 - 1)] == [100, 1, 1000, 1000, 1000]
    for asked in (-1, 2**31):
        with pytest.raises(InvalidArgument):
            paging.page_size(asked)


# ── times ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(min_value=0, max_value=4_000_000_000 * timestamps.NANO))
def test_times_are_printed_and_read_as_by_protobuf(at: int) -> None:
    official = Timestamp()
    official.FromNanoseconds(at)
    assert timestamps.rfc3339(at) == official.ToJsonString()
    assert timestamps.nanoseconds(official.ToJsonString()) == at


@given(st.integers(min_value=0, max_value=10**12))
def test_durations_are_printed_as_by_protobuf(microseconds: int) -> None:
    official = Duration()
    official.FromMicroseconds(microseconds)
    assert timestamps.duration(microseconds / 1e6) == official.ToJsonString()


def test_an_offset_counts() -> None:
    assert timestamps.nanoseconds("2025-03-10T15:00:00+03:00") == NOON
    assert timestamps.nanoseconds("2025-03-10T07:30:00-04:30") == NOON
    assert timestamps.nanoseconds("2025-03-10 12:00:00z") == NOON
    assert timestamps.nanoseconds("2025-03-10T12:00:00") is None
