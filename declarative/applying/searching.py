"""Looks through a workflow's executions for starts whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from declarative.applying.desk import Desk
from declarative.applying.watermark import MARGIN_SECONDS
from declarative.model.address import Address
from declarative.model.digests import sent_digests
from declarative.model.execution import Execution
from declarative.model.json import NotJson
from declarative.model.moment import parse_moment
from declarative.model.observed import WorkflowKey
from declarative.model.record import Pending
from declarative.protocols import Clock, GetRequest, Kind, ListRequest, ProviderError, Reader

Intents = list[tuple[Address, Pending]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Every page of a workflow's list. `served_at`: the engine's clock at the first of them."""

    key: WorkflowKey
    rows: tuple[Execution, ...]
    served_at: float | None

    def remembers(self, moment: float) -> bool:
        """Whether what ended after that moment must still be there: something that ended before it is."""
        return any(ended is not None and ended < moment for ended in map(_end_of, self.rows))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Executions that may be one of the lost starts, by id. `complete`: each of them could be read.
    `excluded`: attempt -> ids that were there before that start."""

    by_id: Mapping[str, Execution] = field(default_factory=dict)
    complete: bool = True
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def may_be(self, intent: Pending, execution: Execution) -> bool:
        """Whether this start can have given that execution, as far as time tells."""
        return execution.id not in self.excluded[intent.attempt] and _may_be_after(execution, intent)


@dataclass(frozen=True, slots=True)
class Matches:
    """Executions that equal what was sent, oldest first, and those that only nearly do."""

    exact: tuple[Execution, ...] = ()
    near: tuple[Execution, ...] = ()


def list_all(key: WorkflowKey, reader: Reader) -> Listing:
    """Raises ProviderError."""
    rows: dict[str, Execution] = {}
    page = reader.list(ListRequest(key[1]))
    served_at = page.served_at
    while True:
        rows |= {row.id: row for row in page.executions}
        if not page.next_page_token:
            return Listing(key, tuple(rows.values()), served_at)
        page = reader.list(ListRequest(key[1], page_token=page.next_page_token))


def candidates(group: Intents, listing: Listing, desk: Desk, reader: Reader) -> Candidates:
    """What no record knows and no watermark had seen, with inputs. An engine that tells the attempt of an
    execution leaves nothing to guess about it, so those are left out."""
    known = _known_ids(desk)
    excluded = _seen_before(group)
    rows = [row for row in listing.rows if row.id not in known and row.attempt is None]
    found = Candidates(excluded=excluded)
    chosen = [row for row in rows if any(found.may_be(intent, row) for _, intent in group)]
    by_id, complete = _with_inputs(reader, chosen)
    return Candidates(by_id, complete, excluded)


def matches(equal: Intents, among: Candidates) -> Matches:
    """`equal`: intents that sent the same."""
    exact: list[Execution] = []
    near: list[Execution] = []
    first = equal[0][1]
    for execution in among.by_id.values():
        if not any(among.may_be(intent, execution) for _, intent in equal):
            continue
        digests = _digests(first.workflow_id, execution)
        if digests[0] == first.sent:
            exact.append(execution)
        elif digests[1] == first.sent_loose:
            near.append(execution)
    exact.sort(key=lambda one: parse_moment(one.started_at) or 0.0)
    return Matches(tuple(exact), tuple(near))


def assigned(
    equal: Intents, exact: Iterable[Execution], among: Candidates
) -> dict[Address, Execution] | None:
    """Each match to an intent that can have given it, oldest to oldest; None when there are too many.

    Equal intents are interchangeable, but for the time from which each can have taken effect.
    """
    free = sorted(equal, key=lambda one: _mark_time(one[1]))
    found: dict[Address, Execution] = {}
    for execution in exact:
        taker = next((one for one in free if among.may_be(one[1], execution)), None)
        if taker is None:
            return None
        free.remove(taker)
        found[taker[0]] = execution
    return found


def hidden_by(listing: Listing, desk: Desk, reader: Reader, clock: Clock) -> str | None:
    """The id of an execution of ours that exists and is missing from this list, if there is one: then the
    list's silence proves nothing. Raises ProviderError, also where it could not be found out."""
    listed = {row.id for row in listing.rows}
    before = clock.now() - reader.capabilities.settle
    for record in desk.records.values():
        bound = record.current
        if bound is None or bound.outcome is not None or bound.id in listed or bound.bound_at > before:
            continue
        if (bound.provider, bound.workflow_id) == listing.key and _exists(bound.id, reader):
            return bound.id
    return None


def _exists(execution_id: str, reader: Reader) -> bool:
    try:
        return reader.get(GetRequest(execution_id)).is_active
    except ProviderError as error:
        if error.kind is not Kind.NOT_FOUND:
            raise
        return False


def _known_ids(desk: Desk) -> set[str]:
    """Ids that cannot be a lost start: bound to any address now, or once."""
    return desk.known_ids()


def _seen_before(group: Intents) -> dict[str, frozenset[str]]:
    """What an earlier or simultaneous watermark had seen was there before this start too. What only a later
    one has seen may well be this start."""
    seen: frozenset[str] = frozenset()
    found: dict[str, frozenset[str]] = {}
    for _, intent in sorted(group, key=lambda one: _mark_time(one[1])):
        more = intent.watermark.seen if intent.watermark else ()
        if not seen.issuperset(more):  # else one set serves them all: a wave's intents share what was seen
            seen = seen.union(more)
        found[intent.attempt] = seen
    return found


def _mark_time(intent: Pending) -> float:
    return intent.watermark.time if intent.watermark else 0.0


def _may_be_after(row: Execution, intent: Pending) -> bool:
    started = parse_moment(row.started_at)
    return started is None or started > _mark_time(intent) - MARGIN_SECONDS


def _end_of(row: Execution) -> float | None:
    started = parse_moment(row.started_at)
    if started is None or row.duration is None or row.is_active:
        return None
    return started + row.duration


def _with_inputs(reader: Reader, rows: Iterable[Execution]) -> tuple[dict[str, Execution], bool]:
    """A row that cannot be read could be the one, whatever the reason."""
    found: dict[str, Execution] = {}
    complete = True
    for row in rows:
        try:
            found[row.id] = row if row.input_json is not None else reader.get(GetRequest(row.id))
        except ProviderError:
            complete = False
    return found, complete


def _digests(workflow_id: str, execution: Execution) -> tuple[str, str]:
    try:
        return sent_digests(workflow_id, execution.input_json or "{}")
    except NotJson:
        return "", ""
