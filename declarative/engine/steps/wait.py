"""`wait`: until a time, or for a time. What is due is journalled, so a restart only waits for the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from declarative.engine.codes import INVALID_ARGUMENT, StepFailed
from declarative.engine.fields import Fields
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import Template
from declarative.engine.workflow import Done, Visit


@dataclass(frozen=True, slots=True)
class Wait(Sequential):
    """Exactly one of `duration`, in seconds, and `until`."""

    duration: Template | float | None
    until: Template | None

    waits = True

    async def carry_out(self, visit: Visit) -> Done:
        visit.take(visit.state)
        due = visit.due if visit.due is not None else await self._due(visit)
        if due > visit.world.clock.now():
            await visit.begin(due=due)
            await visit.sleep_until(due)
        return Done(None, self.next)

    async def _due(self, visit: Visit) -> float:
        match self.duration:
            case Template() as template:
                return visit.started_at + _seconds((await visit.texts([template], visit.state))[0])
            case float() as seconds:
                return visit.started_at + seconds
        assert self.until is not None
        return _moment((await visit.texts([self.until], visit.state))[0])


def read(fields: Fields, context: Context) -> Wait:
    if fields.has("duration") is fields.has("until"):
        fields.reading.problem("yawl_value", "wait needs either duration or until", fields.path, key=True)
    return Wait(fields.reference("next"), _duration(fields), fields.template("until"))


def _duration(fields: Fields) -> Template | float | None:
    found = fields.value("duration")
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return float(found)
    template = fields.template("duration")
    if template is not None and template.pieces and not template.expressions:
        return _literal(fields, template.text)
    return template


def _literal(fields: Fields, text: str) -> float | None:
    try:
        return _seconds(text)
    except StepFailed as failed:
        fields.problem("duration", failed.error.message)
        return None


def _seconds(text: str) -> float:
    """`10`, `10s` and `1.5` alike: the pages only say "in seconds"."""
    try:
        seconds = float(text.strip().removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise StepFailed(INVALID_ARGUMENT, f'duration must be a number of seconds, not "{text[:80]}"')
    return seconds


def _moment(text: str) -> float:
    """ISO 8601; a time without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise StepFailed(INVALID_ARGUMENT, f'until must be an ISO 8601 time, not "{text[:80]}"') from error
