"""What an expression means: names, types, filters, and the words of its errors."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from orders import compiled, refused, template

from declarative import source
from declarative.config import expressions

EXTRACTED = {'extract["2026-11-01"]': {"path": "s3://a"}, 'extract["2026-11-02"]': {"path": "s3://b"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${var.regions}", ["eu", "us"]),
        ("${var.count}", 3),
        ("${var.flag}", True),
        ("${var.nothing}", None),
        ("${each.key}", "2026-11-01/eu"),
        ("${each.value}", {"day": "2026-11-01", "region": "eu"}),
        ("${environment}", "prod"),
        ('${environment == "prod"}', True),
        ("${executions.extract | list}", ["2026-11-01", "2026-11-02"]),
        ("${executions.extract | length}", 2),
        ("${executions.extract[each.value.day].result.path}", "s3://a"),
        ('${executions.extract | values | map(attribute="result.path") | list}', ["s3://a", "s3://b"]),
        ('${"2026-11-01" in executions.extract}', True),
        ('${executions.extract["2026-11-02"].id}', 'id-of-extract["2026-11-02"]'),
        ('${executions["load-eu"].input}', {"of": "load-eu"}),
    ],
)
def test_the_documented_names_and_examples(value_of, text, value):
    assert value_of(text, EXTRACTED) == value


def test_a_whole_expression_keeps_its_type_and_a_mixed_text_is_text(value_of):
    assert value_of("${var.count}") == 3
    assert value_of("n=${var.count}") == "n=3"
    assert value_of("${var.count}${var.flag}") == "3true"
    assert value_of("${each.value.region}-${each.value.day}") == "eu-2026-11-01"
    assert value_of("is ${var.regions}, ${var.nothing}, ${1/4}") == 'is ["eu","us"], null, 0.25'


def test_a_doubled_dollar_is_a_literal(value_of):
    assert value_of("$${var.count} ${var.count}") == "${var.count} 3"
    assert expressions.literal({"a": ["$${x}", 1]}) == {"a": ["${x}", 1]}
    assert compiled("$${x}") == (None, [])


def test_a_text_without_expression_needs_no_template():
    assert compiled("plain") == (None, [])
    assert compiled("{{ var.count }} {% if %} {# #}") == (None, [])


def test_a_tree_keeps_what_has_no_expression_and_its_order(scope):
    document, _ = source.read("x: {b: 1.50, a: ['${var.count}', {c: 'n ${var.count}'}], d: null}\n", "f.yaml")
    found, problems = expressions.compile_value(document.value["x"], ("x",), document)
    assert problems == []
    value = found.evaluate(scope).value
    assert value == {"b": 1.5, "a": [3, {"c": "n 3"}], "d": None}
    assert list(value) == ["b", "a", "d"]


def test_keys_are_never_expressions_and_the_file_hears_of_it(scope):
    document, _ = source.read("x: {'${each.key}': '${each.key}'}\n", "f.yaml")
    found, problems = expressions.compile_value(document.value["x"], ("x",), document)
    assert found.evaluate(scope).value == {"${each.key}": "2026-11-01/eu"}
    assert [(problem.code, problem.is_error) for problem in problems] == [("expression_in_key", False)]


def test_on_a_map_a_dot_is_always_the_key(value_of, problem_of):
    assert value_of("${var.table.items}") == "data"
    assert value_of("${var.table.keys}") == 1
    assert value_of("${executions.merge.result.items}", {"merge": {"items": [1]}}) == [1]
    problem = problem_of("${each.value.items()}")
    assert problem.code == "empty_reference"
    assert "x | items" in problem.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("${each.value.regio}", 'Did you mean "region"?'),
        ('${each.value["regio"]}', 'Did you mean "region"?'),
        ("${[each.value.regio]}", 'Did you mean "region"?'),
        ("${ {'a': each.value.regio} }", 'Did you mean "region"?'),
        ("a ${each.value.regio}", 'Did you mean "region"?'),
        ("${each.value.regio ~ 'x'}", 'Did you mean "region"?'),
        ("${each.value.regio == 'x'}", 'Did you mean "region"?'),
        ("${each.value.regio is none}", 'Did you mean "region"?'),
        ("${each.value.regio | items | list}", 'Did you mean "region"?'),
        ("${each.value.regio.more | default('x')}", 'Did you mean "region"?'),
        ("${each.valu.region}", 'Did you mean "value"?'),
        ("${var.regins}", 'Did you mean "regions"?'),
        ("${var.regins | default('x')}", 'Did you mean "regions"?'),
        ("${executions.extrac | list}", 'Did you mean "extract"?'),
        ("${executions.merge.results}", 'Did you mean "result"?'),
        ("${executions.merge.result.paht}", 'Did you mean "path"?'),
    ],
)
def test_what_is_not_there_is_an_error_and_never_null(problem_of, text, hint):
    problem = problem_of(text, {"merge": {"path": "p"}})
    assert problem.is_error
    assert hint in problem.hint


@pytest.mark.parametrize("text", ["${var.regions[2]}", "${var.regions[-3]}", "${[] | first}", "${[] | max}"])
def test_an_item_that_is_not_there_is_an_error(problem_of, text):
    assert problem_of(text).is_error


def test_a_condition_without_else_is_an_error_when_it_is_false(value_of, problem_of):
    assert value_of("${1 if var.flag}") == 1
    assert "no else" in problem_of("${1 if not var.flag}").summary
    assert "no else" in problem_of("${'a' ~ (1 if not var.flag)}").summary
    assert "no else" in problem_of("${not (1 if not var.flag)}").summary
    assert "no else" in problem_of("${(1 if not var.flag) == 1}").summary


def test_what_may_be_absent_can_be_asked_for(value_of):
    assert value_of("${each.value.shard | default(7)}") == 7
    assert value_of("${each.value.shard is defined}") is False
    assert value_of("${each.value.region is defined}") is True
    assert value_of('${executions.merge.result.a | default("x")}', {"merge": {}}) == "x"


def test_generators_tuples_and_markup_are_json(value_of):
    assert value_of('${["a", "b"] | map("upper")}') == ["A", "B"]
    assert value_of("${(1, (2, 3))}") == [1, [2, 3]]
    assert value_of("${each.value | items}") == [["day", "2026-11-01"], ["region", "eu"]]
    assert value_of('${"<a>" | escape}') == "&lt;a&gt;"
    assert type(value_of('${"<a>" | escape}')) is str
    assert value_of('${("<a>" | escape) + "<" ~ "<"}') == "&lt;a&gt;<<"
    assert value_of("${range(2, 5)}") == [2, 3, 4]


def test_groups_have_names(value_of):
    rows = {"merge": [{"c": "x", "n": 1}, {"c": "y", "n": 2}, {"c": "x", "n": 3}]}
    assert value_of('${executions.merge.result | groupby("c") | map(attribute="grouper")}', rows) == [
        "x",
        "y",
    ]
    assert value_of('${(executions.merge.result | groupby("c") | first).list | sum("n")}', rows) == 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${0.1 + 0.2}", 0.30000000000000004),
        ("${7 // 2}", 3),
        ("${7 / 2}", 3.5),
        ("${2 ** 10}", 1024),
        ("${-var.count}", -3),
        ('${"%05.1f|%s" | format(2.25, true)}', "002.2|true"),
        ('${"%s-%s" % (1, "a")}', "1-a"),
        ("${executions.merge.result.exact + 1}", Decimal("12345678901234567890123456790.0625")),
        ("${executions.merge.result.exact - 0.5}", Decimal("12345678901234567890123456788.5625")),
        ("${-executions.merge.result.exact}", Decimal("-12345678901234567890123456789.0625")),
        ("${executions.merge.result.exact > 1.5}", True),
        ("${executions.merge.result.exact / 2}", 6.172839450617284e27),
        ("${executions.merge.result.exact}", Decimal("12345678901234567890123456789.0625")),
        ("${executions.merge.result.big + 1}", 9007199254740994),
    ],
)
def test_numbers_are_exact_where_json_is(value_of, text, value):
    results = {"merge": {"exact": Decimal("12345678901234567890123456789.0625"), "big": 9007199254740993}}
    found = value_of(text, results)
    assert found == value
    assert type(found) is type(value)


def test_numbers_print_as_json(value_of):
    assert value_of("a${executions.merge.result}", {"merge": Decimal("1E+2")}) == "a100"
    assert value_of("a${2.0}") == "a2"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('${"2026-11-23" | strftime("%Y/%m/%d")}', "2026/11/23"),
        ('${"2026-11-23T10:30:00+03:00" | strftime("%H:%M %z")}', "10:30 +0300"),
        ("${0 | strftime('%Y-%m-%dT%H:%M:%SZ')}", "1970-01-01T00:00:00Z"),
        ('${"2026-11" | strftime("%B %Y")}', "November 2026"),
        ('${"2026-11-30" | dateadd("1d")}', "2026-12-01"),
        ('${"2024-01-31" | dateadd("1mo")}', "2024-02-29"),
        ('${"2026-03-31" | dateadd("-1mo")}', "2026-02-28"),
        ('${"2026-11" | dateadd("2mo")}', "2027-01"),
        ('${"2026-11-23T23:30:00+03:00" | dateadd("45m")}', "2026-11-24T00:15:00+03:00"),
        ('${"abc" | sha256}', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("${'{\"a\": [1.50, 1]}' | fromjson}", {"a": [1.5, 1]}),
        ("${ {'b': '<&>', 'a': true} | tojson}", '{"a":true,"b":"<&>"}'),
        ("${ {'b': [1], 'a': {}} | tojson(indent=2)}", '{\n  "a": {},\n  "b": [\n    1\n  ]\n}'),
        ("${each.value | keys}", ["day", "region"]),
        ("${each.value | values}", ["2026-11-01", "eu"]),
        ("${'n-' ~ true ~ none ~ 1.0 ~ [1]}", "n-truenull1[1]"),
        ('${[1, true, "a"] | join("/")}', "1/true/a"),
        ('${"a b" | urlencode}', "a%20b"),
        ("${ {'q': 'a b', 'n': 1} | urlencode}", "q=a+b&n=1"),
        ("${[3, 1, 2] | sort | first}", 1),
        ("${[[1, 2], [3]] | sum(start=[])}", [1, 2, 3]),
        ('${"a,b".split(",") | map("upper") | list}', ["A", "B"]),
        ('${"report.csv".removesuffix(".csv").upper()}', "REPORT"),
        ("${var.regions | select('ne', 'us') | list}", ["eu"]),
        ("${[1, 2, 3, 4, 5] | batch(2) | list}", [[1, 2], [3, 4], [5]]),
        ("${[1, 2, 3] | slice(2) | list}", [[1, 2], [3]]),
        ("${var.table.deep.a[1:]}", [20]),
    ],
)
def test_filters(value_of, text, value):
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('${"2026-11-23" | dateadd("1h")}', "is a date"),
        ('${"2026-11" | dateadd("1d")}', "is a month"),
        ('${"today" | strftime("%Y")}', "not a date or time"),
        ('${"2026-11-23" | strftime("%s")}', "%s is not offered"),
        ('${"{" | fromjson}', "not JSON"),
        ('${"a" + 1}', "+ does not work on a text and a number"),
        ("${1 - 'a'}", "- does not work on a number and a text"),
        ("${1 | items}", 'The filter "items" does not work on a number'),
        ("${'a' | truncate([])}", "with these arguments"),
        ("${'a' is odd}", "asks about numbers"),
        ("${[1] < ['a']}", "a number and a text"),
        ("${1 in 5}", "a number"),
        ("${1 / 0}", "divides by zero"),
        ("${ {1: 2} }", "not a text"),
        ("${(-8) ** 0.5}", "negative"),
        ('${"inf" | float}', "not a finite number"),
        ("${range}", "range is a function"),
        ("${'a'.upper}", "upper is a function"),
        ("${var.count()}", "not a function"),
        ("${executions.merge}", "not a value by itself"),
    ],
)
def test_errors_speak_of_the_expression_not_of_python(problem_of, text, words):
    problem = problem_of(text)
    assert words in problem.summary
    assert "object" not in problem.summary
    assert "0x" not in problem.summary


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("${region}", 'The name "region"', "each, environment, executions, var"),
        ("${vra.count}", 'The name "vra"', 'Did you mean "var"?'),
        ("${null}", 'The name "null"', 'Did you mean "none"?'),
        ("${var.count | uper}", 'no filter "uper"', 'Did you mean "upper"?'),
        ("${var.count is strin}", 'no test "strin"', 'Did you mean "string"?'),
        ("${[1] | random}", 'no filter "random"', "the same value every time"),
        ("${var.count && 1}", "unexpected char", "`and`"),
        ("${var.count || 1}", "expected token", "`or`"),
        ("${!var.flag}", "unexpected char", "`not`"),
        ("${var.flag ? 1 : 2}", "unexpected char", "if condition else"),
        ("${var.count = 1}", 'unexpected "="', "=="),
        ("${executions.load-eu.result}", "subtraction", 'executions["load-eu"]'),
        ("${var.my-name}", "subtraction", 'var["my-name"]'),
        ("${1 +}", "unexpected end of the expression", ""),
        ("${}", "empty", "$${"),
        ("${ var.count", "not closed", "$${"),
        ("${ 'a }", "not closed", "$${"),
        ("${1e999}", "too large", ""),
        ("${" + "1 + " * 1100 + "1}", "longer than 4 KiB", ""),
    ],
)
def test_what_is_no_expression_is_refused_when_the_file_is_read(text, words, hint):
    problem = refused(text)
    assert words in problem.summary
    assert hint in problem.hint


def test_a_closing_brace_may_stand_in_quotes_and_in_maps(value_of):
    assert value_of("${'}'}") == "}"
    assert value_of("""${ {'a': {'b': "}"}}.a.b }!""") == "}!"
    assert value_of("${'it''s'}".replace("''", "\\'")) == "it's"


def test_every_problem_of_a_value_is_reported_at_once():
    document, _ = source.read("x: {a: '${region}', b: ['${1 +}'], c: '${var.count}'}\n", "f.yaml")
    found, problems = expressions.compile_value(document.value["x"], ("x",), document)
    assert found is None
    assert [problem.span.column for problem in problems] == [11, 30]


def test_several_problems_of_one_evaluation_are_notes_of_the_first(scope):
    document, _ = source.read("x: {a: '${each.x}', b: '${each.y}', c: '${each.key}'}\n", "f.yaml")
    found, _ = expressions.compile_value(document.value["x"], ("x",), document)
    evaluated = found.evaluate(scope)
    assert '"x"' in evaluated.problem.summary
    assert ['"y"' in note.text for note in evaluated.problem.notes] == [True]


def test_names_tell_what_is_read():
    names = template(
        "${each.key ~ environment} ${var.count ~ var[each.key]} ${executions.merge.result.a[0]} "
        '${executions.extract["2026-11-01"].id} ${executions["load-eu"].input} ${executions[each.key]} '
        "${executions.extract | list}"
    ).names
    assert names == {
        ("each",),
        ("environment",),
        ("var", "count"),
        ("var", "*"),
        ("executions", "merge", "result"),
        ("executions", "extract", "id"),
        ("executions", "load-eu", "input"),
        ("executions", "*", "*"),
        ("executions", "extract", "keys"),
    }


def test_results_tell_which_paths_must_be_kept():
    assert template("${executions.merge.result.a[0].b}").results == {("merge", ("a", 0, "b"))}
    assert template("${executions.extract[each.key].result.path}").results == {("extract", ("path",))}
    assert template("${executions.merge.result[each.key].b}").results == {("merge", ())}
    assert template("${executions.merge.result | tojson}").results == {("merge", ())}
    assert template('${executions.extract | values | map(attribute="result.a.0")}').results == {
        ("extract", ("a", 0))
    }
    assert template("${executions.extract | values | list}").results == {("extract", ())}
    assert template("${executions.extract | length} ${executions.merge.id} ${var.count}").results == set()


def test_a_name_that_is_not_allowed_is_shown_where_it_stands():
    found = template("a ${var.count} ${executions.merge.id}")
    problems = expressions.not_allowed(found, {"var", "each", "environment"})
    assert [(problem.span.line, problem.span.column) for problem in problems] == [(2, 20)]
    assert '"executions"' in problems[0].summary
    assert expressions.not_allowed(found, {"var", "executions"}) == []


def test_each_and_executions_where_there_are_none(scope):
    found = template("${each.key}").evaluate(replace(scope, each=None))
    assert '"each" cannot be used here' in found.problem.summary
    found = template("${executions | list}").evaluate(replace(scope, executions=None))
    assert '"executions" cannot be used here' in found.problem.summary


def test_a_file_without_expressions_does_not_import_jinja():
    code = (
        "import sys; from declarative.config import expressions, foreach, variables; "
        "from declarative import source; document, _ = source.read('x: {a: [b]}', 'f'); "
        "expressions.compile_value(document.value, (), document); "
        "print('jinja2' in sys.modules); expressions.compile_value('${1}', (), document); "
        "print('jinja2' in sys.modules)"
    )
    root = Path(expressions.__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert ran.stdout.split() == ["False", "True"]


def test_a_text_is_compiled_once():
    first, second = template("${var.count + 41}"), template("n ${var.count + 41}")
    assert next(first.expressions)[1].compiled is next(second.expressions)[1].compiled
