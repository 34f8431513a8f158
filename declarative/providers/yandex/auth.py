"""Which credentials are used: the first that is there, and never one that stands in the configuration."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from declarative import DISTRIBUTION
from declarative.diagnostics import Diagnostic, Refused, Severity
from declarative.protocols import Clock
from declarative.providers.yandex.connection import route_to
from declarative.providers.yandex.iam import (
    IAM_TIMEOUT,
    IamExchange,
    ServiceAccountKey,
    is_token,
    key_proof,
)
from declarative.providers.yandex.metadata import MetadataSource
from declarative.providers.yandex.retry import Retry
from declarative.providers.yandex.settings import YandexSettings
from declarative.providers.yandex.tokens import FixedToken, TokenSource
from declarative.providers.yandex.transport import Transport

KEY_BYTES_MAX = 64 * 1024

_MAKE_A_KEY = "Make a key with: yc iam key create --service-account-name NAME -o key.json"
_DEPRECATED = Diagnostic(
    "oauth_deprecated",
    "YC_TOKEN holds an OAuth token, which Yandex Cloud stops accepting by the end of 2026",
    hint="Use a service account's key (YC_SERVICE_ACCOUNT_KEY_FILE) or an IAM token (YC_IAM_TOKEN).",
    severity=Severity.WARNING,
)


def choose(
    settings: YandexSettings, environ: Mapping[str, str], root: Path, clock: Clock, random: Random
) -> tuple[TokenSource, tuple[Diagnostic, ...]]:
    """The source of tokens, and warnings. No call is made yet. Raises Refused."""

    def exchange(proof: Callable[[], tuple[str, str]]) -> TokenSource:
        transport = Transport(route_to(settings.iam_endpoint, environ), clock, IAM_TIMEOUT)
        return IamExchange(settings.iam_endpoint, transport, Retry(clock, random, 3), clock, proof)

    key = _key(settings, environ, root)
    if key is not None:
        return exchange(lambda: key_proof(key, clock)), ()
    if given := environ.get("YC_IAM_TOKEN", "").strip():
        return FixedToken(_checked(given, "YC_IAM_TOKEN")), ()
    if given := environ.get("YC_TOKEN", "").strip():
        token = _checked(given, "YC_TOKEN")
        if token.startswith("t1.") and token.count(".") == 2:
            return FixedToken(token), ()
        return exchange(lambda: ("yandexPassportOauthToken", token)), (_DEPRECATED,)
    return MetadataSource(environ, clock), ()


def _key(settings: YandexSettings, environ: Mapping[str, str], root: Path) -> ServiceAccountKey | None:
    if settings.service_account_key_file:
        named = settings.service_account_key_file
        return _parsed(_read(root, named, named), named)
    given = environ.get("YC_SERVICE_ACCOUNT_KEY_FILE", "").strip()
    if not given:
        return None
    if given.startswith("{"):
        return _parsed(given, "YC_SERVICE_ACCOUNT_KEY_FILE")
    return _parsed(_read(Path(), given, "YC_SERVICE_ACCOUNT_KEY_FILE"), given)


def _read(root: Path, path: str, named: str) -> str:
    """The text of a file. A variable's value is not shown: it may be a key that was set instead of a path."""
    text, problem = _content(root, path)
    if problem:
        raise _refused(f"the file of {named} cannot be read: {problem}")
    return text


def _content(root: Path, path: str) -> tuple[str, str]:
    """The text, or why there is none."""
    try:
        with (root / Path(path).expanduser()).open("rb") as file:
            return file.read(KEY_BYTES_MAX).decode("utf-8", "replace"), ""
    except OSError as error:
        return "", error.strerror or "no reason given"
    except (ValueError, RuntimeError):  # a null byte; the home of a user that there is not
        return "", "this is not a path"


def _parsed(text: str, origin: str) -> ServiceAccountKey:
    """The key in a text. No message shows any of the text: all of it may be secret."""
    found = _json_object(text)
    names = ("id", "service_account_id", "private_key")
    missing = [name for name in names if not isinstance(found.get(name), str) or not found[name]]
    if missing:
        raise _refused(f"{origin} is not a service account's key: {', '.join(missing)} not found in it")
    _require_jwt()
    return ServiceAccountKey(
        str(found["id"]), str(found["service_account_id"]), str(found["private_key"]), origin
    )


def _json_object(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _require_jwt() -> None:
    if not all(importlib.util.find_spec(name) for name in ("jwt", "cryptography")):
        raise _refused(
            "a service account's key needs PyJWT and cryptography, which are not installed",
            f"pip install '{DISTRIBUTION}[yandex]'",
        )


def _checked(token: str, variable: str) -> str:
    if not is_token(token):
        raise _refused(f"{variable} does not hold a token", "It is one word of printable ASCII characters.")
    return token


def _refused(summary: str, hint: str = _MAKE_A_KEY) -> Refused:
    return Refused([Diagnostic("credentials", summary, hint=hint)])
