"""Reads retry policies and error lists."""

from __future__ import annotations

from declarative.diagnostics import Severity, did_you_mean
from declarative.engine.codes import KNOWN
from declarative.engine.fields import Fields
from declarative.engine.retry import (
    COUNT_MAX,
    INITIAL_DELAY_SECONDS,
    MAX_DELAY_SECONDS,
    MAX_DELAY_SECONDS_MAX,
    ErrorMatch,
    RetryPolicy,
)

_MODES = ("INCLUDE", "EXCLUDE")


def read_match(fields: Fields) -> ErrorMatch:
    codes: list[str] = []
    for path, item in fields.items("errorList", required=True):
        if not isinstance(item, str):
            fields.reading.problem("yawl_value", "an error code must be a text", path)
            continue
        codes.append(item)
        if item not in KNOWN:
            summary, hint = f"The error code {item} is not known", did_you_mean(item, KNOWN)
            fields.reading.problem("yawl_error_code", summary, path, hint, severity=Severity.WARNING)
    return ErrorMatch(frozenset(codes), fields.choice("errorListMode", _MODES, "INCLUDE") == "EXCLUDE")


def read_policy(fields: Fields) -> RetryPolicy:
    policy = RetryPolicy(
        errors=read_match(fields),
        count=fields.integer("retryCount", 0, least=0, most=COUNT_MAX),
        initial_delay=fields.seconds("initialDelay", INITIAL_DELAY_SECONDS, 1, MAX_DELAY_SECONDS_MAX),
        backoff_rate=fields.decimal("backoffRate", 1.0, least=1),
        max_delay=fields.seconds("maxDelay", MAX_DELAY_SECONDS, 0, MAX_DELAY_SECONDS_MAX),
    )
    fields.done()
    _review(fields, policy)
    return policy


def _review(fields: Fields, policy: RetryPolicy) -> None:
    """Warns where a policy does not do what it seems to say."""
    if not fields.has("retryCount") and fields.has("errorList"):
        hint = "retryCount is 0 unless it is given."
        fields.warning("yawl_never_retries", "errorList", "This policy never retries", hint)
    elif policy.initial_delay > MAX_DELAY_SECONDS and not fields.has("maxDelay"):
        summary = "maxDelay is 1s unless it is given, and cuts every delay down to that"
        fields.warning("yawl_max_delay", "initialDelay", summary, "Give maxDelay.")
