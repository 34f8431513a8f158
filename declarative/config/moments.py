"""Dates and times as texts: read, moved along the calendar, written. No clock, no locale."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_MONTH = re.compile(r"\d{4}-\d{2}\Z")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?\Z")
_STEP = re.compile(r"([+-]?)(\d{1,6})(mo|[smhdwy])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_FORMAT = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = "YmdHMSfjyBbAapIUWVGuwFTzZ%"


@dataclass(frozen=True, slots=True)
class Step:
    """A length of time: a number of calendar months, or of seconds."""

    months: int = 0
    seconds: int = 0

    @property
    def whole_days(self) -> bool:
        return self.seconds % 86_400 == 0


def read_step(text: str) -> Step:
    """`6h`, `-1d`, `2w`, `1mo`, `1y`. Raises ValueError."""
    found = _STEP.match(text)
    if found is None:
        raise ValueError(f'"{text:.40}" is not a length of time; write one like 6h, 1d, 2w, 1mo')
    amount = int(found[2]) * (-1 if found[1] == "-" else 1)
    if found[3] in ("mo", "y"):
        return Step(months=amount * (12 if found[3] == "y" else 1))
    return Step(seconds=amount * _SECONDS[found[3]])


def is_month(text: str) -> bool:
    return _MONTH.match(text) is not None


def read_moment(text: str) -> date | datetime:
    """`2026-11`, `2026-11-23` or `2026-11-23T10:00:00+03:00`. Raises ValueError."""
    if is_month(text):
        return date.fromisoformat(f"{text}-01")
    if not _ISO.match(text):
        raise ValueError(f'"{text:.40}" is not a date or time, like 2026-11-23 or 2026-11-23T10:00:00Z')
    return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day: January 31 and a month is February 28 or 29."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError("the date is out of the calendar")
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def add(text: str, step_text: str) -> str:
    """The moment `step_text` later, as precise as `text` is. Raises ValueError."""
    moment, step = read_moment(text), read_step(step_text)
    is_date = not isinstance(moment, datetime)
    if is_date and not step.whole_days:
        raise ValueError(f"{text} is a date: add whole days to it, or give it a time")
    if is_month(text) and not step.months:
        raise ValueError(f"{text} is a month: add months (mo) or years (y) to it")
    moved = add_months(moment, step.months) + timedelta(seconds=step.seconds)
    return moved.strftime("%Y-%m") if is_month(text) else moved.isoformat()


def written(value: str | int | float, form: str) -> str:
    """The moment in another form; a number is Unix time. Raises ValueError."""
    for directive in _FORMAT.findall(form):
        if not directive or directive not in _DIRECTIVES:
            raise ValueError(f"%{directive} is not offered; there are %{' %'.join(_DIRECTIVES)}")
    moment = datetime.fromtimestamp(value, UTC) if isinstance(value, (int, float)) else read_moment(value)
    return moment.strftime(form)
