"""The legal moves of one record. Each asserts what must hold, so that a bug stops before it is written.

Never two intents on one address; an intent is never overwritten; an active execution is never dropped; no id
is forgotten while a search could still find it; the generation never goes down.
"""

from __future__ import annotations

from dataclasses import replace

from declarative.model.change import StartOrder, StopOrder
from declarative.model.desired import Policies
from declarative.model.execution import Execution, Status
from declarative.model.record import (
    Bound,
    Cause,
    Deposed,
    Pending,
    Record,
    StopMode,
    Stopping,
    Watermark,
    applied_from,
)


def intend(record: Record, pending: Pending) -> Record:
    """Before the first byte of a start. One that a person was asked about may be settled by another start:
    only `--replace` makes a plan say so."""
    asked = record.pending is not None and record.pending.reason is not None
    assert record.pending is None or asked, "an unresolved start must not be overwritten"
    assert pending.generation > record.generation, "a generation is used once"
    return replace(record, pending=pending, generation=pending.generation)


def rule_out(record: Record, ids: tuple[str, ...]) -> Record:
    """State forgets these executions: a search for the lost start must still not take one of them for it."""
    if record.pending is None or record.pending.watermark is None:
        return record
    mark = record.pending.watermark
    widened = replace(mark, seen=(*mark.seen, *ids))
    return replace(record, pending=replace(record.pending, watermark=widened))


def pending_for(
    order: StartOrder,
    attempt: str,
    digests: tuple[str, str],
    now: float,
    watermark: Watermark | None,
    start_first: bool,
    execution_id: str | None = None,
) -> Pending:
    """`digests`: exact and loose, of what goes on the wire."""
    return Pending(
        attempt=attempt,
        spec=order.spec,
        sent=digests[0],
        sent_loose=digests[1],
        generation=order.generation,
        cause=order.cause,
        provider=order.provider,
        workflow=order.workflow,
        workflow_id=order.workflow_id,
        revision=order.revision,
        fenced_at=now,
        watermark=watermark,
        start_first=start_first,
        execution_id=execution_id,
        input_json=order.kept_input,
        applied=applied_from(order.policies),
        depended_on=order.depended_on,
        ignored=order.policies.ignore_changes,
        keeps_digest=order.keeps_digest,
    )


def withdraw(record: Record) -> Record:
    """The intent was not sent, or it is proven that nothing started."""
    assert record.pending is not None
    return replace(record, pending=None)


def doubt(record: Record, reason: str) -> Record:
    """A person has to settle it; the intent stays."""
    assert record.pending is not None
    return replace(record, pending=replace(record.pending, reason=reason))


def bind(record: Record, execution_id: str, now: float) -> Record:
    """The start is known to have given this execution."""
    pending = record.pending
    assert pending is not None, "only an intent can be bound"
    bound = Bound(
        id=execution_id,
        spec=pending.spec,
        generation=pending.generation,
        provider=pending.provider,
        workflow=pending.workflow,
        workflow_id=pending.workflow_id,
        revision=pending.revision,
        sent=pending.sent if pending.keeps_digest else None,
        applied=pending.applied,
        depended_on=pending.depended_on,
        input_json=pending.input_json,
        bound_at=now,
        ignored=pending.ignored,
    )
    return replace(
        record,
        current=bound,
        pending=None,
        deposed=_deposed(record, pending),
        spent=_spent(record, now),
        retired=False,
        failures=_failures(record, pending),
        not_before=None,
    )


def _deposed(record: Record, pending: Pending) -> tuple[Deposed, ...]:
    old = record.current
    if old is None or old.outcome is not None:
        return record.deposed
    assert pending.start_first, "an active execution must be stopped before another is bound"
    grace = old.applied.stop_grace
    return (*record.deposed, Deposed(old.id, old.provider, pending.cause, old.stopping, grace))


def _spent(record: Record, now: float) -> tuple[tuple[str, float], ...]:
    return record.spent if record.current is None else (*record.spent, (record.current.id, now))


def _failures(record: Record, pending: Pending) -> int:
    return record.failures if pending.cause is Cause.RERUN else 0


def ask_stop(record: Record, order: StopOrder, mode: StopMode, now: float) -> Record:
    """Before the first byte of a stop. The time of the first asking is kept: grace counts from it."""
    if order.deposed:
        return replace(record, deposed=tuple(_asked(old, order, mode, now) for old in record.deposed))
    bound = record.current
    assert bound is not None and bound.id == order.execution_id and bound.outcome is None
    since = bound.stopping.asked_at if bound.stopping else now
    return replace(record, current=replace(bound, stopping=Stopping(order.cause, mode, since)))


def _asked(old: Deposed, order: StopOrder, mode: StopMode, now: float) -> Deposed:
    if old.id != order.execution_id:
        return old
    since = old.stopping.asked_at if old.stopping else now
    return replace(old, stopping=Stopping(order.cause, mode, since))


def forget_spent(record: Record, before: float) -> Record:
    """Ids that were replaced before that moment (epoch seconds), when no search can come upon them any
    more."""
    rest = tuple(one for one in record.spent if one[1] >= before)
    return record if len(rest) == len(record.spent) else replace(record, spent=rest)


def drop_deposed(record: Record, execution_id: str, now: float) -> Record:
    """An old execution has ended."""
    rest = tuple(old for old in record.deposed if old.id != execution_id)
    known = {spent for spent, _ in record.spent}
    spent = record.spent if execution_id in known else (*record.spent, (execution_id, now))
    return replace(record, deposed=rest, spent=spent)


def retire(record: Record) -> Record:
    """No longer declared: what it came to is remembered."""
    assert record.current is not None and record.current.outcome is not None
    return replace(record, retired=True)


def abandon(record: Record, now: float) -> Record:
    """By the recorded `on_remove`: it goes on, and is not ours any more."""
    assert record.current is not None and record.pending is None
    return replace(
        record, current=None, spent=_spent(record, now), retired=False, failures=0, not_before=None
    )


def take_policies(record: Record, policies: Policies) -> Record:
    assert record.current is not None
    bound = replace(record.current, applied=applied_from(policies))
    if policies.sensitive:
        bound = replace(bound, input_json=None, results=None, sent=None, error_message=None)
    return replace(record, current=bound)


def adopt(record: Record | None, order: StartOrder, execution: Execution, now: float) -> Record:
    """Binds an execution that somebody else started."""
    record = record or Record()
    assert record.pending is None
    assert record.current is None or record.current.outcome is not None
    bound = Bound(
        id=execution.id,
        spec=order.spec,
        generation=order.generation,
        provider=order.provider,
        workflow=order.workflow,
        workflow_id=order.workflow_id,
        revision=order.revision,
        applied=applied_from(order.policies),
        depended_on=order.depended_on,
        input_json=order.kept_input,
        started_at=execution.started_at,
        was_running=execution.status is Status.RUNNING,
        bound_at=now,
        ignored=order.policies.ignore_changes,
    )
    return replace(
        record, current=bound, generation=order.generation, spent=_spent(record, now), retired=False
    )
