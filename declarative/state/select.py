"""From the `backend` of a configuration to the place where its state lives: one address per environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from declarative import DISTRIBUTION
from declarative.clock import SystemClock
from declarative.diagnostics import Diagnostic, Refused, Span, did_you_mean
from declarative.model.desired import BackendSettings
from declarative.protocols import BackendError, Clock, StateBackend
from declarative.state.problems import refusal
from declarative.state.settings import Known, checked

FOLDER = ".declarative"
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which backend for whom. `environment` is empty where none are declared; `suffixed` is False where the
    environment brought its own backend, whose address is then used as it stands."""

    kind: str
    given: Mapping[str, Any]
    root: Path
    name: str
    environment: str
    suffixed: bool
    environ: Mapping[str, str]
    clock: Clock
    span: Span | None

    def address(self, base: str, separator: str) -> str:
        return f"{base}{separator}{self.environment}" if self.environment and self.suffixed else base

    def refuse(
        self, summary: str, detail: str = "", hint: str = "", code: str = "backend_setting"
    ) -> Refused:
        return Refused([Diagnostic(code, summary, detail, hint, span=self.span)])


Open: TypeAlias = "Callable[[Wish], StateBackend]"


def open_backend(
    settings: BackendSettings,
    root: str | Path,
    name: str,
    environment: str,
    overrides: Mapping[str, str],
    environ: Mapping[str, str],
    clock: Clock | None = None,
    *,
    environment_owns_backend: bool = False,
) -> StateBackend:
    """The backend; it is not asked anything yet. `overrides` are the `--backend-config` of the command line.

    `environment_owns_backend`: the settings were given by the environment itself, so they name its address.
    Raises Refused.
    """
    given = checked_settings(settings, overrides)
    opened = _KINDS[settings.type][1]
    wish = Wish(
        settings.type,
        given,
        Path(root),
        name,
        environment,
        not environment_owns_backend,
        environ,
        clock or SystemClock(),
        settings.span,
    )
    _check_names(wish)
    try:
        return opened(wish)
    except BackendError as error:
        raise refusal(error) from error
    except ImportError as error:
        raise _missing_extra(wish, error) from error


def checked_settings(settings: BackendSettings, overrides: Mapping[str, str]) -> dict[str, Any]:
    """What the backend was given, as far as it can be judged without asking anybody. Raises Refused."""
    if settings.type not in _KINDS:
        raise Refused([_unknown_kind(settings)])
    known = _KINDS[settings.type][0]
    return checked(settings.type, {**settings.settings, **overrides}, known, settings.span)


def _check_names(wish: Wish) -> None:
    if wish.environment and not _ENVIRONMENT.match(wish.environment):
        raise wish.refuse(f"The environment {wish.environment!r} cannot be part of an address")
    if not wish.name and wish.kind != "local":
        hint = "Write name: at the top of the configuration."
        raise wish.refuse(f"The backend {wish.kind} needs the configuration to have a name", hint=hint)


def _unknown_kind(settings: BackendSettings) -> Diagnostic:
    hint = did_you_mean(settings.type, _KINDS) or f"Known are {', '.join(_KINDS)}."
    return Diagnostic("backend_type", f"There is no backend {settings.type!r}", hint=hint, span=settings.span)


def _missing_extra(wish: Wish, error: ImportError) -> Refused:
    return wish.refuse(
        f"The backend {wish.kind} needs packages that are not installed",
        str(error),
        f"pip install '{DISTRIBUTION}[{wish.kind}]'",
        "backend_missing_extra",
    )


def _local(wish: Wish) -> StateBackend:
    from declarative.state.file import FileBackend

    return FileBackend(wish.root / FOLDER, wish.environment or "default", wish.clock)


def _s3(wish: Wish) -> StateBackend:
    from declarative.state.s3 import S3Backend
    from declarative.state.s3_bucket import S3Settings

    if "bucket" not in wish.given:
        raise wish.refuse("backend.s3.bucket is missing")
    base = wish.given.get("key", wish.name)
    return S3Backend(S3Settings(**{**wish.given, "key": wish.address(base, "/")}), wish.clock)


def _http(wish: Wish) -> StateBackend:
    from declarative.state.http import HttpBackend, HttpSettings
    from declarative.state.tls import ClientTls
    from declarative.state.web import Login

    given = _with_terraform_names(wish)
    if "address" not in given:
        raise wish.refuse("backend.http.address is missing", hint="It may also come from TF_HTTP_ADDRESS.")
    login = Login(given.pop("username", ""), wish.environ.get("TF_HTTP_PASSWORD", ""))
    for name in ("address", "lock_address", "unlock_address"):
        if name in given:
            given[name] = _checked_address(wish, name, given[name], login.password)
    tls = ClientTls(*(wish.environ.get(f"TF_HTTP_CLIENT_{part}_PEM", "") for part in _PEM))
    if "retry_max" in given:
        given["retry_max"] = int(given["retry_max"])
    return HttpBackend(HttpSettings(**given, login=login, tls=tls), wish.clock)


def _gitlab(wish: Wish) -> StateBackend:
    from declarative.state.gitlab import gitlab_settings
    from declarative.state.http import HttpBackend

    state = wish.address(wish.given.get("state", wish.name), "-")
    if "/" in state:
        raise wish.refuse("backend.gitlab.state may not hold a slash")
    return HttpBackend(gitlab_settings(state, wish.environ), wish.clock)


def _postgres(wish: Wish) -> StateBackend:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    from declarative.state.postgres import PostgresBackend, PostgresSettings

    hint = "Set PGPASSWORD or PGPASSFILE in the environment instead."
    try:
        told = conninfo_to_dict(wish.given.get("conninfo", ""))
    except psycopg.Error:
        # Its own words may quote a password.
        raise wish.refuse("backend.postgres.conninfo cannot be understood") from None
    if told.keys() & {"password", "sslpassword"}:
        raise wish.refuse("backend.postgres.conninfo holds a password", hint=hint, code="backend_secret")
    settings = PostgresSettings(wish.address(wish.name, "/"), **wish.given)
    secrets = tuple(filter(None, [wish.environ.get("PGPASSWORD")]))
    return PostgresBackend(settings, wish.clock, secrets)


def _with_terraform_names(wish: Wish) -> dict[str, Any]:
    """What is not in the configuration may come from Terraform's variables, checked alike."""
    known = _KINDS["http"][0]
    told = {name: wish.environ[f"TF_HTTP_{name.upper()}"] for name in known.names if _told(wish, name)}
    return {**checked("http", told, known, None), **wish.given}


def _told(wish: Wish, name: str) -> bool:
    return bool(wish.environ.get(f"TF_HTTP_{name.upper()}"))


def _checked_address(wish: Wish, name: str, address: str, password: str) -> str:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for a port that is none
    except ValueError:
        raise wish.refuse(f"backend.http.{name} is not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise wish.refuse(f"backend.http.{name} does not begin with https:// and a host")
    if parts.username is not None or parts.password is not None:
        hint = "Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD in the environment instead."
        raise wish.refuse(f"backend.http.{name} holds a credential", hint=hint, code="backend_secret")
    if password and parts.scheme == "http" and not _is_loopback(parts):
        detail = "The password would travel in clear."
        raise wish.refuse(f"backend.http.{name} is not https", detail, code="backend_insecure")
    return _of_environment(wish, name, address)


def _of_environment(wish: Wish, name: str, address: str) -> str:
    if wish.environment and wish.suffixed and "{env}" not in address:
        hint = f"Write {{env}} where the environment's name belongs: {address.rstrip('/')}/{{env}}"
        raise wish.refuse(f"backend.http.{name} is the same for every environment", hint=hint)
    return address.replace("{env}", wish.environment or "default")


def _is_loopback(parts: SplitResult) -> bool:
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"


_PEM = ("CERTIFICATE", "PRIVATE_KEY", "CA_CERTIFICATE")
_AWS = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
}
_HTTP_TEXTS = frozenset(
    {"address", "update_method", "lock_address", "lock_method", "unlock_address", "unlock_method", "username"}
)
_HTTP_NUMBERS = frozenset({"retry_max", "retry_wait_min", "retry_wait_max"})
_HTTP_SECRETS = {
    "password": "TF_HTTP_PASSWORD",
    **{f"client_{part.lower()}_pem": f"TF_HTTP_CLIENT_{part}_PEM" for part in _PEM},
}

_KINDS: Mapping[str, tuple[Known, Open]] = {
    "local": (Known(), _local),
    "s3": (Known(frozenset({"bucket", "key", "endpoint", "region", "profile"}), secrets=_AWS), _s3),
    "http": (Known(_HTTP_TEXTS, _HTTP_NUMBERS, _HTTP_SECRETS), _http),
    "gitlab": (Known(frozenset({"state"}), secrets={"token": "CI_JOB_TOKEN"}), _gitlab),
    "postgres": (Known(frozenset({"conninfo", "schema"}), secrets={"password": "PGPASSWORD"}), _postgres),
}
