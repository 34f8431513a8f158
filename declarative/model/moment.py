"""Moments and spans of time between RFC 3339 text and seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_moment(text: str | None) -> float | None:
    """Seconds since the epoch, to the microsecond; None for text that is no moment."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.timestamp()
    except (OverflowError, OSError):
        return None


def format_moment(seconds: float) -> str:
    """RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
