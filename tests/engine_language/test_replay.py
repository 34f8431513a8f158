"""A run whose process dies at any write goes on as if nothing had happened, and repeats nothing it finished."""

from __future__ import annotations

import asyncio

import pytest
from language_kit import Killed, MemoryJournal, Server, Stage, StillClock
from worked_examples import FAIL, FOREACH, PARALLEL, RETRY, SWITCH, WHILE

from declarative.engine.journal import Ending, Entry, EntryStatus
from declarative.engine.secrets import Secrets
from declarative.engine.side_by_side import side_by_side

EVERYTHING = r"""
yawl: "1.0"
start: list
steps:
  list: {httpCall: {url: 'http://h/list', output: '\({items: .})', next: each}}
  each:
    foreach:
      input: \(.items)
      output: '\({got: map(.v)})'
      concurrency: 3
      next: both
      do:
        start: fetch
        steps:
          fetch: {httpCall: {url: 'http://h/item', query: {n: '\(.n)'}, output: '\({v: .v})', next: odd}}
          odd: {switch: {choices: [{condition: '.v % 2 == 1', next: again}], default: same}}
          again: {httpCall: {url: 'http://h/again', query: {n: '\(.n)'}, output: '\({v: .v})', next: same}}
          same: {noOp: {output: '\({v})'}}
  both:
    parallel:
      next: loop
      branches:
        slow:
          start: nap
          steps:
            nap: {wait: {duration: 30, next: flaky}}
            flaky:
              httpCall:
                url: http://h/flaky
                retryPolicy: {errorList: [ALL], retryCount: 9, initialDelay: 5s, maxDelay: 5s}
                output: '\({ok})'
        caught:
          start: missing
          steps:
            missing:
              httpCall:
                url: http://h/missing
                catch: [{errorList: [ALL], output: '\({problem: .error})', next: turn}]
            turn: {switch: {choices: [{condition: '(.visits // 0) < 2', next: back}], default: leave}}
            back: {wait: {duration: 1, next: count}}
            count: {noOp: {output: '\({visits: ((.visits // 0) + 1)})', next: turn}}
            leave: {noOp: {output: '\({problem, visits})'}}
  loop:
    while:
      condition: $counter < 3
      next: say
      do:
        start: step
        steps: {step: {httpCall: {url: 'http://h/step', query: {n: '\(.total)'}, output: '\({total: (.n + 1)})'}}}
  say: {noOp: {output: '\({got, both: [.slow, .caught], total})'}}
"""
EXPECTED = '{"both":[{"ok":true},{"problem":"HTTP_CALL_404","visits":2}],"got":[1,10,3,20],"total":3}'

SUCCESS_INSIDE = r"""
yawl: "1.0"
start: first
steps:
  first: {noOp: {output: '\({a: 1})', next: both}}
  both:
    parallel:
      next: never
      branches:
        slow: {start: nap, steps: {nap: {wait: {duration: 1000, next: late}}, late: {httpCall: {url: http://h/late}}}}
        quick:
          start: each
          steps:
            each:
              foreach:
                input: '\([{n: 1}])'
                output: \({})
                do: {start: fetch, steps: {fetch: {httpCall: {url: http://h/item, next: yes}}, yes: {success: {}}}}
  never: {httpCall: {url: http://h/late}}
"""


def routes(server: Server) -> None:
    server.calls.clear()
    server.json("/list", [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}])
    server.json("/missing", 404)
    server.json("/flaky", 503, 503, {"ok": True})
    server.json("/users", [{"id": 1}, {"id": 2}])
    server.json("/posts", [])
    server.json("/item/1", {"first": "N1"})
    server.json("/item/2", {"first": "N2"})
    server.json("/late", {})
    for path in ("/item", "/again", "/step"):
        server.routes[path] = lambda handler, call: handler.reply(200, answer(call.path, call.query))


def answer(path: str, query: str) -> bytes:
    n = int(query.removeprefix("n=")) if query.removeprefix("n=").isdecimal() else 0
    odd = n % 2 == 1
    return b'{"v":%d,"n":%d}' % (n if odd else n * 5 if path == "/item" else n, n)


def finished_calls(journal: MemoryJournal) -> set[str]:
    """The paths of finished httpCalls."""
    finished = (EntryStatus.COMPLETED, EntryStatus.FAILED)
    return {e.path for e in journal.entries.values() if e.type == "HttpCall" and e.status in finished}


def die_at(
    stage: Stage, text: str, given: object, write: int, after: bool
) -> tuple[MemoryJournal, StillClock]:
    journal, clock = MemoryJournal(), StillClock()
    journal.dies_at, journal.dies_after_writing = write, after
    with pytest.raises(Killed):
        stage.run(text, given, journal, clock)
    journal.dies_at = None
    return journal, clock


CASES = {
    "everything": (EVERYTHING, None, Ending.FINISHED),
    "parallel": (PARALLEL, None, Ending.FINISHED),
    "foreach": (FOREACH, {"resource": "users"}, Ending.FINISHED),
    "switch": (SWITCH, {"n": 1, "strings": []}, Ending.FAILED),
    "retry": (RETRY, {"name": "eve"}, Ending.FAILED),
    "fail": (FAIL.replace("concurrency: 1", "concurrency: 2"), {"order": "x"}, Ending.FAILED),
    "while": (WHILE, [1, 2, 3], Ending.FINISHED),
    "success": (SUCCESS_INSIDE, None, Ending.FINISHED),
}


def prepare(server: Server, name: str) -> None:
    routes(server)
    if name == "retry":
        server.json("/flaky", 503)


def under_way(journal: MemoryJournal) -> set[str]:
    return {entry.path for entry in journal.entries.values() if entry.ended_at is None}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CASES)
def test_killed_at_every_write(stage: Stage, server: Server, name: str, after: bool) -> None:
    text, given, ending = CASES[name]
    prepare(server, name)
    reference = stage.run(text, given)
    calls = len(server.calls)
    assert reference.outcome.ending is ending
    assert name != "everything" or reference.outcome.result_json == EXPECTED
    for write in range(len(reference.journal.writes)):
        prepare(server, name)
        journal, clock = die_at(stage, text, given, write, after)
        done, interrupted, writes = finished_calls(journal), under_way(journal), len(journal.writes)

        result = stage.run(text, given, journal, clock)

        assert result.outcome == reference.outcome, write
        assert not done & {entry.path for entry in journal.writes[writes:]}, write
        assert len(server.calls) <= calls + len(interrupted) + 1, write
        assert under_way(journal) == set(), write
        if ending is Ending.FINISHED and name != "success":
            assert set(journal.entries) == set(reference.journal.entries), write


OLD, NEW = Secrets({"s": {"k": "3"}}), Secrets({"s": {"k": "1"}})
SECRET = """lockboxPayload("s"; "k") | tonumber"""


@pytest.mark.parametrize(
    ("text", "writes", "entries"),
    [
        (
            f"s: {{while: {{condition: '$counter < ({SECRET})', do: {{start: w, steps: {{w: {{wait: {{duration: 1}}}}}}}}}}}}",
            6,
            4,
        ),
        (
            f"s: {{foreach: {{input: '\\([range({SECRET}) | {{n: .}}])', output: '\\({{n: length}})',"
            " do: {start: w, steps: {w: {wait: {duration: 1}}}}}}",
            4,
            4,
        ),
    ],
)
def test_what_was_decided_before_a_crash_holds_after_it(
    stage: Stage, text: str, writes: int, entries: int
) -> None:
    """A template may say something else by then: it reads a secret, or the time."""
    journal = MemoryJournal()
    journal.dies_at = writes
    with pytest.raises(Killed):
        stage.run(workflow(text), journal=journal, secrets=OLD)
    journal.dies_at = None
    assert stage.run(workflow(text), journal=journal, secrets=NEW).outcome.ending is Ending.FINISHED
    assert [entry.status for entry in journal.entries.values()] == [EntryStatus.COMPLETED] * entries


def test_a_wait_keeps_the_time_it_was_due(stage: Stage) -> None:
    text = workflow(f"s: {{wait: {{duration: '\\({SECRET} * 100)'}}}}")
    journal, clock = MemoryJournal(), StillClock()
    journal.dies_at = 1
    with pytest.raises(Killed):
        stage.run(text, journal=journal, secrets=OLD)
    journal.dies_at = None
    stage.run(text, journal=journal, clock=clock, secrets=NEW)
    assert clock.slept == [300]


def workflow(step: str) -> str:
    return f'yawl: "1.0"\nstart: s\nsteps:\n  {step}\n'


class SlowJournal(MemoryJournal):
    """Takes its time to note the first failure."""

    async def finish(self, entry: Entry) -> None:
        if entry.status is EntryStatus.FAILED:
            for _ in range(50):
                await asyncio.sleep(0)
        await super().finish(entry)


def test_one_step_alone_ends_a_run_and_none_begins_meanwhile(stage: Stage) -> None:
    branches = ", ".join(
        f"{name}: {{start: {name}1, steps: {{{name}1: {{wait: {{duration: 1, next: {name}2}}}}, {name}2: {{{last}}}}}}}"
        for name, last in {
            "p": "fail: {errorMessage: p}",
            "q": "fail: {errorMessage: q}",
            "r": "wait: {duration: 1}",
        }.items()
    )
    text = workflow(f"s: {{parallel: {{branches: {{{branches}}}}}}}")
    result = stage.run(text, journal=SlowJournal())
    ends = {e.step for e in result.journal.entries.values() if e.status is EntryStatus.FAILED}
    assert result.outcome.error is not None
    assert ends == {"s", f"{result.outcome.error.message}2"}
    assert len(result.journal.of("p2") + result.journal.of("q2") + result.journal.of("r2")) == 1


def test_of_two_that_fail_at_once_one_ends_the_run(stage: Stage) -> None:
    branches = ", ".join(
        f"{n}: {{start: {n}, steps: {{{n}: {{functionCall: {{functionId: f}}}}}}}}" for n in "pq"
    )
    text = workflow(f"s: {{parallel: {{branches: {{{branches}}}}}}}")
    result = stage.run(text, journal=SlowJournal())
    found = {entry.step: entry.status for entry in result.journal.entries.values()}
    assert sorted((found["p"], found["q"])) == [EntryStatus.CANCELLED, EntryStatus.FAILED]


def test_a_failure_counts_before_what_it_cancelled(stage: Stage) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError

    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ValueError):
        stage.do(side_by_side([hang, fail, hang], 3))
