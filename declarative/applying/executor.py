"""Carries one wave out: intents durable, calls in parallel, answers written down as they come.

The order is the promise: an intent is confirmed by the backend before the first byte of its start, and a
start goes on the wire only within the send window of that write. Everything else follows from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.pool import as_they_come
from declarative.applying.watermark import Watermarks, watermarks
from declarative.diagnostics import Diagnostic
from declarative.model import event as events
from declarative.model.address import Address
from declarative.model.change import Action, Change, StopOrder
from declarative.model.digests import sent_digests
from declarative.model.event import Event
from declarative.model.observed import WorkflowKey
from declarative.model.record import Pending, StopMode, Watermark
from declarative.protocols import (
    Clock,
    Kind,
    Provider,
    ProviderError,
    StartRequest,
    StopRequest,
    TerminateRequest,
)


@dataclass(frozen=True, slots=True)
class Wave:
    """What goes out together: only what has a free slot and can be sent within the send window."""

    starts: tuple[Change, ...] = ()
    stops: tuple[Change, ...] = ()
    notes: tuple[Change, ...] = ()


@dataclass(slots=True)
class Workshop:
    """What carrying out needs. `providers`: by identity. `unresolved`: attempt -> Clock.monotonic of the
    moment from which its settle time counts."""

    desk: Desk
    providers: Mapping[str, Provider]
    clock: Clock
    parallelism: int = 10
    interrupted: Callable[[], bool] = lambda: False
    new_attempt: Callable[[], str] = lambda: str(uuid.uuid4())
    unresolved: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one call. `sent` is false when not a byte went out."""

    sent: bool
    execution_id: str | None = None
    error: ProviderError | None = None


def carry_out(wave: Wave, shop: Workshop) -> Iterator[Event]:
    """Raises BackendError when state cannot be written: then nothing more is sent."""
    marks = watermarks(map(_workflow, wave.starts), shop.providers, shop.desk.known_ids(), shop.clock)
    if shop.interrupted():
        return
    starts = [change for change in wave.starts if _workflow(change) not in marks.failed]
    _write_intents(replace(wave, starts=tuple(starts)), marks, shop)
    fenced_at = shop.desk.save()
    yield events.WaveBegins(len(starts), len(wave.stops), shop.desk.state.serial)
    for change in wave.notes:
        yield events.Noted(change)
    yield from _without_watermark(wave.starts, marks)
    yield from _send([*wave.stops, *starts], shop, fenced_at)
    shop.desk.save_if_dirty()


def _send(calls: Sequence[Change], shop: Workshop, fenced_at: float) -> Iterator[Event]:
    answered: set[int] = set()

    def call(change: Change) -> _Answer:
        return _call(change, shop, fenced_at)

    for change, answer in as_they_come(call, calls, shop.parallelism, shop.interrupted, shop.clock):
        answered.add(id(change))
        yield from _take_in(change, answer, shop)
        shop.desk.save_if_due()
    for change in calls:
        if id(change) not in answered:
            _count_settle_time(change, shop)


def _count_settle_time(change: Change, shop: Workshop) -> None:
    """Possibly sent, and nothing was heard of it until now."""
    pending = shop.desk.record(change.address).pending
    if pending is not None:
        shop.unresolved[pending.attempt] = shop.clock.monotonic()


# ── before the wire ────────────────────────────────────────────────────────────────────────────────────


def _workflow(change: Change) -> WorkflowKey:
    assert change.start is not None
    return (change.start.provider, change.start.workflow_id)


def _without_watermark(starts: Iterable[Change], marks: Watermarks) -> Iterator[Event]:
    for change in starts:
        error = marks.failed.get(_workflow(change))
        if error is not None:
            yield events.StartRefused(change.address, _problem(change, error, "start_refused"))


def _write_intents(wave: Wave, marks: Watermarks, shop: Workshop) -> None:
    now = shop.clock.now()
    for change in wave.notes:
        _note(change, shop.desk, now)
    for change in wave.stops:
        assert change.stop is not None
        mode = stop_mode(change.stop, shop.desk, change.address, now)
        record = shop.desk.record(change.address)
        shop.desk.put(change.address, moves.ask_stop(record, change.stop, mode, now))
    for change in wave.starts:
        pending = _intent(change, marks.taken.get(_workflow(change)), shop.new_attempt(), now)
        shop.desk.put(change.address, moves.intend(shop.desk.record(change.address), pending))


def _intent(change: Change, mark: Watermark | None, attempt: str, now: float) -> Pending:
    order = change.start
    assert order is not None
    digests = sent_digests(order.workflow_id, order.input_json)
    return moves.pending_for(order, attempt, digests, now, mark, change.action is Action.START_FIRST)


def _note(change: Change, desk: Desk, now: float) -> None:
    record = desk.record(change.address)
    if change.action is Action.RETIRE:
        desk.put(change.address, moves.retire(record))
    elif change.action is Action.ABANDON:
        desk.put(change.address, moves.abandon(record, now))
    elif change.action is Action.UPDATE and change.policies is not None:
        desk.put(change.address, moves.take_policies(record, change.policies))
    elif change.action is Action.ADOPT and change.start is not None and change.adopted is not None:
        desk.put(change.address, moves.adopt(record, change.start, change.adopted, now))


def stop_mode(order: StopOrder, desk: Desk, address: Address, now: float) -> StopMode:
    """Graceful, until the grace since the first asking is over."""
    if order.mode is StopMode.TERMINATE:
        return order.mode
    asked_at = _asked_at(order, desk, address)
    over = order.grace is not None and asked_at is not None and now - asked_at >= order.grace
    return StopMode.TERMINATE if over or order.grace == 0 else StopMode.GRACEFUL


def _asked_at(order: StopOrder, desk: Desk, address: Address) -> float | None:
    record = desk.record(address)
    if order.deposed:
        found = [old.stopping for old in record.deposed if old.id == order.execution_id]
        return found[0].asked_at if found and found[0] else None
    stopping = record.current.stopping if record.current else None
    return stopping.asked_at if stopping else None


# ── on the wire ────────────────────────────────────────────────────────────────────────────────────────


def _call(change: Change, shop: Workshop, fenced_at: float) -> _Answer:
    if shop.interrupted() or not shop.desk.may_send:
        return _Answer(sent=False)
    try:
        if _is_stop(change):
            return _send_stop(change, shop)
        return _send_start(change, shop, fenced_at)
    except ProviderError as error:
        return _Answer(sent=error.kind is not Kind.TOO_LATE, error=error)


def _is_stop(change: Change) -> bool:
    """A re-run is sent as its stop; its start is decided again once the stop has acted."""
    return change.action in (Action.STOP, Action.RERUN)


def _send_start(change: Change, shop: Workshop, fenced_at: float) -> _Answer:
    order = change.start
    assert order is not None
    provider = shop.providers[order.provider]
    not_after = fenced_at + provider.capabilities.send_window
    pending = shop.desk.record(change.address).pending
    if pending is None or shop.clock.monotonic() > not_after:
        return _Answer(sent=False)
    request = StartRequest(
        workflow_id=order.workflow_id,
        input_json=order.input_json,
        attempt=pending.attempt,
        not_after=not_after,
        execution_id=pending.execution_id,
        description=str(change.address),
    )
    return _Answer(sent=True, execution_id=provider.start(request).execution_id)


def _send_stop(change: Change, shop: Workshop) -> _Answer:
    order = change.stop
    assert order is not None
    provider = shop.providers.get(order.provider)
    if provider is None:
        said = "that provider is not configured any more"
        raise ProviderError(Kind.OTHER, f"stop of {order.execution_id}", said)
    if _written_mode(change, order, shop) is StopMode.TERMINATE:
        provider.terminate(TerminateRequest(order.execution_id))
    else:
        provider.stop(StopRequest(order.execution_id))
    return _Answer(sent=True, execution_id=order.execution_id)


def _written_mode(change: Change, order: StopOrder, shop: Workshop) -> StopMode:
    record = shop.desk.record(change.address)
    found = [old.stopping for old in record.deposed if old.id == order.execution_id]
    if not order.deposed and record.current is not None:
        found = [record.current.stopping]
    return found[0].mode if found and found[0] else order.mode


# ── after the wire ─────────────────────────────────────────────────────────────────────────────────────


def _take_in(change: Change, answer: _Answer, shop: Workshop) -> Iterator[Event]:
    if _is_stop(change):
        yield from _stop_answered(change, answer, shop)
    else:
        yield from _start_answered(change, answer, shop)


def _start_answered(change: Change, answer: _Answer, shop: Workshop) -> Iterator[Event]:
    desk, record = shop.desk, shop.desk.record(change.address)
    error = answer.error
    if answer.execution_id is not None:
        desk.put(change.address, moves.bind(record, answer.execution_id, shop.clock.now()))
        yield events.Started(change.address, answer.execution_id, change.action is not Action.START)
    elif not answer.sent or (error is not None and error.proves_nothing_happened):
        desk.put(change.address, moves.withdraw(record))
        if error is not None and error.kind is not Kind.TOO_LATE:
            held = error.kind is Kind.EXHAUSTED
            yield events.StartRefused(change.address, _problem(change, error, "start_refused"), held)
    else:
        assert error is not None
        _count_settle_time(change, shop)
        yield events.StartUnknown(change.address, _problem(change, error, "start_unknown"))


def _stop_answered(change: Change, answer: _Answer, shop: Workshop) -> Iterator[Event]:
    assert change.stop is not None
    execution_id = change.stop.execution_id
    if answer.execution_id is not None or (answer.error and answer.error.kind in _ALREADY_OVER):
        yield events.StopAsked(change.address, execution_id, _written_mode(change, change.stop, shop))
    elif answer.error is not None:
        code = "stop_unanswered" if answer.error.kind in _PASSING else "stop_refused"
        yield events.StopRefused(change.address, execution_id, _problem(change, answer.error, code))


_ALREADY_OVER = (Kind.PRECONDITION, Kind.NOT_FOUND)
_PASSING = (Kind.EXHAUSTED, Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.UNREACHABLE, Kind.GARBLED)
"""A stop that failed so may be asked for once more in a moment."""


def _problem(change: Change, error: ProviderError, code: str) -> Diagnostic:
    detail = f"request id: {error.request_id}" if error.request_id else ""
    return Diagnostic(
        code,
        f"{error.call} failed: {error.said}",
        detail,
        hint=error.hint,
        address=str(change.address),
        span=change.span,
    )
