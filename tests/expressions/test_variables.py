"""Variables: which of the places that may give a value wins, what fits, and what is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from declarative.config.variables import Declared, Given, Variables, read_var_file, resolve
from declarative.diagnostics import Diagnostic, Span

HERE = Span("f.yaml", 3, 5, 3, 9)


def resolved(declared, from_var=(), var_files=(), environment=(), environ=()):
    return resolve(
        {"x": declared} if isinstance(declared, Declared) else declared,
        dict(from_var),
        {name: Given(value, HERE) for name, value in dict(var_files).items()},
        {name: Given(value, HERE) for name, value in dict(environment).items()},
        dict(environ),
    )


def value(declared: Declared, **given):
    variables, problems = resolved(declared, **given)
    assert problems == []
    return variables.values["x"]


def problem(declared: Declared, **given) -> Diagnostic:
    variables, problems = resolved(declared, **given)
    assert variables.values == {}
    assert len(problems) == 1
    return problems[0]


def test_the_nearest_place_wins():
    declared = Declared(type="string", env="X_FROM", default=Given("default"))
    places = {
        "from_var": {"x": "var"},
        "var_files": {"x": "file"},
        "environment": {"x": "environment"},
        "environ": {"X_FROM": "env", "DECLARATIVE_VAR_x": "named env"},
    }
    for winner in ("var", "file", "environment", "env"):
        assert value(declared, **places) == winner
        places.pop(next(iter(places)))
    assert value(declared, environ={"DECLARATIVE_VAR_x": "named env"}) == "named env"
    assert value(declared) == "default"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("string", "007", "007"),
        ("string", "", ""),
        ("string", '"quoted"', '"quoted"'),
        ("number", "3", 3),
        ("number", "-2.50", -2.5),
        ("bool", "true", True),
        ("list", '["eu", 1]', ["eu", 1]),
        ("list", "[eu, us]", ["eu", "us"]),
        ("map", "{a: [1]}", {"a": [1]}),
        ("any", '{"a": null}', {"a": None}),
        ("any", "12", 12),
        ("any", "eu: us", "eu: us"),
        ("any", "${var.y}", "${var.y}"),
    ],
)
def test_text_from_a_shell_is_read_by_type(kind, text, expected):
    assert value(Declared(type=kind), from_var={"x": text}) == expected
    assert value(Declared(type=kind), environ={"DECLARATIVE_VAR_x": text}) == expected


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("number", "three", "given by --var must be a number, such as x=3"),
        ("number", "0x1F", "must be a number"),
        ("number", "", "must be a number"),
        ("bool", "yes", "must be true or false, such as x=true"),
        ("list", "eu,us", 'must be a list, such as x=["a", "b"]'),
        ("list", "[eu", "must be a list"),
        ("map", "[1]", "must be a map"),
        ("map", "a: 1\n---\nb: 2", "must be a map"),
        ("list", "!!python/object:os.system [a]", "must be a list"),
    ],
)
def test_text_that_does_not_fit_is_refused_with_an_example(kind, text, words):
    assert words in problem(Declared(type=kind), from_var={"x": text}).summary


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("string", 2026),
        ("string", None),
        ("number", True),
        ("number", "3"),
        ("bool", 0),
        ("list", {}),
        ("map", []),
    ],
)
def test_values_from_files_keep_their_type_and_are_refused_where_they_stand(kind, wrong):
    for place in ("var_files", "environment"):
        found = problem(Declared(type=kind), **{place: {"x": wrong}})
        assert found.code == "variable_value"
        assert found.span == HERE


def test_null_may_be_a_default_and_any_value():
    assert value(Declared(type="string", default=Given(None))) is None
    assert value(Declared(), environment={"x": None}) is None


def test_one_of():
    declared = Declared(type="any", one_of=("small", "large", 1))
    assert value(declared, from_var={"x": "small"}) == "small"
    assert value(declared, environment={"x": 1.0}) == 1.0
    found = problem(declared, environment={"x": "smal"})
    assert 'must be one of "small", "large", 1' in found.summary
    assert '"small"' in found.hint
    assert problem(declared, environment={"x": True}).code == "variable_value"


def test_a_variable_without_value_names_every_way_to_give_one():
    found = problem(Declared(env="PUBLISH_TOKEN", span=HERE))
    assert found.code == "variable_without_value"
    assert found.span == HERE
    for way in (
        "--var x=",
        "--var-file",
        "environments.NAME.variables.x",
        "$PUBLISH_TOKEN",
        "$DECLARATIVE_VAR_x",
    ):
        assert way in found.hint


def test_a_variable_that_is_not_declared_is_an_error_wherever_it_is_given():
    _, problems = resolved(
        {"regions": Declared(default=Given(1))},
        from_var={"region": "eu"},
        var_files={"regoins": 1},
        environment={"zone": 1},
        environ={"DECLARATIVE_VAR_other": "1"},
    )
    assert [(found.code, found.span) for found in problems] == [
        ("unknown_variable", None),
        ("unknown_variable", HERE),
        ("unknown_variable", HERE),
    ]
    assert 'Did you mean "regions"?' in problems[0].hint
    assert "Declare it" in problems[2].hint


def test_all_problems_are_reported_in_one_run():
    declared = {
        "a": Declared(),
        "b": Declared(type="number", default=Given("x")),
        "c": Declared(default=Given(1)),
    }
    variables, problems = resolved(declared, from_var={"d": "1"})
    assert len(problems) == 3
    assert variables.values == {"c": 1}


def test_values_in_the_configuration_are_not_evaluated():
    found = problem(Declared(default=Given({"a": ["${environment}"]}, HERE)))
    assert found.code == "expression_not_allowed"
    assert found.span == HERE
    assert problem(Declared(), environment={"x": "${"}).code == "expression_not_allowed"
    assert value(Declared(), environment={"x": ["$${x}"]}) == ["${x}"]


@pytest.mark.parametrize(
    ("env", "is_sensitive"),
    [
        ("YC_IAM_TOKEN", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("TF_HTTP_PASSWORD", True),
        ("CI_JOB_TOKEN", True),
        ("PGPASSWORD", True),
        ("CI_COMMIT_SHA", False),
        ("PUBLISH_TARGET", False),
    ],
)
def test_a_credential_of_the_environment_is_always_sensitive(env, is_sensitive):
    variables, _ = resolved(Declared(env=env), environ={env: "value"})
    assert ("x" in variables.sensitive) is is_sensitive
    assert variables.secrets == ({"value"} if is_sensitive else set())


def secrets(found) -> frozenset[str]:
    variables, problems = resolved(Declared(sensitive=True), var_files={"x": found})
    assert problems == []
    return variables.secrets


def test_secrets_are_all_spellings_of_all_texts():
    assert secrets("hunter2") == {"hunter2"}
    assert secrets("") == set()
    assert secrets('a"é') == {'a"é', 'a\\"é', 'a\\"\\u00e9'}
    assert secrets({"user": "me", "key": {"pin": 123456}, "ok": True}) == {
        "me",
        "123456",
        '{"pin":123456}',
        json.dumps({"key": {"pin": 123456}, "ok": True, "user": "me"}, separators=(",", ":")),
    }
    assert "abcdefghij" in secrets("-----BEGIN-----\nabcdefghij\n-----END-----")
    assert secrets(7) == set()


def test_no_problem_tells_a_secret():
    declared = Declared(type="number", sensitive=True, one_of=(1, 2))
    for given in (
        {"from_var": {"x": "hunter2"}},
        {"environment": {"x": "hunter2"}},
        {"environment": {"x": 77777}},
    ):
        assert not {"hunter2", "77777"} & set(f"{problem(declared, **given)}".replace("'", " ").split())


def test_variables_that_are_not_sensitive_have_no_secrets():
    variables, _ = resolved(Declared(), from_var={"x": "plain"})
    assert variables == Variables({"x": "plain"})


def test_var_files(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("x: [eu, us]\ny: 2026-11-23\n")
    values, problems = read_var_file(tmp_path / "a.yaml")
    assert {name: given.value for name, given in values.items()} == {"x": ["eu", "us"], "y": "2026-11-23"}
    assert (values["y"].span.line, values["y"].span.column, problems) == (2, 4, [])
    (tmp_path / "a.json").write_text('{"x": "\\ud83d\\ude00", "n": 1.50}')
    values, problems = read_var_file(tmp_path / "a.json")
    assert ({name: given.value for name, given in values.items()}, problems) == ({"x": "😀", "n": 1.5}, [])
    (tmp_path / "empty.yaml").write_text("")
    assert read_var_file(tmp_path / "empty.yaml") == ({}, [])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.yaml", b"x: 1\nx: 2\n", "duplicate_key"),
        ("a.yaml", b"[1]", "var_file_shape"),
        ("a.yaml", b"\xff\xfe", "var_file_unreadable"),
        ("a.json", b"{", "var_file_syntax"),
        ("a.json", b'{"a": 1, "a": 2}', "var_file_syntax"),
        ("a.json", b"[]", "var_file_shape"),
        ("missing.yaml", None, "var_file_unreadable"),
    ],
)
def test_var_files_that_cannot_be_used(tmp_path: Path, name, content, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    values, problems = read_var_file(tmp_path / name)
    assert values == {}
    assert [found.code for found in problems] == [code]
