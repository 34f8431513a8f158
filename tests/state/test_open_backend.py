"""From `backend:` to an address: one per environment, nothing misspelt, no credential in a file."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from declarative.diagnostics import Diagnostic, Refused, Span
from declarative.model.desired import BackendSettings
from declarative.protocols import StateBackend
from declarative.state.select import open_backend
from declarative.testing.clock import StillClock

SPAN = Span("declarative.yaml", 3, 1, 3, 9)
JOB = {
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_ID": "7",
    "CI_JOB_TOKEN": "t0ken-planted",
}
SECRET = "hunter2-planted-secret"


def opened(
    kind: str,
    settings: Mapping[str, Any] | None = None,
    *,
    name: str = "orders",
    environment: str = "",
    overrides: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    own: bool = False,
) -> StateBackend:
    backend = open_backend(
        BackendSettings(kind, settings or {}, SPAN),
        "/srv/orders",
        name,
        environment,
        overrides or {},
        environ or {},
        StillClock(),
        environment_owns_backend=own,
    )
    backend.close()
    return backend


def refused(*arguments: Any, **more: Any) -> list[Diagnostic]:
    with pytest.raises(Refused) as refusal:
        opened(*arguments, **more)
    assert SECRET not in repr(refusal.value.diagnostics)
    return list(refusal.value.diagnostics)


@pytest.mark.parametrize(
    ("kind", "settings", "environment", "own", "place"),
    [
        ("local", {}, "", False, "/srv/orders/.declarative/default/state.json"),
        ("local", {}, "dev", False, "/srv/orders/.declarative/dev/state.json"),
        ("local", {}, "dev", True, "/srv/orders/.declarative/dev/state.json"),
        ("s3", {"bucket": "b", "key": "k"}, "", False, "s3://b/k"),
        ("s3", {"bucket": "b", "key": "k"}, "prod", False, "s3://b/k/prod"),
        ("s3", {"bucket": "b", "key": "k"}, "prod", True, "s3://b/k"),
        ("s3", {"bucket": "b"}, "prod", False, "s3://b/orders/prod"),
        ("http", {"address": "https://h/{env}/x"}, "prod", False, "https://h/prod/x"),
        ("http", {"address": "https://h/x"}, "", False, "https://h/x"),
        ("http", {"address": "https://h/x"}, "prod", True, "https://h/x"),
        ("http", {"address": "https://h/{env}"}, "", False, "https://h/default"),
        (
            "gitlab",
            {"state": "s"},
            "prod",
            False,
            f"{JOB['CI_API_V4_URL']}/projects/7/terraform/state/s-prod",
        ),
        ("gitlab", {}, "", False, f"{JOB['CI_API_V4_URL']}/projects/7/terraform/state/orders"),
        ("gitlab", {"state": "s"}, "prod", True, f"{JOB['CI_API_V4_URL']}/projects/7/terraform/state/s"),
        ("postgres", {}, "prod", False, "the table public.declarative_states, row orders/prod"),
        ("postgres", {"schema": "x"}, "", False, "the table x.declarative_states, row orders"),
    ],
)
def test_each_environment_has_its_address(
    kind: str, settings: dict[str, str], environment: str, own: bool, place: str
) -> None:
    assert opened(kind, settings, environment=environment, environ=JOB, own=own).place == place


def test_an_http_address_must_tell_environments_apart() -> None:
    (problem,) = refused("http", {"address": "https://h/x"}, environment="prod")
    assert "https://h/x/{env}" in problem.hint and problem.span == SPAN
    told = {"address": "https://h/{env}", "lock_address": "https://h/lock"}
    (problem,) = refused("http", told, environment="prod")
    assert "lock_address" in problem.summary


@pytest.mark.parametrize("environment", ["../../etc", "a/b", ".hidden", "a b", "x" * 200])
def test_an_environment_never_leads_elsewhere(environment: str) -> None:
    (problem,) = refused("local", environment=environment)
    assert "cannot be part of an address" in problem.summary


@pytest.mark.parametrize("kind", ["s3", "http", "gitlab", "postgres"])
def test_a_shared_place_needs_a_name(kind: str) -> None:
    (problem,) = refused(kind, {"bucket": "b"} if kind == "s3" else {}, name="", environ=JOB)
    assert "name" in problem.summary + problem.hint


def test_unknown_backends_and_settings_are_all_told_with_what_was_meant() -> None:
    (problem,) = refused("postgress")
    assert problem.hint == 'Did you mean "postgres"?' and problem.span == SPAN
    problems = refused("s3", {"bukcet": "b", "regoin": "r", "profile": 7})
    assert [each.hint for each in problems[:2]] == ['Did you mean "bucket"?', 'Did you mean "region"?']
    assert "profile is not a text" in problems[2].summary
    (problem,) = refused("local", {"path": "x"})
    assert "no settings" in problem.hint


def test_the_command_line_overrides_the_file() -> None:
    backend = opened("s3", {"bucket": "b", "key": "k"}, overrides={"bucket": "c"})
    assert backend.place == "s3://c/k"
    (problem,) = refused("s3", {"bucket": "b"}, overrides={"buckett": "c"})
    assert problem.hint == 'Did you mean "bucket"?'


@pytest.mark.parametrize(
    ("kind", "name", "where"),
    [
        ("s3", "secret_key", "AWS_SECRET_ACCESS_KEY"),
        ("s3", "access_key", "AWS_ACCESS_KEY_ID"),
        ("http", "password", "TF_HTTP_PASSWORD"),
        ("http", "client_private_key_pem", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM"),
        ("gitlab", "token", "CI_JOB_TOKEN"),
        ("postgres", "password", "PGPASSWORD"),
    ],
)
def test_a_credential_in_a_file_or_argument_is_refused(kind: str, name: str, where: str) -> None:
    for given, overrides in (({name: SECRET}, {}), ({}, {name: SECRET})):
        (problem,) = refused(kind, given, overrides=overrides, environ=JOB)
        assert problem.code == "backend_secret" and where in problem.hint


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("http", {"address": f"https://robot:{SECRET}@h/x"}),
        ("http", {"address": "https://h/x", "lock_address": f"https://{SECRET}@h/x"}),
        ("postgres", {"conninfo": f"host=h password={SECRET}"}),
        ("postgres", {"conninfo": f"postgresql://robot:{SECRET}@h/x"}),
    ],
)
def test_a_credential_inside_an_address_is_refused(kind: str, settings: dict[str, str]) -> None:
    (problem,) = refused(kind, settings)
    assert problem.code == "backend_secret"


def test_a_broken_conninfo_is_not_quoted() -> None:
    (problem,) = refused("postgres", {"conninfo": f"host=h {SECRET}"})
    assert "cannot be understood" in problem.summary


def test_a_password_does_not_travel_in_clear() -> None:
    environ = {"TF_HTTP_PASSWORD": SECRET}
    (problem,) = refused("http", {"address": "http://h/x", "username": "u"}, environ=environ)
    assert problem.code == "backend_insecure"
    opened("http", {"address": "http://127.0.0.1:1/x", "username": "u"}, environ=environ)
    opened("http", {"address": "http://localhost/x", "username": "u"}, environ=environ)
    opened("http", {"address": "http://h/x"})


@pytest.mark.parametrize("address", ["h/x", "ftp://h/x", "https://", "https://h:99999/x", "http://[/x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    (problem,) = refused("http", {"address": address})
    assert "backend.http.address" in problem.summary


def test_terraforms_variables_fill_what_the_file_leaves_open() -> None:
    environ = {
        "TF_HTTP_ADDRESS": "https://h/{env}",
        "TF_HTTP_LOCK_ADDRESS": "https://h/{env}/lock",
        "TF_HTTP_LOCK_METHOD": "POST",
        "TF_HTTP_UPDATE_METHOD": "PUT",
        "TF_HTTP_USERNAME": "robot",
        "TF_HTTP_PASSWORD": SECRET,
        "TF_HTTP_RETRY_MAX": "5",
        "TF_HTTP_RETRY_WAIT_MIN": "0.5",
    }
    backend: Any = opened("http", {"lock_method": "PUT"}, environment="prod", environ=environ)
    told = backend._settings
    assert (told.address, told.lock_address) == ("https://h/prod", "https://h/prod/lock")
    assert (told.lock_method, told.update_method, told.retry_max, told.retry_wait_min) == (
        "PUT",
        "PUT",
        5,
        0.5,
    )
    assert (told.login.username, told.login.password) == ("robot", SECRET)
    assert backend.abilities.lock


def test_a_number_that_is_none_is_refused() -> None:
    for given, environ in (({"retry_max": "many"}, {}), ({}, {"TF_HTTP_RETRY_MAX": "-1"})):
        (problem,) = refused("http", {"address": "https://h/x", **given}, environ=environ)
        assert "retry_max" in problem.summary


@pytest.mark.parametrize("kind", ["http", "s3"])
def test_what_is_missing_is_named(kind: str) -> None:
    (problem,) = refused(kind)
    assert "is missing" in problem.summary


def test_a_gitlab_name_holds_no_slash() -> None:
    (problem,) = refused("gitlab", {"state": "a/b"}, environ=JOB)
    assert "slash" in problem.summary


@pytest.mark.parametrize(("kind", "package"), [("s3", "boto3"), ("postgres", "psycopg")])
def test_a_missing_extra_says_what_to_install(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from declarative.state.s3_bucket import _session

    _session.cache_clear()
    real_import = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    (problem,) = refused(kind, {"bucket": "b"} if kind == "s3" else {})
    assert f"pip install 'declarative-executions[{kind}]'" == problem.hint


def test_an_unknown_profile_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    (problem,) = refused("s3", {"bucket": "b", "profile": "nobody"})
    assert "nobody" in problem.detail
