"""Starts whose outcome is unknown: found and bound, proven absent and freed, or left to a person.

Free means that the decision table is asked again with today's files. It never means start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from declarative.applying import moves
from declarative.applying.desk import Desk
from declarative.applying.searching import (
    Candidates,
    Intents,
    Listing,
    Matches,
    assigned,
    candidates,
    hidden_by,
    list_all,
    matches,
)
from declarative.model.address import Address
from declarative.model.change import Code
from declarative.model.event import Recovered
from declarative.model.execution import Execution
from declarative.model.observed import WorkflowKey
from declarative.model.record import Pending
from declarative.protocols import Clock, Kind, ProviderError, Reader

_INCOMPLETE = "not every candidate could be read"
_PASSING = (Kind.EXHAUSTED, Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.UNREACHABLE, Kind.GARBLED)
Twins = tuple[str, str, str]
"""Provider, workflow and what was sent: starts that share them can only be told apart together."""


def twins(intent: Pending) -> Twins:
    return (intent.provider, intent.workflow_id, intent.sent)


def settle_waits(
    pending: Intents,
    readers: Mapping[str, Reader],
    since: Mapping[str, float],
    default_since: float,
    clock: Clock,
) -> dict[Twins, float]:
    """Seconds until starts that sent the same may be resolved together; 0 when they may now.

    `since`: attempt -> Clock.monotonic of the sender's own deadline; `default_since`: when this process got
    the lock, which is what counts for intents that another process wrote.
    """
    now = clock.monotonic()
    left: dict[Twins, float] = {}
    for _, intent in pending:
        reader = readers.get(intent.provider)
        settle = reader.capabilities.settle if reader else 0.0
        wait = since.get(intent.attempt, default_since) + settle - now
        left[twins(intent)] = max(wait, left.get(twins(intent), 0.0))
    return left


def resolve(intents: Intents, desk: Desk, readers: Mapping[str, Reader], clock: Clock) -> Iterator[Recovered]:
    """Resolves what may be resolved; the caller writes state. Equal intents are given together."""
    per_workflow: dict[WorkflowKey, Intents] = {}
    for address, intent in intents:
        per_workflow.setdefault((intent.provider, intent.workflow_id), []).append((address, intent))
    for key, group in per_workflow.items():
        reader = readers.get(key[0])
        if reader is None:
            yield from _all_unknown(group, desk, "its provider is not configured any more")
            continue
        try:
            yield from _resolve_workflow(key, group, desk, reader, clock)
        except ProviderError as error:
            lasting = error.kind not in _PASSING
            yield from _all_unknown(group, desk, f"{error.call} failed: {error.said}", lasting)


def _resolve_workflow(
    key: WorkflowKey, group: Intents, desk: Desk, reader: Reader, clock: Clock
) -> Iterator[Recovered]:
    listing = list_all(key, reader)
    _distrust_what_hides(listing, desk, reader, clock)
    by_attempt = {row.attempt: row for row in listing.rows if row.attempt is not None}
    found = [(address, by_attempt.get(intent.attempt)) for address, intent in group]
    rest = [one for one, (_, row) in zip(group, found, strict=True) if row is None]
    among = candidates(rest, listing, desk, reader)
    for address, row in found:
        if row is not None:
            yield _adopted(address, row, desk, clock)
    per_digest: dict[str, Intents] = {}
    for address, intent in rest:
        per_digest.setdefault(intent.sent, []).append((address, intent))
    for equal in per_digest.values():
        yield from _resolve_equal(equal, listing, among, desk, reader, clock)


def _resolve_equal(
    equal: Intents, listing: Listing, among: Candidates, desk: Desk, reader: Reader, clock: Clock
) -> Iterator[Recovered]:
    """k intents of one digest, m equal candidates, n only nearly equal: m <= k and n = 0, or a person."""
    if not among.complete:
        yield from _all_unknown(equal, desk, _INCOMPLETE)
        return
    found = matches(equal, among)
    adopted = assigned(equal, found.exact, among)
    if adopted is None or found.near:
        yield from _ambiguous(equal, found, desk)
        return
    for address, intent in equal:
        if address in adopted:
            yield _adopted(address, adopted[address], desk, clock)
            continue
        doubt = _why_not_absent(intent, listing, desk, reader, clock)
        if doubt:
            yield from _all_unknown([(address, intent)], desk, doubt)
        else:
            yield _nothing_started(address, desk)


def _why_not_absent(intent: Pending, listing: Listing, desk: Desk, reader: Reader, clock: Clock) -> str:
    """Why the absence of a match is no proof; empty when it is one."""
    distrusted = desk.state.distrusted.get(distrust_key(listing.key))
    if distrusted is not None:
        return f"this workflow is not believed: {distrusted}"
    return "" if _remembers(intent, listing, reader, clock) else "the engine may have forgotten that time"


def _remembers(intent: Pending, listing: Listing, reader: Reader, clock: Clock) -> bool:
    """Whether an execution of that start would still be there, had it ended long ago."""
    promised = reader.capabilities
    if promised.idempotent_start and not promised.retention_min:
        # It promises one start per attempt for as long as it remembers, and no more can be asked of it.
        return True
    mark = intent.watermark
    if mark is None:
        return clock.now() - intent.fenced_at < promised.retention_min
    now = clock.now() if listing.served_at is None else listing.served_at
    return now - mark.time < promised.retention_min or listing.remembers(mark.time)


# ── what is not believed ───────────────────────────────────────────────────────────────────────────────


def distrust_key(key: WorkflowKey) -> str:
    """How state names a workflow of which nothing is freed automatically."""
    return f"{key[0]} {key[1]}"


def distrust(desk: Desk, key: WorkflowKey, why: str) -> None:
    if distrust_key(key) not in desk.state.distrusted:
        desk.amend(distrusted={**desk.state.distrusted, distrust_key(key): why})


def _distrust_what_hides(listing: Listing, desk: Desk, reader: Reader, clock: Clock) -> None:
    hidden = hidden_by(listing, desk, reader, clock)
    if hidden is not None:
        distrust(desk, listing.key, f"{hidden} was active and not listed")


# ── findings ───────────────────────────────────────────────────────────────────────────────────────────


def _adopted(address: Address, execution: Execution, desk: Desk, clock: Clock) -> Recovered:
    desk.put(address, moves.bind(desk.record(address), execution.id, clock.now()))
    return Recovered(address, "adopted", execution.id, "its start had taken effect")


def _nothing_started(address: Address, desk: Desk) -> Recovered:
    desk.put(address, moves.withdraw(desk.record(address)))
    return Recovered(address, "nothing_started", None, "its start never took effect")


def _ambiguous(equal: Intents, found: Matches, desk: Desk) -> Iterator[Recovered]:
    shown = ", ".join(match.id for match in (*found.exact, *found.near)[:5])
    detail = f"it may be one of: {shown}; settle it with `import` or `--replace`"
    for address, _ in equal:
        _doubt(address, Code.AMBIGUOUS_START, desk)
        yield Recovered(address, "ambiguous", None, detail)


def _all_unknown(group: Intents, desk: Desk, why: str, lasting: bool = True) -> Iterator[Recovered]:
    """`lasting`: another look may not help, so that a person may settle it."""
    for address, _ in group:
        if lasting:
            _doubt(address, Code.START_UNKNOWN, desk)
        yield Recovered(address, "unknown", None, why)


def _doubt(address: Address, code: Code, desk: Desk) -> None:
    record = desk.record(address)
    if record.pending is not None and record.pending.reason != code.value:
        desk.put(address, moves.doubt(record, code.value))
