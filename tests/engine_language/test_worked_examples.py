"""The six worked examples: results, entries, what each step saw, what went over the wire."""

from __future__ import annotations

from typing import Any

from language_kit import Server, Stage, inputs, outputs
from worked_examples import FAIL, FOREACH, PARALLEL, RETRY, SWITCH, WHILE

from declarative.engine.journal import Ending, EntryStatus, Outcome, StepError

COMPLETED, FAILED = EntryStatus.COMPLETED, EntryStatus.FAILED


def test_parallel_yields_each_branch_by_name(stage: Stage, server: Server) -> None:
    server.json("/users", [{"id": 1}])
    server.json("/posts", [{"id": 7}, {"id": 8}])

    result = stage.run(PARALLEL)

    assert result.outcome.ending is Ending.FINISHED
    assert result.value == {"users": {"users": [{"id": 1}]}, "posts": {"posts": [{"id": 7}, {"id": 8}]}}
    users, posts = result.journal.one("fetch_users"), result.journal.one("fetch_posts")
    assert inputs([users, posts]) == [{"input": {}}] * 2
    assert outputs([users, posts]) == [{"users": [{"id": 1}]}, {"posts": [{"id": 7}, {"id": 8}]}]
    assert {(entry.type, entry.status, entry.attempts) for entry in (users, posts)} == {
        ("HttpCall", COMPLETED, 1)
    }
    assert (users.path, posts.path) == ("collect.users/fetch_users", "collect.posts/fetch_posts")
    collect = result.journal.one("collect")
    assert (collect.type, collect.status, inputs([collect])) == ("Parallel", COMPLETED, [{"input": {}}])


def test_foreach_keeps_order_and_reaches_out_by_global_only(stage: Stage, server: Server) -> None:
    server.json("/users", [{"id": 1}, {"id": 2}])
    server.json("/item/1", {"first": "N1"})
    server.json("/item/2", {"first": "N2"})

    result = stage.run(FOREACH, {"resource": "users"})

    assert result.value == {"text": "2 names: N1 of users, N2 of users", "resource": "users"}
    journal = result.journal
    start = {"input": {"resource": "users"}, "resource": "users"}
    items = [{"id": 1}, {"id": 2}]
    assert inputs(journal.of("get_list")) == [start]
    assert outputs(journal.of("get_list")) == [{"items": items}]
    assert inputs(journal.of("each")) == [items]
    assert outputs(journal.of("each")) == [{"names": ["N1 of users", "N2 of users"], "n": 2}]
    assert inputs(journal.of("detail")) == items
    assert outputs(journal.of("detail")) == [{"detail": {"first": "N1"}}, {"detail": {"first": "N2"}}]
    assert inputs(journal.of("shape")) == [{"id": n, "detail": {"first": f"N{n}"}} for n in (1, 2)]
    assert outputs(journal.of("shape")) == [{"name": "N1 of users"}, {"name": "N2 of users"}]
    assert inputs(journal.of("report")) == [
        {**start, "items": items, "names": ["N1 of users", "N2 of users"], "n": 2}
    ]
    assert [entry.path for entry in journal.of("shape")] == ["each[0]/shape", "each[1]/shape"]
    assert [entry.type for entry in journal.entries.values()] == [
        "HttpCall",
        "Foreach",
        *["HttpCall", "NoOp"] * 2,
        "NoOp",
    ]


def test_merge_replaces_and_switch_takes_the_first_that_holds(stage: Stage) -> None:
    result = stage.run(SWITCH, {"n": 7, "strings": ["a", "b"]})

    assert result.value == {"size": "mid", "strings": ["d", "e"], "seen": 7}
    assert inputs(result.journal.of("mid")) == [
        {"input": {"n": 7, "strings": ["a", "b"]}, "n": 7, "strings": ["d", "e"]}
    ]
    assert result.journal.of("big") == []
    assert result.journal.one("pick").output_json is None


def test_no_choice_fails_the_run_in_the_services_words(stage: Stage) -> None:
    result = stage.run(SWITCH, {"n": 1, "strings": []})

    error = StepError("STEP_NO_CHOICE_MATCHED", "no condition is true, and there is no default")
    assert result.outcome == Outcome(Ending.FAILED, error=error)
    last = list(result.journal.entries.values())[-1]
    assert (last.step, last.type, last.status, last.error) == ("pick", "Switch", FAILED, error)


def test_retry_with_growing_delays_then_catch(stage: Stage, server: Server) -> None:
    server.json("/flaky", 503, 503, {"done": True})
    server.json("/missing", 404)

    result = stage.run(RETRY, {"name": "eve"})

    assert result.value == {"ok": True, "problem": "HTTP_CALL_404"}
    flaky, missing = result.journal.one("flaky"), result.journal.one("missing")
    assert (flaky.attempts, flaky.status, outputs([flaky])) == (3, COMPLETED, [{"ok": True}])
    assert flaky.last_error is not None
    assert flaky.last_error.code == "HTTP_CALL_503"
    assert flaky.error is None
    assert result.clock.slept == [2.0, 5.0]
    assert {call.body for call in server.calls if call.path == "/flaky"} == {'{"who":"eve"}'}
    assert {call.method for call in server.calls if call.path == "/flaky"} == {"POST"}
    assert (missing.attempts, missing.status, missing.last_error) == (1, FAILED, None)
    assert missing.error is not None
    assert missing.error.code == "HTTP_CALL_404"
    assert outputs([missing]) == [{"problem": "HTTP_CALL_404"}]
    assert server.count("/missing") == 1
    assert result.journal.of("never") == []


def test_fail_in_a_branch_ends_everything(stage: Stage) -> None:
    result = stage.run(FAIL, {"order": "x"})

    error = StepError("STEP_FAIL", "order is string, want number")
    assert result.outcome == Outcome(Ending.FAILED, error=error)
    found: dict[str, Any] = {entry.step: entry for entry in result.journal.entries.values()}
    assert found["verify"].status is COMPLETED
    assert (found["bad"].type, found["bad"].status, found["bad"].error) == ("Fail", FAILED, error)
    assert (found["both"].status, found["both"].error) == (FAILED, error)
    assert "after" not in found


def test_noop_without_output_yields_its_state(stage: Stage) -> None:
    result = stage.run(FAIL, {"order": 4})

    branch = {"input": {"order": 4}, "order": 4}
    assert result.value == {**branch, "quick": {"noted": 4}, "check": branch}


def test_while_carries_its_own_state_on(stage: Stage) -> None:
    result = stage.run(WHILE, [1, 2, 3])

    assert result.value == {"message": "sum=6"}
    journal = result.journal
    assert inputs(journal.of("init")) == [{"input": [1, 2, 3]}]
    assert inputs(journal.of("add")) == [
        {"total": 0, "item": 1},
        {"total": 1, "item": 2},
        {"total": 3, "item": 3},
    ]
    assert outputs(journal.of("add")) == [{"total": 1}, {"total": 3}, {"total": 6}]
    assert outputs(journal.of("loop")) == [{"total": 6}]
    assert [entry.path for entry in journal.of("pause")] == [f"loop[{n}]/pause" for n in range(3)]
    assert journal.of("pause")[0].type == "Wait"
    assert journal.one("loop").type == "While"
