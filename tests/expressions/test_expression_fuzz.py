"""Any text at all: an expression has a value, is unknown, or has a problem; nothing else comes out."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders import Finished

from declarative.config import expressions, scanner
from declarative.config.filters import FILTERS, TESTS
from declarative.model.json import canonical
from declarative.source import Document

RESULTS = {'extract["2026-11-01"]': {"path": "s3://a", "rows": [1, {"a": None}]}, "vault": {"a": "hunter2"}}
ATOMS = st.sampled_from(
    [
        *(
            "0",
            "1",
            "-3",
            "2.5",
            "10**9",
            "1e308",
            "true",
            "none",
            "'a'",
            "'%s-%d'",
            "'2026-11-23'",
            "''",
            "'é'",
        ),
        *(
            "'\\ud800'",
            "'x' * 1000",
            "[]",
            "[1, 'a']",
            "{}",
            "{'a': [1]}",
            "(1, 2)",
            "range(9)",
            "range",
            "each",
        ),
        *("each.key", "each.nope", "var", "var.regions", "var.table", "var.token", "var.nope", "environment"),
        *(
            "executions",
            "executions.extract",
            "executions.merge.result",
            "executions.vault.result",
            "file('q')",
        ),
        *("executions.extract['2026-11-01'].result", "executions.merge.id", "'{\"a\": 1}'", "'a b'.split"),
    ]
)
FILTER_NAMES = st.sampled_from(sorted(name for name in FILTERS if name.strip() == name))
TEST_NAMES = st.sampled_from(sorted(name for name in TESTS if name.isalpha()))
SIGNS = st.sampled_from(["+", "-", "*", "/", "//", "**", "%", "~", "==", "!=", "<", ">=", "in", "and", "or"])
STEPS = st.sampled_from([".a", ".items", ".key", "[0]", "[-1]", "[1:]", "['a']", ".result", ".upper()", "()"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, SIGNS, inner),
        st.builds("({} | {})".format, inner, FILTER_NAMES),
        st.builds("({} | {}({}))".format, inner, FILTER_NAMES, inner),
        st.builds("({} | map('{}') | list)".format, inner, FILTER_NAMES),
        st.builds("({} | map(attribute={}, default={}) | list)".format, inner, inner, inner),
        st.builds("({} is {})".format, inner, TEST_NAMES),
        st.builds("({} is {}({}))".format, inner, TEST_NAMES, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'a': {}, 'b': {}}}".format, inner, inner),
        st.builds("{}{}".format, inner, STEPS),
        st.builds("(not {})".format, inner),
        st.builds("(-{})".format, inner),
        st.builds("[{}] * 300".format, inner),
    )


LIKELY = st.recursive(ATOMS, _grow, max_leaves=8)


def _evaluated(text, scope):
    document = Document("f.yaml", text, text, 0)
    found, problems = expressions.compile_value(text, (), document)
    if found is None:
        assert problems or not scanner.has_expression(text)
        return
    evaluated = expressions.ExpressionInput(found, scope).evaluate(Finished(RESULTS))
    assert evaluated.unknown == bool(evaluated.waits_for)
    if evaluated.problem is not None or evaluated.unknown:
        assert evaluated.value is None
    canonical(evaluated.value)
    if not evaluated.sensitive:
        assert "hunter2" not in f"{evaluated.value}{evaluated.problem}"


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIKELY)
def test_no_exception_escapes_a_likely_expression(scope, text):
    _evaluated(f"${{{text}}}", scope)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet="${}'\"\\[]().|,:~-+*/% \nabcvrx019_\x00é", max_size=40))
def test_no_exception_escapes_any_text(scope, text):
    _evaluated(text, scope)
    _evaluated(f"${{{text}}}", scope)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(JSON)
def test_what_a_result_holds_arrives_as_it_is(value_of, value):
    found = value_of("${executions.merge.result}", {"merge": value})
    assert found == value
    assert canonical(found) == canonical(value)
    assert value_of("${executions.merge.result | tojson}", {"merge": value}) == canonical(value)
    assert canonical(
        value_of("${executions.merge.result | tojson | fromjson}", {"merge": value})
    ) == canonical(value)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["a", "$", "${1}", "$${", "}", "'", "{"]), max_size=8).map("".join))
def test_a_text_is_split_without_loss(text):
    parts = scanner.split(text)
    if isinstance(parts, scanner.Unreadable):
        return
    again = "".join(
        part.replace("${", "$${") if isinstance(part, str) else f"${{{part.text}}}" for part in parts
    )
    assert again == text
