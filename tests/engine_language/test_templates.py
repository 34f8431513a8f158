"""Templates: where they end, what they yield, and that a hostile one harms nobody but itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_kit import Stage

from declarative.engine import evaluation, jqcheck, template
from declarative.engine.codes import StepFailed
from declarative.engine.evaluation import Datum, Scope
from declarative.engine.template import BadTemplate, Expression
from declarative.model.json import Json, canonical, parse


def cut(text: str) -> list[str]:
    """The pieces of a text, expressions in angle brackets."""
    pieces = template.read(text).pieces
    return [f"<{piece.text}>" if isinstance(piece, Expression) else piece for piece in pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("Hello\\!  \\n \\", ["Hello\\!  \\n \\"]),
        (r"\(.a)", ["<.a>"]),
        (r"a\(.b)c\(.d)", ["a", "<.b>", "c", "<.d>"]),
        (r"\((.a) + (.b))", ["<(.a) + (.b)>"]),
        (r"\({a: [.b, (1)]})", ["<{a: [.b, (1)]}>"]),
        (r'\(.a + ")")x', ['<.a + ")">', "x"]),
        (r'\("\(.a + "\(.b)")")x', [r'<"\(.a + "\(.b)")">', "x"]),
        (r'\("\"(")x', [r'<"\"(">', "x"]),
        (r'\("\\(")x', [r'<"\\(">', "x"]),
        ("\\(.a # not ) yet\n)x", ["<.a # not ) yet\n>", "x"]),
        ('\\("# no comment")x', ['<"# no comment">', "x"]),
        ("\\(.a\n# one\n# two )\n)", ["<.a\n# one\n# two )\n>"]),
        (r"\\(.a)", ["\\", "<.a>"]),
    ],
)
def test_where_templates_end(text: str, pieces: list[str]) -> None:
    assert cut(text) == pieces


@pytest.mark.parametrize("text", [r"\(", r"\(.a", r'\(".a)', r"\(.a])", r"\([.a)", "\\(.a # )", r'\("\(.a")'])
def test_what_is_never_closed(text: str) -> None:
    with pytest.raises(BadTemplate):
        template.read(text)


def test_depth_is_no_matter() -> None:
    deep = "(" * 20_000 + "1" + ")" * 20_000
    assert cut(f"\\({deep})") == [f"<{deep}>"]
    comments = "# x\n" * 20_000
    assert cut(f"\\({comments}1)") == [f"<{comments}1>"]


def test_white_space_around_a_whole_value_does_not_make_it_a_text() -> None:
    assert template.read_value(" \\(.a)\n").whole is not None
    assert template.read("\\(.a)\n").whole is None
    assert template.read_value(" x \\(.a)\n").pieces[0] == " x "


def values(stage: Stage, *texts: str, data: Json = None, **scope: Any) -> list[Json]:
    found = Scope(Datum(data), Datum(scope.pop("whole", None)), **scope)
    return stage.do(evaluation.values(stage.jq, [template.read_value(text) for text in texts], found))


def failure(stage: Stage, text: str, data: Json = None, **scope: Any) -> str:
    with pytest.raises(StepFailed) as caught:
        values(stage, text, data=data, **scope)
    assert caught.value.error.code == "STEP_INVALID_TEMPLATE_EXPRESSION"
    return caught.value.error.message


def test_a_whole_template_yields_the_value_and_pieces_a_text(stage: Stage) -> None:
    data: Json = {"a": [1, {"b": None}], "s": 'say "hi"', "t": True}

    assert values(stage, r"\(.a)", r"\(.a[1].b)", r"<\(.s)|\(.a)|\(.t)|\(.a[1].b)>", "x", data=data) == [
        [1, {"b": None}],
        None,
        '<say "hi"|[1,{"b":null}]|true|null>',
        "x",
    ]


def test_global_and_counter(stage: Stage) -> None:
    found = values(stage, r"\([., $global.g, $counter])", data=1, whole={"g": 2}, counter=3)
    assert found == [[1, 2, 3]]


def test_text_fields_take_any_value_as_text(stage: Stage) -> None:
    scope = Scope(Datum({"a": {"z": 1, "b": 2.0}}), Datum(None))
    templates = [template.read(text) for text in (r"\(.a)", r"\(.a.z + 1)", "\\(.a)\n", "x")]
    found = stage.do(evaluation.texts(stage.jq, templates, scope))
    assert found == ['{"b":2,"z":1}', "2", '{"b":2,"z":1}\n', "x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\(empty)", "yields nothing (in: empty)"),
        (r"\(1, 2)", "yields several results"),
        (r'\(error("my words"))', "my words (in: error"),
        (r"\(error({a: 1}))", '{"a":1}'),
        (r"\(error(null))", "null"),
        (r"\(.s.x)", "Cannot index string"),
        (r"\(.s.x.y)", "Cannot index string"),
        (r"\(halt)", "halts jq"),
        (r"\(halt_error)", "halts jq"),
        (r"\(input)", "break"),
    ],
)
def test_what_fails_says_why(stage: Stage, text: str, message: str) -> None:
    assert message in failure(stage, text, {"s": "x"})


def test_a_plain_path_means_what_jq_says(stage: Stage) -> None:
    cases: list[Json] = [{"a": {"b": 1}}, {"a": None}, {}, None, {"a": {"b": None}}]
    for data in cases:
        plain, through_jq = values(stage, r"\(.a.b)", r"\(.a.b | .)", data=data)
        assert plain == through_jq, data


@pytest.mark.parametrize(
    "text",
    [
        r"\($ENV)",
        r"\(env)",
    ],
)
def test_nothing_of_ours_is_seen(stage: Stage, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("A_SECRET_OF_OURS", "x")
    assert values(stage, text, data={}) == [{}]


@pytest.mark.parametrize(
    "text",
    [
        r"\($__secrets)",
        r"\($__prog_args)",
        r'\(import "a" as a; 1)',
        r'\(include "a"; 1)',
        r"\(.s as $x | $s)",
    ],
)
def test_what_the_frame_around_an_expression_uses_is_out_of_reach(stage: Stage, text: str) -> None:
    (found,) = template.read(text).expressions
    assert jqcheck.fault(found.text, counter=False) is not None
    assert failure(stage, text)


def test_the_table_of_secrets_cannot_be_listed(stage: Stage) -> None:
    text = r'\([$__secrets, (lockboxPayload("i"; "k") | length)])'
    assert values(stage, text, secrets={"i": {"k": "abc"}}) == [[None, 3]]


def test_a_literal_template(stage: Stage) -> None:
    assert values(stage, r'a \("\\(").b)') == [r"a \(.b)"]


def test_a_comment_at_the_end(stage: Stage) -> None:
    scope = Scope(Datum({"a": 1}), Datum(None))
    condition = template.read_condition(".a == 1 # just so")
    assert stage.do(evaluation.values(stage.jq, [condition, condition], scope)) == [True, True]


def test_files_cannot_be_read_by_name(stage: Stage, tmp_path: Path) -> None:
    module = tmp_path / "m.jq"
    module.write_text('module {"name": "m"}; def x: 1;')
    assert "not found" in failure(stage, f'\\("{tmp_path}/m" | modulemeta)')


def test_an_expression_cannot_leave_its_brackets(stage: Stage) -> None:
    (found,) = template.read_condition(".a)] | (.b").expressions
    assert jqcheck.fault(found.text, counter=False) is not None


def test_integers_that_only_pass_through_stay_exact(stage: Stage) -> None:
    big = 9007199254740993
    exact = values(
        stage, r"\({x: .a})", r"\([.a, .b] | .[1])", r"n=\(.a | .)", data={"a": big, "b": -(10**30)}
    )
    assert exact == [{"x": big}, -(10**30), f"n={big}"]
    assert values(stage, r"\(.a + 0)", data={"a": big}) == [9007199254740992]


_numbers = st.one_of(
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=12),
)


_texts = st.text(st.characters(exclude_categories=["Cs"]))


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), _numbers, _texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_texts, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_json)
def test_any_json_goes_through_jq_unchanged(_stage: Stage, value: Any) -> None:
    value = parse(canonical(value))
    (through,) = _stage.do(_stage.jq.evaluate([".x | ."], Scope(Datum({"x": value}), Datum(None))))
    assert canonical(through) == canonical(value)


@settings(max_examples=100, deadline=None)
@given(_texts)
def test_any_text_without_a_template_is_itself(text: str) -> None:
    text = text.replace("\\(", "")
    assert cut(text) == ([text] if text else [])


def test_decimals_keep_their_digits(stage: Stage) -> None:
    value = Decimal("0.1234567890123456789012")
    assert values(stage, r"\([.a] | .[0])", data={"a": value}) == [value]
