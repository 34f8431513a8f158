"""`{dates: {from, to, every, timezone, order}}` -> periods of a calendar.

Days, weeks and months are of the calendar: a day of 23 or 25 hours is one day. Hours are hours of the clock:
every period of `6h` lasts six of them, also over a change to summer time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from declarative.config.moments import Step, add_months, is_month, read_moment, read_step
from declarative.diagnostics import did_you_mean
from declarative.model.json import Json

KEYS = ("from", "to", "every", "timezone", "order")
RELATIVE = {"today": 0, "yesterday": -1}
_EVERY = re.compile(r"\d{1,6}(?:h|d|w|mo)\Z")


class WrongDates(ValueError):
    """`key` is the part of the specification that is wrong, or empty for the whole."""

    def __init__(self, key: str, summary: str, hint: str = "") -> None:
        self.key = key
        self.summary = summary
        self.hint = hint
        super().__init__(summary)


class Period(NamedTuple):
    """From `start`, included, to `end`, excluded. The key is a date, a month, or of hours the start."""

    key: str
    start: datetime
    end: datetime

    @property
    def value(self) -> Json:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def periods(spec: dict[str, Json], now: float) -> Iterator[Period]:
    """In the order asked for, lazily: the caller sets the limit. `now` is Unix time. Raises WrongDates."""
    return _Calendar.read(spec, now).periods(_order(spec))


@dataclass(frozen=True, slots=True)
class _Calendar:
    """`first` and `last` are dates or wall times of the zone; instants are in UTC, walls never compared."""

    first: date | datetime
    last: date | datetime
    step: Step
    zone: tzinfo
    by_calendar: bool

    @classmethod
    def read(cls, spec: dict[str, Json], now: float) -> _Calendar:
        for key in spec:
            if key not in KEYS:
                hint = did_you_mean(key, KEYS) or f"There are {', '.join(KEYS)}."
                raise WrongDates(key, f'dates has no "{key}"', hint)
        zone, step = _zone(spec), _step(spec)
        first, last = _moment(spec, "from", zone, now), _moment(spec, "to", zone, now)
        if is_month(str(spec["to"])):
            last = add_months(last, 1) - timedelta(days=1)
        calendar = cls(first, last, step, zone, not str(spec.get("every")).endswith("h"))
        fixed = spec["from"] not in RELATIVE and spec["to"] not in RELATIVE
        if fixed and calendar._instant(0) > calendar._limit():
            raise WrongDates("to", f"to ({spec['to']}) is before from ({spec['from']})")
        return calendar

    def periods(self, descending: bool) -> Iterator[Period]:
        count = self._count()
        return map(self._period, range(count - 1, -1, -1) if descending else range(count))

    def _count(self) -> int:
        """How many periods begin up to the last moment, without going through them."""
        limit = self._limit()
        shortest = timedelta(days=28 * self.step.months, seconds=self.step.seconds)
        low, high = 0, max(0, (limit - self._instant(0)) // shortest + 2)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._instant(middle) <= limit else (low, middle)
        return low

    def _limit(self) -> datetime:
        """The last moment at which a period may begin; of a date it is the whole day."""
        if isinstance(self.last, datetime):
            return _instant(self.last, self.zone)
        return _instant(self.last + timedelta(days=1), self.zone) - timedelta.resolution

    def _period(self, index: int) -> Period:
        start, end = (self._instant(i).astimezone(self.zone) for i in (index, index + 1))
        if not self.by_calendar:
            return Period(start.isoformat(), start, end)
        named_by_month = self.step.months and self.first.day == 1
        return Period(self._wall(index).strftime("%Y-%m" if named_by_month else "%Y-%m-%d"), start, end)

    def _instant(self, index: int) -> datetime:
        if self.by_calendar:
            return _instant(self._wall(index), self.zone)
        return _instant(self.first, self.zone) + timedelta(seconds=index * self.step.seconds)

    def _wall(self, index: int) -> date | datetime:
        if self.step.months:
            return add_months(self.first, index * self.step.months)
        return self.first + timedelta(seconds=index * self.step.seconds)


def _instant(wall: date | datetime, zone: tzinfo) -> datetime:
    """In UTC. A wall time that the clock skips is the moment at which it goes on."""
    moment = wall if isinstance(wall, datetime) else datetime.combine(wall, time())
    return moment.replace(tzinfo=zone).astimezone(UTC)


def _zone(spec: dict[str, Json]) -> tzinfo:
    name = spec.get("timezone", "UTC")
    if not isinstance(name, str):
        raise WrongDates("timezone", "timezone is the name of a zone, such as Europe/Moscow")
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        hint = did_you_mean(name, known) if known else "Install the package tzdata: this system has no zones."
        raise WrongDates("timezone", f'There is no timezone "{name:.60}"', hint) from None


def _step(spec: dict[str, Json]) -> Step:
    text = spec.get("every", "1d")
    offered = isinstance(text, str) and _EVERY.match(text)
    step = read_step(str(text)) if offered else Step()
    if not (step.months or step.seconds):
        raise WrongDates("every", "every is a length in h, d, w or mo, such as 6h or 1d")
    return step


def _moment(spec: dict[str, Json], key: str, zone: tzinfo, now: float) -> date | datetime:
    """A time without an offset, or a date, is meant in the zone; a time with one is moved there."""
    text = spec.get(key)
    if not isinstance(text, str):
        raise WrongDates(key, f"{key} is a date such as 2026-11-23, today or yesterday")
    if text in RELATIVE:
        return datetime.fromtimestamp(now, zone).date() + timedelta(days=RELATIVE[text])
    try:
        moment = read_moment(text)
    except ValueError as error:
        hint = did_you_mean(text, RELATIVE)
        raise WrongDates(key, f"{key}: {error}", hint) from None
    if not 1900 <= moment.year < 3000:
        raise WrongDates(key, f"{key} is out of the years 1900 to 2999")
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(zone).replace(tzinfo=None)
    return moment


def _order(spec: dict[str, Json]) -> bool:
    order = spec.get("order", "asc")
    if order not in ("asc", "desc"):
        raise WrongDates("order", "order is asc or desc")
    return order == "desc"
