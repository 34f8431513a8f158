"""What each step makes of the state: results, merging, loops, waits, and what goes wrong in them."""

from __future__ import annotations

from typing import Any

import pytest
from language_kit import Server, Stage, StillClock, inputs, outputs

from declarative.engine.journal import Ending, EntryStatus


def steps(text: str, start: str = "a") -> str:
    return f'yawl: "1.0"\nstart: {start}\nsteps:\n' + "".join(
        f"  {line}\n" for line in text.strip().splitlines()
    )


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"a": "b", "c": 12}, {"input": {"a": "b", "c": 12}, "a": "b", "c": 12}),
        ([1, 2, 3], {"input": [1, 2, 3]}),
        (5, {"input": 5}),
        ("x", {"input": "x"}),
        ({}, {"input": {}}),
        ({"input": 1, "b": 2}, {"input": {"input": 1, "b": 2}, "b": 2}),
    ],
)
def test_the_state_a_run_begins_with(stage: Stage, given: Any, state: Any) -> None:
    assert stage.run(steps("a: {noOp: {}}"), given).value == state


def test_an_input_that_is_no_json_fails_the_run(stage: Stage) -> None:
    from language_kit import MemoryJournal, NoChildren

    from declarative.engine import interpreter
    from declarative.engine.journal import Control
    from declarative.engine.world import World

    world = World(stage.http, StillClock(), stage.jq, NoChildren())
    workflow = stage.workflow(steps("a: {noOp: {}}"))
    outcome = stage.do(interpreter.run(workflow, "{", MemoryJournal(), Control(), world))
    assert outcome.error is not None
    assert outcome.error.code == "STEP_INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (
            "a: {switch: {choices: [{condition: 'true', next: b}]}}\nb: {success: {}}",
            {"input": {"n": 1}, "n": 1},
        ),
        ("a: {noOp: {output: '\\({x: 1})', next: b}}\nb: {success: {}}", {"x": 1}),
        ("a: {noOp: {output: '\\({x: 1})', next: b}}\nb: {wait: {duration: 1}}", {"x": 1}),
        ("a: {wait: {duration: 1}}", {"input": {"n": 1}, "n": 1}),
        (
            "a: {noOp: {output: '\\({x: 1})', next: b}}\n"
            "b: {foreach: {input: '\\([{}])', output: '\\({y: .})', do: {start: i, steps: {i: {noOp: {next: j}}, j: {success: {}}}}}}",
            {"x": 1},
        ),
    ],
)
def test_the_result_is_the_last_output_or_the_state(stage: Stage, text: str, result: Any) -> None:
    ended = stage.run(steps(text), {"n": 1})
    assert (ended.outcome.ending, ended.value) == (Ending.FINISHED, result)


def test_steps_keep_their_titles(stage: Stage) -> None:
    text = steps("a: {title: Do nothing, description: at all, noOp: {}}")
    entry = stage.run(text).journal.one("a")
    assert (entry.title, entry.description) == ("Do nothing", "at all")


@pytest.mark.parametrize("output", ["text", "\\(.n)", "\\([])", "\\(null)", "x \\({})"])
def test_an_output_must_be_an_object(stage: Stage, output: str) -> None:
    result = stage.run(steps(f"a: {{noOp: {{output: '{output}'}}}}"), {"n": 1})
    assert result.code == "STEP_INVALID_OUTPUT"
    assert result.journal.one("a").status is EntryStatus.FAILED


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (".t", True),
        ('"true"', True),
        ("\\(.t)", True),
        (" \\(.n == 1)\n", True),
        ("\\(.s)", True),
        (".n", False),
        ("null", False),
        ('"True"', False),
        (".missing", False),
        ("[true]", False),
    ],
)
def test_what_counts_as_true(stage: Stage, condition: str, holds: bool) -> None:
    import json

    choice = f"{{condition: {json.dumps(condition)}, next: yes}}"
    text = steps(
        f"a: {{switch: {{choices: [{choice}], default: no}}}}\n"
        "yes: {noOp: {output: '\\({holds: true})'}}\nno: {noOp: {output: '\\({holds: false})'}}"
    )
    assert stage.run(text, {"t": True, "n": 1, "s": "true"}).value == {"holds": holds}


def test_switch_asks_of_its_input_and_no_further_than_the_first_true(stage: Stage) -> None:
    text = steps(
        "a: {switch: {input: '\\({m: .n})', choices: ["
        "{condition: .m == 1, next: b}, {condition: error, next: c}], default: {next: c}}}\n"
        "b: {noOp: {output: '\\({b: 1})'}}\nc: {noOp: {}}"
    )
    result = stage.run(text, {"n": 1})
    assert result.value == {"b": 1}
    assert inputs(result.journal.of("a")) == [{"m": 1}]


def test_default_as_a_bare_id(stage: Stage) -> None:
    text = steps(
        "a: {switch: {choices: [{condition: .x, next: b}], default: b}}\nb: {noOp: {output: '\\({b: 1})'}}"
    )
    assert stage.run(text).value == {"b": 1}


@pytest.mark.parametrize(
    ("given", "code"),
    [({"items": "x"}, "STEP_INVALID_ARGUMENT"), ({"items": [1]}, "STEP_INVALID_ARGUMENT")],
)
def test_foreach_wants_a_list_of_objects(stage: Stage, given: Any, code: str) -> None:
    body = "do: {start: i, steps: {i: {noOp: {}}}}"
    text = steps(f"a: {{foreach: {{input: \\(.items), output: '\\({{n: .}})', {body}}}}}")
    assert stage.run(text, given).code == code
    assert stage.run(text, {"items": []}).value == {"n": []}
    assert stage.run(text.replace("{n: .}", "."), {"items": []}).code == "STEP_INVALID_OUTPUT"


def test_foreach_in_foreach_in_parallel(stage: Stage) -> None:
    inner = "do: {start: j, steps: {j: {noOp: {output: '\\({s: (.y + $global.base)})'}}}}"
    do = f"do: {{start: i, steps: {{i: {{foreach: {{input: '\\([{{y: .x}}, {{y: (.x * 10)}}])', output: '\\({{l: map(.s)}})', {inner}}}}}}}}}"
    foreach = f"{{foreach: {{input: '\\([{{x: 1}}, {{x: 2}}])', output: '\\({{all: map(.l)}})', {do}}}}}"
    text = steps(f"a: {{parallel: {{branches: {{b: {{start: e, steps: {{e: {foreach}}}}}}}}}}}")
    result = stage.run(text, {"base": 100})
    assert result.value == {"b": {"all": [[101, 110], [102, 120]]}}
    assert result.journal.recall("a.b/e[1]/i[0]/j") is not None


def test_foreach_runs_as_many_at_once_as_it_may(stage: Stage, server: Server) -> None:
    import threading

    at_once, most, gate = 0, 0, threading.Barrier(3)

    def answer(handler: Any, call: Any) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        gate.wait(5)
        at_once -= 1
        handler.reply(200, b"{}")

    server.routes["/x"] = answer
    text = steps(
        "a: {foreach: {input: '\\([range(6) | {n: .}])', output: '\\({n: length})', concurrency: 3,"
        " do: {start: i, steps: {i: {httpCall: {url: http://h/x}}}}}}"
    )
    assert stage.run(text).value == {"n": 6}
    assert most == 3


def test_branches_do_not_see_each_other(stage: Stage) -> None:
    branch = "{start: x, steps: {x: {noOp: {output: '\\({m: (.m + 1)})'}}}}"
    text = steps(f"a: {{parallel: {{input: '\\({{m: .n}})', branches: {{p: {branch}, q: {branch}}}}}}}")
    assert stage.run(text, {"n": 1}).value == {"p": {"m": 2}, "q": {"m": 2}}


def test_parallel_wants_an_object(stage: Stage) -> None:
    text = steps("a: {parallel: {input: '\\([])', branches: {p: {start: x, steps: {x: {noOp: {}}}}}}}")
    assert stage.run(text).code == "STEP_INVALID_ARGUMENT"


def loop(fields: str, body: str = "{output: '\\({n: (.n + 1)})'}") -> str:
    do = f"do: {{start: w, steps: {{w: {{wait: {{duration: 0, next: x}}}}, x: {{noOp: {body}}}}}}}"
    return steps(f"a: {{while: {{{fields}, {do}}}}}")


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ("condition: .n < 3", {"n": 3}),
        ("max_iterations: 2", {"n": 2}),
        ("maxIterations: '\\(.n + 4)'", {"n": 4}),
        ("max_iterations: '2', condition: .n < 9", {"n": 2}),
        ("max_iterations: 9, condition: $counter < 1", {"n": 1}),
        ("condition: 'false'", {}),
        ("max_iterations: 0", {}),
        ("max_iterations: 2, output: '\\({last: .n})'", {"last": 2}),
        ("condition: $counter < 2, input: '\\({n: ($counter * 10)})'", {"n": 11}),
        ("condition: $global.n == 0 and $counter < 2", {"n": 2}),
    ],
)
def test_while(stage: Stage, fields: str, result: Any) -> None:
    assert stage.run(loop(fields), {"n": 0}).value == result


def test_while_keeps_what_its_body_does_not_overwrite(stage: Stage) -> None:
    text = loop("max_iterations: 2", "{output: '\\({seen: (.n + (.seen // 0))})'}")
    result = stage.run(text, {"n": 5})
    assert inputs(result.journal.of("x")) == [
        {"input": {"n": 5}, "n": 5},
        {"input": {"n": 5}, "n": 5, "seen": 5},
    ]
    assert result.value == {"seen": 10}


@pytest.mark.parametrize("fields", ["input: '\\([])', max_iterations: 1", "max_iterations: '\\(.x)'"])
def test_while_wants_an_object_and_a_number(stage: Stage, fields: str) -> None:
    assert stage.run(loop(fields)).code == "STEP_INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("fields", "slept"),
    [
        ("duration: 10", [10.0]),
        ('duration: "10"', [10.0]),
        ("duration: 10s", [10.0]),
        ("duration: 1.5s", [1.5]),
        ("duration: '\\(.n)'", [7.0]),
        ("duration: '\\(.n)s'", [7.0]),
        ("duration: 0", []),
        ("duration: -5", []),
        ("until: '2023-11-14T22:13:30.500Z'", [10.5]),
        ("until: '2023-11-15T01:13:30+03:00'", [10.0]),
        ("until: '2023-11-14T22:13:30'", [10.0]),
        ("until: '\\(.when)'", [1.0]),
        ("until: '2020-01-01T00:00:00Z'", []),
    ],
)
def test_wait(stage: Stage, fields: str, slept: list[float]) -> None:
    text = steps(f"a: {{wait: {{{fields}}}}}")
    result = stage.run(text, {"n": 7, "when": "2023-11-14T22:13:21Z"})
    assert (result.outcome.ending, result.clock.slept) == (Ending.FINISHED, slept)
    assert result.journal.one("a").output_json is None


@pytest.mark.parametrize("fields", ["duration: '\\(.n)'", "until: '\\(.n)'", "until: '9999999-01-01'"])
def test_wait_for_nonsense(stage: Stage, fields: str) -> None:
    assert stage.run(steps(f"a: {{wait: {{{fields}}}}}"), {"n": "soon"}).code == "STEP_INVALID_ARGUMENT"


def test_a_step_visited_again_has_a_path_of_its_own(stage: Stage) -> None:
    text = steps(
        "a: {wait: {duration: 1, next: b}}\nb: {noOp: {output: '\\({n: ((.n // 0) + 1)})', next: c}}\n"
        "c: {switch: {choices: [{condition: .n < 3, next: a}], default: d}}\nd: {noOp: {output: '\\({n})'}}"
    )
    result = stage.run(text)
    assert result.value == {"n": 3}
    assert [entry.path for entry in result.journal.of("b")] == ["b", "b~2", "b~3"]
    assert [out["n"] for out in outputs(result.journal.of("b"))] == [1, 2, 3]


def test_ids_that_look_like_paths_stay_apart(stage: Stage) -> None:
    text = steps("\"a.b/c[0]~2%#\": {noOp: {output: '\\({x: 1})'}}", start='"a.b/c[0]~2%#"')
    result = stage.run(text)
    assert result.value == {"x": 1}
    assert list(result.journal.entries) == ["a%2Eb%2Fc%5B0%5D%7E2%25%23"]


def test_times_come_from_the_clock(stage: Stage) -> None:
    result = stage.run(steps("a: {wait: {duration: 10, next: b}}\nb: {noOp: {}}"))
    start = StillClock().time
    assert [(e.started_at, e.ended_at) for e in result.journal.entries.values()] == [
        (start, start + 10),
        (start + 10, start + 10),
    ]
