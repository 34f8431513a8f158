"""What all integration steps share: input and output, a time limit per attempt, retries, catch rules.

An attempt evaluates the fields and makes the call. Retries repeat attempts only; catch rules answer for the
whole step, for a template of `input` or `output` that fails as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from declarative.engine.codes import TIMEOUT, StepFailed
from declarative.engine.evaluation import Datum
from declarative.engine.fields import Fields
from declarative.engine.journal import StepError
from declarative.engine.policies import read_match, read_policy
from declarative.engine.retry import ErrorMatch, RetryPolicy
from declarative.engine.steps.base import Context, Sequential
from declarative.engine.template import NOTHING, Template
from declarative.engine.workflow import Done, Visit
from declarative.model.json import Json

TIMEOUT_SECONDS_MAX = 900.0
FIELDS = ("input", "output", "next", "timeout", "retryPolicy", "catch")


Send: TypeAlias = Callable[[], Awaitable[Json]]


class Call(Protocol):
    """What is special to one integration step."""

    async def prepare(self, visit: Visit, given: Datum) -> Send:
        """Evaluates the fields' templates; what it gives back makes the call and yields the raw output."""


@dataclass(frozen=True, slots=True)
class CatchRule:
    errors: ErrorMatch
    output: Template
    next: str


@dataclass(frozen=True, slots=True)
class Integration(Sequential):
    call: Call
    input: Template | None
    output: Template | None
    timeout: float
    retry: RetryPolicy | None
    catch: tuple[CatchRule, ...]

    waits = True

    @property
    def successors(self) -> tuple[str, ...]:
        return (*filter(None, (self.next,)), *(rule.next for rule in self.catch))

    async def carry_out(self, visit: Visit) -> Done:
        try:
            given = await visit.input(self.input)
            raw = await self._persist(visit, given)
            return Done(await visit.output(self.output, Datum(raw)), self.next)
        except StepFailed as failed:
            error = visit.masked(failed.error)
        rule = self._rule(error.code)
        if rule is None:
            raise StepFailed(error.code, error.message)
        return await _caught(visit, rule, error)

    async def _persist(self, visit: Visit, given: Datum) -> Json:
        """Tries until an attempt succeeds, or the policy allows no more."""
        while True:
            await visit.begin_attempt()
            try:
                return await self._attempt(visit, given)
            except StepFailed as failed:
                if failed.lasting or self.retry is None:
                    raise
                if not self.retry.allows(failed.error.code, visit.turn):
                    raise
                await visit.retry_later(failed.error, self.retry.delay(visit.turn))

    async def _attempt(self, visit: Visit, given: Datum) -> Json:
        try:
            async with asyncio.timeout(visit.seconds_left(self.timeout)):
                return await self._answer(visit, given)
        except TimeoutError:
            raise StepFailed(TIMEOUT, f"the step took longer than {self.timeout:g} s") from None

    async def _answer(self, visit: Visit, given: Datum) -> Json:
        send = await self.call.prepare(visit, given)
        if visit.mock is not None:
            return visit.world.mocks.answer(visit.mock, visit.turn)
        return await send()

    def _rule(self, code: str) -> CatchRule | None:
        return next((rule for rule in self.catch if rule.errors.matches(code)), None)


async def _caught(visit: Visit, rule: CatchRule, error: StepError) -> Done:
    seen: Json = {"error": error.code, "message": error.message}
    return Done(await visit.output(rule.output, Datum(seen)), rule.next, error=error)


def read(fields: Fields, context: Context, call: Call) -> Integration:
    """The common fields around a call that is read already."""
    return Integration(
        next=fields.reference("next"),
        call=call,
        input=fields.value_template("input"),
        output=fields.value_template("output"),
        timeout=fields.seconds("timeout", TIMEOUT_SECONDS_MAX, least=0.001, most=TIMEOUT_SECONDS_MAX),
        retry=_retry(fields, context),
        catch=tuple(_catch(fields.reading.fields(*item, "A catch rule")) for item in fields.items("catch")),
    )


def _retry(fields: Fields, context: Context) -> RetryPolicy | None:
    """A step's own policy replaces the default one; the two are not merged."""
    if not fields.has("retryPolicy"):
        fields.value("retryPolicy")
        return context.default_retry
    return read_policy(fields.inside("retryPolicy"))


def _catch(fields: Fields) -> CatchRule:
    rule = CatchRule(
        errors=read_match(fields),
        output=fields.value_template("output", required=True) or NOTHING,
        next=fields.reference("next", required=True) or "",
    )
    fields.done()
    return rule
