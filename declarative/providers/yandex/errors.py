"""Failures of the service in our words: what kind, what it said, whether anything can have happened.

The body of a failed call is a google.rpc.Status; proxies answer with anything. Texts from outside are
untrusted: control characters are stripped, the length is bounded, what looks like a credential is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from declarative.protocols import Kind, ProviderError
from declarative.providers.yandex.answer import Answer
from declarative.providers.yandex.hints import hint_for, speaks_of_roles
from declarative.providers.yandex.transport import Broken
from declarative.providers.yandex.wire import Unusable, decode

TEXT_LENGTH_MAX = 500
CALL_LENGTH_MAX = 300

_KINDS = {
    3: Kind.INVALID,
    4: Kind.TIMEOUT,
    5: Kind.NOT_FOUND,
    7: Kind.DENIED,
    8: Kind.EXHAUSTED,
    9: Kind.PRECONDITION,
    11: Kind.INVALID,
    14: Kind.UNAVAILABLE,
    16: Kind.UNAUTHENTICATED,
}
_KINDS_BY_HTTP = {
    400: Kind.INVALID,
    401: Kind.UNAUTHENTICATED,
    403: Kind.DENIED,
    408: Kind.TIMEOUT,
    429: Kind.EXHAUSTED,
    500: Kind.UNAVAILABLE,
    502: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
    504: Kind.TIMEOUT,
}
"""Without a Status body. 404 is missing on purpose: a proxy's 404 must never read as "no such execution"."""

_PROOF_STATUSES = frozenset({400, 401, 403, 404, 429})
_PROOF_CODES = frozenset({3, 5, 7, 8, 9, 16})

_CREDENTIALS = re.compile(
    r"t1\.[\w-]+={0,2}\.[\w-]+={0,2}"  # an IAM token
    r"|eyJ[\w-]{6,}(?:\.[\w-]*)*"  # a JWT
    r"|y[0-3]_[\w-]{16,}"  # an OAuth token
    r"|-----BEGIN.*",
    re.DOTALL,
)


class CallFailed(ProviderError):
    """`is_transient`: the same call may succeed a little later. `http_status`: None without an answer."""

    http_status: int | None = None
    is_transient: bool = False


@dataclass(frozen=True, slots=True)
class RpcStatus:
    """The google.rpc.Status of a failed call."""

    code: int
    message: str = field(repr=False)
    request_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The call an error is about. `needs_executor`, `can_renew`: decide which hint helps."""

    method: str
    url: str
    sent_request_id: str = ""
    needs_executor: bool = False
    can_renew: bool = False

    def __str__(self) -> str:
        return clean(f"{self.method} {self.url}", CALL_LENGTH_MAX)


def refused(asked: Asked, answer: Answer, now: float, secrets: Iterable[str] = ()) -> CallFailed:
    """The error for an answer other than 200. `now`: our clock, for the hint about a skewed one."""
    status = rpc_status(answer)
    kind = _kind(answer, status)
    said = status.message if status is not None and status.message else _outline(answer, secrets)
    failure = CallFailed(
        kind,
        str(asked),
        clean(f"{said} (HTTP {answer.status})", TEXT_LENGTH_MAX, secrets),
        hint=_hint(asked, answer, kind, skew(answer, now)),
        request_id=_request_id(asked, answer, status, secrets),
        proves_nothing_happened=_proves_nothing_happened(answer, status),
        retry_after=retry_after(answer, now),
    )
    failure.http_status = answer.status
    failure.is_transient = kind in (Kind.UNAVAILABLE, Kind.EXHAUSTED, Kind.TIMEOUT) or (
        answer.status >= 500 and answer.status != 501
    )
    return failure


def unusable(asked: Asked, answer: Answer, why: str, secrets: Iterable[str] = ()) -> CallFailed:
    """The error for a 200 that says nothing of use: it proves nothing, whatever caused it."""
    said = clean(f"{why}: {_outline(answer, secrets)} (HTTP {answer.status})", TEXT_LENGTH_MAX, secrets)
    failure = CallFailed(
        Kind.GARBLED,
        str(asked),
        said,
        hint=hint_for(Kind.GARBLED, asked.needs_executor, asked.can_renew, 0.0),
        request_id=_request_id(asked, answer, None, secrets),
    )
    failure.http_status = answer.status
    return failure


def unanswered(asked: Asked, broken: Broken, secrets: Iterable[str] = ()) -> CallFailed:
    """The error for a call that got no answer."""
    failure = CallFailed(
        broken.kind,
        str(asked),
        clean(broken.said, TEXT_LENGTH_MAX, secrets),
        hint=broken.hint or hint_for(broken.kind, asked.needs_executor, asked.can_renew, 0.0),
        request_id=None if broken.nothing_sent else asked.sent_request_id or None,
        proves_nothing_happened=broken.nothing_sent,
    )
    failure.is_transient = broken.is_transient
    return failure


def clean(text: str, length_max: int, secrets: Iterable[str] = ()) -> str:
    """One line of printable text without credentials, at most `length_max` characters."""
    for secret in secrets:
        text = text.replace(secret, "[redacted]") if secret else text
    text = _CREDENTIALS.sub("[redacted]", text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= length_max else line[: length_max - 1] + "…"


def rpc_status(answer: Answer) -> RpcStatus | None:
    """The Status in a body; None when the body is something else."""
    try:
        body = decode(answer.body)
    except Unusable:
        return None
    code, message, details = body.get("code"), body.get("message", ""), body.get("details", [])
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    if not isinstance(message, str) or not isinstance(details, list):
        return None
    return RpcStatus(code, _with_violations(message, details), _request_id_in(details))


def served_at(answer: Answer) -> float | None:
    """The other side's clock when it answered, from the `Date` header."""
    return _http_date(answer.headers.get("date", ""))


def skew(answer: Answer, now: float) -> float:
    """Seconds by which our clock is ahead of theirs; 0 where they do not say."""
    theirs = served_at(answer)
    return 0.0 if theirs is None else now - theirs


def retry_after(answer: Answer, now: float) -> float | None:
    """Seconds asked for, given as a number or an HTTP date (counted on their clock where they tell it)."""
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _http_date(text)
    return None if until is None else max(0.0, until - (served_at(answer) or now))


def _kind(answer: Answer, status: RpcStatus | None) -> Kind:
    if status is None:
        return _KINDS_BY_HTTP.get(answer.status, Kind.GARBLED if answer.status < 500 else Kind.UNAVAILABLE)
    kind = _KINDS.get(status.code, Kind.OTHER)
    if kind in (Kind.INVALID, Kind.PRECONDITION) and speaks_of_roles(status.message):
        return Kind.DENIED
    return kind


def _hint(asked: Asked, answer: Answer, kind: Kind, ahead: float) -> str:
    """A page where the service would answer JSON is somebody else's, whatever its status."""
    is_page = "html" in answer.headers.get("content-type", "").lower()
    return hint_for(Kind.GARBLED if is_page else kind, asked.needs_executor, asked.can_renew, ahead)


def _proves_nothing_happened(answer: Answer, status: RpcStatus | None) -> bool:
    return answer.status in _PROOF_STATUSES and status is not None and status.code in _PROOF_CODES


def _outline(answer: Answer, secrets: Iterable[str]) -> str:
    """What a strange body looks like. It is cleaned before it is cut: half a token is a token too."""
    if 300 <= answer.status < 400:
        elsewhere = clean(answer.headers.get("location", "nowhere"), 200, secrets)
        return f"a redirect to {elsewhere}, which is not followed"
    if not answer.body:
        return "an empty answer"
    beginning = clean(answer.body[:8192].decode("utf-8", "replace"), 160, secrets)
    kind = answer.headers.get("content-type", "no content type")[:80]
    return f"{kind}: {beginning}"


def _request_id(asked: Asked, answer: Answer, status: RpcStatus | None, secrets: Iterable[str]) -> str | None:
    headers: Mapping[str, str] = answer.headers
    found = headers.get("x-request-id") or headers.get("x-server-request-id")
    found = found or (status.request_id if status else "") or asked.sent_request_id
    trace = headers.get("x-server-trace-id")
    return clean(f"{found}, trace {trace}" if trace else found, 200, secrets) or None


def _with_violations(message: str, details: list[Any]) -> str:
    violations = [
        f"{violation.get('field', '')}: {violation.get('description', '')}"
        for detail in details
        if isinstance(detail, dict) and isinstance(detail.get("fieldViolations"), list)
        for violation in detail["fieldViolations"]
        if isinstance(violation, dict)
    ]
    return "; ".join([message, *violations]) if violations else message


def _request_id_in(details: list[Any]) -> str:
    for detail in details:
        if isinstance(detail, dict) and isinstance(detail.get("requestId"), str):
            return str(detail["requestId"])
    return ""


def _http_date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
