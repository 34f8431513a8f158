"""RFC 3339 and protobuf's durations, to the nanosecond: a datetime holds only microseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

NANO = 1_000_000_000

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))\Z", re.ASCII
)


def rfc3339(at: int) -> str:
    """The text of a time in nanoseconds since the epoch, with 0, 3, 6 or 9 digits, as protobuf prints it."""
    seconds, fraction = divmod(at, NANO)
    whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{whole:%Y-%m-%dT%H:%M:%S}{_digits(fraction)}Z"


def nanoseconds(text: str) -> int | None:
    """Nanoseconds since the epoch of an RFC 3339 time; None for any other text."""
    found = _RFC3339.match(text)
    if found is None:
        return None
    day, time, fraction, sign, hours, minutes = found.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{time}+00:00")
    except ValueError:
        return None
    seconds = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if sign is not None:
        seconds -= int(f"{sign}1") * (int(hours) * 3600 + int(minutes) * 60)
    return seconds * NANO + int((fraction or "").ljust(9, "0"))


def duration(seconds: float) -> str:
    """`1.070s`: decimal seconds with 0, 3, 6 or 9 digits."""
    whole, fraction = divmod(round(max(seconds, 0) * NANO), NANO)
    return f"{whole}{_digits(fraction)}s"


def _digits(fraction: int) -> str:
    text = f"{fraction:09}"
    while text.endswith("000"):
        text = text[:-3]
    return f".{text}" if text else ""
