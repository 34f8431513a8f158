"""State keeps only what expressions read of a result; they must not notice."""

from __future__ import annotations

import pytest
from orders import Finished, template

from declarative.config import expressions
from declarative.config.scope import Scope
from declarative.model.json import Json
from declarative.planning.results import assembled, covers, parts

RESULT: Json = {
    "path": "s3://a",
    "rows": {"good": 12, "bad": {"of eu": 1, "a/b~c": 2}},
    "parts": [{"name": "p0", "size": 1}, {"name": "p1", "size": 2}],
    "nothing": None,
    "large": "x" * 5000,
}
READ = {
    "${executions.merge.result.path}": {"/path"},
    "${executions.merge.result.path} ${executions.merge.result.rows.good}": {"/path", "/rows/good"},
    "${executions.merge.result.rows.good + executions.merge.result.rows.bad['of eu']}": {
        "/rows/good",
        "/rows/bad/of eu",
    },
    "${executions.merge.result.rows.bad['a/b~c']}": {"/rows/bad/a~1b~0c"},
    "${executions.merge.result.parts[1].name}": {"/parts"},
    "${executions.merge.result.parts | map(attribute='name') | list}": {"/parts"},
    "${executions.merge.result.rows}": {"/rows"},
    "${executions.merge.result.rows.bad | length + executions.merge.result.rows | length}": {
        "/rows",
        "/rows/bad",
    },
    "${executions.merge.result.nothing}": {"/nothing"},
    "${executions.merge.result | length}": {""},
    "${executions.merge.result[each.value.region]}": {""},
    "${'path' in executions.merge.result}": {""},
    "${executions.merge.result.absent}": {""},
    "${executions.merge.result.absent | default('none')}": {""},
    "${executions.merge.result.rows.absent is defined}": {"/rows"},
    "${executions.merge.result.path.deeper}": {"/path"},
    "${executions.merge.result.rows.bda}": {"/rows"},
    "${executions['merge'].result.path}": {"/path"},
}


def kept(text: str, result: Json = RESULT) -> dict[str, Json]:
    return parts(result, [path for _, path in template(text).results])


@pytest.mark.parametrize("text", READ)
def test_an_expression_means_the_same_over_what_is_kept(scope: Scope, text: str) -> None:
    source = expressions.ExpressionInput(template(text), scope)
    over_all = source.evaluate(Finished({"merge": RESULT}))
    assert source.evaluate(Finished({"merge": assembled(kept(text))})) == over_all


@pytest.mark.parametrize("text", READ)
def test_no_more_is_kept_than_is_read(text: str) -> None:
    assert kept(text).keys() == READ[text]


@pytest.mark.parametrize("result", [["a", {"b": 1}], "text", 12, None, {}])
def test_a_result_of_any_shape_can_be_kept(scope: Scope, result: Json) -> None:
    text = "${executions.merge.result[0]} ${executions.merge.result.a.b}"
    source = expressions.ExpressionInput(template(text), scope)
    over_all = source.evaluate(Finished({"merge": result}))
    assert source.evaluate(Finished({"merge": assembled(kept(text, result))})) == over_all


def test_what_is_kept_is_known_to_suffice_or_not() -> None:
    found = {"/path": "s3://a", "/rows": {"good": 1}}
    assert covers(found, [("path",), ("rows", "good"), ("rows", "whatever"), ("path", 0)])
    assert not covers(found, [("path",), ("parts",)])
    assert not covers(found, [()])
    assert not covers(None, [])
    assert covers({"": {}}, [(), ("path",)])


def test_what_is_too_large_is_left_out() -> None:
    assert parts({"a": "x" * 70_000, "b": 1}, [("a",), ("b",)]) == {"/b": 1}
