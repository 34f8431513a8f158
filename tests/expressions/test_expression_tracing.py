"""What an evaluation notes beside its value: whom it read, whom it waits for, what must not be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from orders import VARIABLES, Finished, template

from declarative import source
from declarative.config import expressions
from declarative.config.scope import Each
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address, parse
from declarative.model.desired import Upstream
from declarative.model.json import Json

FIRST = {'extract["2026-11-01"]': {"path": "a", "rows": 3}}


def names(addresses: tuple[Address, ...]) -> list[str]:
    return [str(address) for address in addresses]


def test_only_the_instances_that_were_touched_are_waited_for(evaluate):
    evaluated = evaluate("${executions.extract[each.value.day].result.path}", FIRST)
    assert (evaluated.value, evaluated.unknown, evaluated.waits_for) == ("a", False, ())
    assert names(evaluated.touched) == ['extract["2026-11-01"]']

    evaluated = evaluate('${executions.extract["2026-11-02"].result.path}', FIRST)
    assert (evaluated.value, evaluated.unknown) == (None, True)
    assert evaluated.unknown_paths == {()}
    assert names(evaluated.waits_for) == ['extract["2026-11-02"]']


@pytest.mark.parametrize(
    "text",
    [
        "${executions.merge.result}",
        "${executions.merge.id}",
        "a ${executions.merge.result}",
        "${executions.merge.result.a.b[0].c}",
        "${executions.merge.result | default('known')}",
        "${executions.merge.result.a | default('known')}",
        "${executions.merge.result is defined}",
        "${executions.merge.result is none}",
        "${executions.merge.result == 1}",
        "${'x' if executions.merge.result else 'y'}",
        "${'x' if executions.merge.result.flag and 1 / 0 else 'y'}",
        "${not executions.merge.result}",
        "${1 in executions.merge.result}",
        "${executions.merge.result in [1]}",
        "${[executions.merge.result, 1] | length}",
        "${ {'a': executions.merge.result} | items | list | length}",
        "${executions.merge.result | length}",
        "${executions.merge.result | int(5)}",
        "${executions.merge.result | upper}",
        "${'a' | replace('a', executions.merge.result)}",
        "${['a'] | join(executions.merge.result)}",
        "${[executions.merge.result] | join}",
        "${[executions.merge.result] | sort | first}",
        "${executions.merge.result[1:] | list}",
        "${executions.merge.result.upper()}",
        "${'a'.replace('a', executions.merge.result)}",
        "${executions.merge.result + 1}",
        "${-executions.merge.result}",
        "${'%s' % executions.merge.result}",
        "${range(executions.merge.result)}",
        "${1 if 1 < executions.merge.result < 3 else 2}",
        "${executions.extract[executions.merge.result].id}",
        "${executions.merge.result ~ (1 / 0)}",
        "${[executions.merge.result, executions.nope.id]}",
        "${file(executions.merge.result)}",
    ],
)
def test_whoever_touches_an_unfinished_result_is_unknown_as_a_whole(evaluate, text):
    """Whatever the expression returned or raised."""
    evaluated = evaluate(text)
    assert evaluated.unknown
    assert evaluated.value is None
    assert evaluated.problem is None
    assert "merge" in names(evaluated.waits_for)


def test_all_that_is_missing_is_named_at_once(evaluate):
    text = '${executions.extract | values | map(attribute="result.path") | list} ${executions.merge.id}'
    evaluated = evaluate(text, FIRST)
    assert names(evaluated.waits_for) == ['extract["2026-11-02"]', "merge"]
    assert names(evaluated.touched) == ['extract["2026-11-01"]', 'extract["2026-11-02"]', "merge"]
    evaluated = evaluate("${executions.merge.result.x ~ executions['load-eu'].result.y}")
    assert names(evaluated.waits_for) == ["merge", "load-eu"]
    evaluated = evaluate("${[1][executions.merge.result] ~ executions['load-eu'].result}")
    assert names(evaluated.waits_for) == ["merge", "load-eu"]


def test_a_branch_that_hangs_on_an_unknown_is_not_guessed(evaluate):
    evaluated = evaluate("${executions['load-eu'].id if executions.merge.result.ok else 1}")
    assert names(evaluated.waits_for) == ["merge"]


def test_keys_and_inputs_wait_for_nothing(evaluate):
    evaluated = evaluate(
        "${executions.extract | length} ${executions.extract | list | first} ${executions.merge.input.of}"
    )
    assert evaluated.value == "2 2026-11-01 merge"
    assert evaluated.waits_for == ()
    assert names(evaluated.touched) == ["merge"]


def test_one_unknown_leaf_leaves_the_others_known(scope):
    document, _ = source.read(
        "x: {a: '${executions.merge.result.a}', b: ['${each.key}', 'n ${executions.merge.id}'], c: 1}\n",
        "f.yaml",
    )
    tree, _ = expressions.compile_value(document.value["x"], ("x",), document)
    evaluated = expressions.ExpressionInput(tree, scope).evaluate(Finished())
    assert evaluated.value == {"a": None, "b": ["2026-11-01/eu", None], "c": 1}
    assert evaluated.unknown_paths == {("a",), ("b", 1)}


def test_a_missing_path_of_a_result_names_the_upstream(problem_of):
    problem = problem_of('${executions.extract["2026-11-01"].result.pth}', FIRST)
    assert problem.code == "empty_reference"
    assert 'reads extract["2026-11-01"]' in problem.detail
    assert problem.span.line == 2


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("${executions.consumer.id}", 'The execution "consumer" is disabled', "`enabled` is false"),
        ("${executions.extract.result}", '"extract" has for_each', 'extract["2026-11-01"].result'),
        ('${executions.extract["2026-11-03"].id}', 'no instance "2026-11-03"', "2026-11-0"),
        ("${executions.merge | list}", "merge is one execution", ".result, .input or .id"),
        ("${executions.merge.status}", "only be read in outputs", "depends_on"),
        ("${executions | tojson}", "not a value", ""),
    ],
)
def test_other_executions_are_a_closed_world(problem_of, text, words, hint):
    problem = problem_of(text)
    assert words in problem.summary
    assert hint in problem.hint


def test_the_status_is_read_in_outputs(scope):
    output = expressions.ExpressionOutput(template("${executions.merge.status}"), scope)
    assert output.evaluate(Finished({"merge": 1})).value == "FINISHED"
    assert output.evaluate(Finished()).value == "RUNNING"


def test_a_refusal_of_the_upstream_is_the_problem(scope):
    class Forgotten(Finished):
        def result(self, address: Address) -> Json:
            raise Refused([Diagnostic("result_unavailable", "The engine has forgotten it")])

    evaluated = expressions.ExpressionInput(template("${executions.merge.result}"), scope).evaluate(
        Forgotten()
    )
    assert evaluated.problem.code == "result_unavailable"
    assert evaluated.problem.span.line == 2


def test_evaluations_are_repeatable_and_ask_only_for_what_they_touch(scope):
    upstream = Finished(FIRST)
    tree = expressions.ExpressionInput(template("${executions.extract[each.value.day].result.rows}"), scope)
    assert tree.evaluate(upstream) == tree.evaluate(upstream)
    assert set(upstream.asked) == {'extract["2026-11-01"]'}


# ── sensitive values ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "${var.token}",
        "Bearer ${var.token}",
        "${'a' if var.token == 'x' else 'b'}",
        "${var['token'] | sha256}",
        "${var[each.value.region ~ ''] if false else var['tok' ~ 'en']}",
        "${var | items | list | length}",
        "${var}",
        "${executions.vault.input.of}",
        "${executions.vault.result}",
    ],
)
def test_whatever_touched_a_sensitive_value_makes_its_leaf_sensitive(evaluate, text):
    assert evaluate(text, {"vault": 1}).sensitive == {()}


@pytest.mark.parametrize("text", ["${var.count}", "${var | list}", "${executions.vault.id}", "${each.value}"])
def test_what_touched_none_does_not(evaluate, text):
    assert evaluate(text, {"vault": 1}).sensitive == frozenset()


def test_only_the_leaf_is_sensitive(scope):
    document, _ = source.read("x: {a: '${var.token}', b: {c: ['${each.key}', 'x${var.token}']}}\n", "f.yaml")
    tree, _ = expressions.compile_value(document.value["x"], ("x",), document)
    evaluated = tree.evaluate(scope)
    assert evaluated.sensitive == {("a",), ("b", "c", 1)}
    problems = expressions.sensitive_not_allowed(tree, evaluated, "labels")
    assert [problem.span.column for problem in problems] == [8, 47]


@pytest.mark.parametrize(
    "text",
    [
        "${var.token | int | fromjson}",
        "${var.token | fromjson}",
        "${[1][var.token]}",
        "${file(var.token)}",
        "${ {'k': var.token}.j }",
        "${var.token.k}",
        "${(var.token ~ '') | dateadd('1d')}",
        "${range(var.token)}",
    ],
)
def test_an_error_never_tells_a_sensitive_value(problem_of, text):
    problem = problem_of(text)
    assert "hunter2" not in f"{problem}"
    assert "sensitive" in problem.summary


def test_a_sensitive_input_spreads_through_the_entries_that_read_it():
    inputs = {
        "login": template("${var.token}"),
        "follows": template("${executions.login.input.a}"),
        "third": template("x ${executions[each.key].input}"),
        "identified": template("${executions.login.id}"),
        "marked": None,
        "reader": template("${executions.marked.result.a}"),
        "plain": template("${var.count}"),
        "none": None,
    }
    assert expressions.sensitive_attributes(inputs, VARIABLES, ["marked"]) == {
        "login": {"input"},
        "follows": {"input"},
        "third": {"input"},
        "marked": {"input", "result"},
        "reader": {"input"},
    }


# ── what binds an input that is not known yet ──────────────────────────────────────────────────────────


@dataclass
class Bound:
    scope: Any

    def of(self, text: str, **changes: Any) -> Json:
        return expressions.ExpressionInput(template(text), replace(self.scope, **changes)).template()


def test_a_template_holds_text_and_known_values_but_nothing_of_results(scope):
    document, _ = source.read(
        "x: {a: '${executions.merge.result[each.key]} ${var.count}', b: '${each.value.region}'}\n", "f.yaml"
    )
    tree, _ = expressions.compile_value(document.value["x"], ("x",), document)
    assert expressions.ExpressionInput(tree, scope).template() == {
        "value": {"a": "${executions.merge.result[each.key]} ${var.count}", "b": "eu"},
        "known": {
            "var.count": 3,
            "each": {"key": "2026-11-01/eu", "value": {"day": "2026-11-01", "region": "eu"}},
        },
    }


def test_a_template_changes_with_what_it_rests_on(scope, tmp_path):
    bound = Bound(scope)
    text = "${executions.merge.result ~ var.count ~ each.key ~ environment ~ file('q.sql')}"
    (tmp_path / "q.sql").write_text("select 1")
    first = bound.of(text)
    assert bound.of(text) == first
    assert bound.of(text, each=Each("other", None)) != first
    assert bound.of(text, environment="dev") != first
    assert bound.of(text, variables=replace(VARIABLES, values={**VARIABLES.values, "count": 4})) != first
    assert bound.of(text, variables=replace(VARIABLES, values={**VARIABLES.values, "flag": False})) == first
    (tmp_path / "q.sql").write_text("select 2")
    assert bound.of(text, folder=type(scope.folder)(tmp_path)) != first


def test_a_rotated_secret_changes_no_template_and_stands_in_none(scope):
    rotated = Variables({**VARIABLES.values, "token": "other"}, VARIABLES.sensitive)
    bound = Bound(scope)
    for text in (
        "${var.token}",
        "${executions.merge.result ~ var.token}",
        "${executions.merge.id ~ var | length}",
    ):
        assert "hunter2" not in str(bound.of(text))
        assert bound.of(text) == bound.of(text, variables=rotated)


def test_sources_keep_the_protocols(scope):
    upstream: Upstream = Finished({"merge": 5})
    evaluated = expressions.ExpressionInput(template("${executions.merge.result}"), scope).evaluate(upstream)
    assert evaluated.value == 5
    assert evaluated.touched == (parse("merge"),)
