"""Loops that would spin without ever waiting are refused, others are not."""

from __future__ import annotations

import pytest
from language_kit import problems

from declarative.diagnostics import Diagnostic


def one(text: str) -> Diagnostic:
    (problem,) = problems(text)
    return problem


def step(text: str) -> str:
    return f'yawl: "1.0"\nstart: s\nsteps:\n  s:\n    {text}\n'


@pytest.mark.parametrize(
    "default",
    ["s", "{next: s}"],
)
def test_both_forms_of_switch_default(default: str) -> None:
    text = f"switch: {{choices: [{{condition: .a, next: t}}], default: {default}}}\n  t: {{wait: {{duration: 1, next: s}}}}"
    (problem,) = problems(step(text))
    assert problem.code == "yawl_idle_loop"


@pytest.mark.parametrize(
    ("steps", "loop"),
    [
        ("a: {noOp: {next: a}}", "a -> a"),
        (
            "a: {noOp: {next: b}}, b: {switch: {choices: [{condition: .x, next: a}], default: c}}, c: {noOp: {}}",
            "a -> b -> a",
        ),
        (
            "a: {parallel: {next: a, branches: {x: {start: n, steps: {n: {noOp: {}}}}}}}",
            "a -> a",
        ),
    ],
)
def test_a_loop_that_never_waits_is_refused(steps: str, loop: str) -> None:
    problem = one(f'yawl: "1.0"\nstart: a\nsteps: {{{steps}}}')
    assert (problem.code, loop in problem.summary) == ("yawl_idle_loop", True)


@pytest.mark.parametrize(
    "steps",
    [
        "a: {noOp: {next: b}}, b: {wait: {duration: 1, next: a}}",
        "a: {httpCall: {url: u, catch: [{errorList: [ALL], output: x, next: a}]}}",
        "a: {parallel: {next: a, branches: {x: {start: n, steps: {n: {noOp: {}}}}, y: {start: w, steps: {w: {wait: {duration: 1}}}}}}}",
    ],
)
def test_a_loop_that_waits_is_allowed(steps: str) -> None:
    assert problems(f'yawl: "1.0"\nstart: a\nsteps: {{{steps}}}') == []


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ("w: {wait: {duration: 1}}", True),
        (
            "w: {switch: {choices: [{condition: .a, next: x}], default: y}}, x: {success: {}}, y: {fail: {errorMessage: m}}",
            True,
        ),
        (
            "w: {switch: {choices: [{condition: .a, next: x}], default: y}}, x: {wait: {duration: 1}}, y: {noOp: {}}",
            False,
        ),
        ("w: {noOp: {}}, x: {wait: {duration: 1}}", False),
        (
            "w: {foreach: {input: \\(.), output: \\(.), do: {start: i, steps: {i: {httpCall: {url: u}}}}}}",
            True,
        ),
        ("w: {foreach: {input: \\(.), output: \\(.), do: {start: i, steps: {i: {noOp: {}}}}}}", False),
    ],
)
def test_every_path_of_a_while_body_must_wait(body: str, allowed: bool) -> None:
    found = problems(step(f"while: {{condition: .a, do: {{start: w, steps: {{{body}}}}}}}"))
    assert [problem.code for problem in found] == ([] if allowed else ["yawl_idle_loop"])
