"""Reads what state believes to be active, and what it needs to know of the rest.

A terminal record costs no call. Active ones cost the cheaper of paged lists per workflow and one get each; a
get follows only where the status moved to an end. Absence from a list is never evidence: it causes a get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.execution import Execution
from declarative.model.observed import Observed, Reading
from declarative.model.record import Bound, Outcome, Record
from declarative.observing.calls import CountedReader, in_parallel, problem_of
from declarative.protocols import ListRequest, ProviderError, Reader

PARALLELISM = 10
PAGE_SIZE = 1000
NO_READER = "provider_unknown"
"""Code of what cannot be read because nothing leads to its engine any more."""
NARROWED_LISTS = 3
"""A provider may have to ask for QUEUED, RUNNING and PAUSED apart. For more ids than that it pays, because a
list of everything grows with all that ever ran."""


class Refresh(StrEnum):
    ACTIVE = "active"
    FULL = "full"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One execution that has to be read. `active`: state believes it to be active."""

    execution_id: str
    workflow_id: str
    active: bool
    bound_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ObserveRequest:
    """`results_of`: finished ones whose result somebody needs and state does not keep. `others`: executions
    beside the records', as (provider's identity, id)."""

    refresh: Refresh = Refresh.ACTIVE
    results_of: frozenset[Address] = frozenset()
    others: frozenset[tuple[str, str]] = frozenset()
    now: float = 0.0
    parallelism: int = PARALLELISM


def observe(
    records: Mapping[Address, Record], readers: Mapping[str, Reader], request: ObserveRequest
) -> Observed:
    """`readers`: by identity. A record of a provider that is not among them stays unread."""
    if request.refresh is Refresh.NONE:
        return Observed(trusts_state=True)
    readings: dict[str, Reading] = {}
    calls = 0
    for identity, wanted in _wanted(records, request).items():
        reader = readers.get(identity)
        if reader is None:
            readings |= {one.execution_id: Reading(problem=_no_reader(identity)) for one in wanted}
            continue
        counted = CountedReader(reader)
        readings |= _read_all(counted, wanted, request)
        calls += counted.calls
    return Observed(readings=readings, calls=calls)


def _wanted(records: Mapping[Address, Record], request: ObserveRequest) -> dict[str, list[Wanted]]:
    found: dict[str, list[Wanted]] = {}
    for address, record in records.items():
        bound = record.current
        if bound is not None and _is_wanted(address, bound, request):
            one = Wanted(bound.id, bound.workflow_id, bound.outcome is None, bound.bound_at)
            found.setdefault(bound.provider, []).append(one)
        for old in record.deposed:
            found.setdefault(old.provider, []).append(Wanted(old.id, "", True))
    for provider, execution_id in sorted(request.others):
        found.setdefault(provider, []).append(Wanted(execution_id, "", active=False))
    return found


def _is_wanted(address: Address, bound: Bound, request: ObserveRequest) -> bool:
    if bound.outcome is None or address in request.results_of:
        return True
    return request.refresh is Refresh.FULL and bound.outcome is not Outcome.ACCEPTED


def _read_all(reader: CountedReader, wanted: Iterable[Wanted], request: ObserveRequest) -> dict[str, Reading]:
    chosen = list(wanted)
    listed = _listed(reader, chosen, request)
    readings = {
        one.execution_id: Reading(execution=listed[one.execution_id])
        for one in chosen
        if one.execution_id in listed and listed[one.execution_id].is_active
    }
    rest = [one for one in chosen if one.execution_id not in readings]
    got = in_parallel(lambda one: _get(reader, one, request), rest, request.parallelism)
    readings |= {one.execution_id: found for one, found in zip(rest, got, strict=True) if found is not None}
    gone = [one for one, found in zip(rest, got, strict=True) if found is None]
    return readings | _absent(reader, gone, request)


def _listed(reader: CountedReader, wanted: list[Wanted], request: ObserveRequest) -> dict[str, Execution]:
    """What lists told, for workflows where a list is cheaper than a get each."""
    per_workflow: dict[str, set[str]] = {}
    for one in wanted:
        if one.active and one.workflow_id:
            per_workflow.setdefault(one.workflow_id, set()).add(one.execution_id)
    several = [(workflow, ids) for workflow, ids in per_workflow.items() if len(ids) > 1]
    found: dict[str, Execution] = {}
    for rows in in_parallel(lambda item: _pages(reader, *item), several, request.parallelism):
        found |= rows
    return found


def _pages(reader: CountedReader, workflow_id: str, ids: set[str]) -> dict[str, Execution]:
    """Pages while they can still save calls; a list that fails costs the gets that it would have saved."""
    found: dict[str, Execution] = {}
    token = ""
    pages = 0
    try:
        while pages < max(1, len(ids) - len(found)):
            request = ListRequest(workflow_id, token, PAGE_SIZE, active_only=len(ids) > NARROWED_LISTS)
            page = reader.list(request)
            pages += 1
            found |= {row.id: row for row in page.executions if row.id in ids}
            token = page.next_page_token
            if not token or len(found) == len(ids):
                break
    except ProviderError:
        return found
    return found


def _get(reader: CountedReader, one: Wanted, request: ObserveRequest) -> Reading | None:
    """None when two gets did not find it and it is old enough for that to mean something."""
    try:
        execution = reader.get(one.execution_id) or reader.get(one.execution_id)
    except ProviderError as error:
        return Reading(problem=problem_of(error, "unreadable"))
    if execution is not None:
        return Reading(execution=execution)
    too_young = request.now - one.bound_at < reader.settle
    return Reading(problem=_too_young(one)) if too_young else None


def _absent(reader: CountedReader, gone: list[Wanted], request: ObserveRequest) -> dict[str, Reading]:
    """Not found is proven by two gets, a start older than `settle`, and a complete list that lacks it: one
    list for all that are gone of a workflow."""
    per_workflow: dict[str, list[Wanted]] = {}
    for one in gone:
        per_workflow.setdefault(one.workflow_id, []).append(one)
    unknown = {one.execution_id: Reading(missing=True) for one in per_workflow.pop("", [])}
    proofs = in_parallel(lambda some: _proof(reader, some), per_workflow.values(), request.parallelism)
    return {key: reading for proof in (unknown, *proofs) for key, reading in proof.items()}


def _proof(reader: CountedReader, gone: list[Wanted]) -> dict[str, Reading]:
    found = {one.execution_id: Reading(missing=True) for one in gone}
    listed = {one.execution_id: Reading(problem=_contradiction(one)) for one in gone}
    token = ""
    try:
        while True:
            page = reader.list(ListRequest(gone[0].workflow_id, page_token=token, page_size=PAGE_SIZE))
            for row in page.executions:
                if row.id in found:
                    found[row.id] = Reading(execution=row) if row.is_active else listed[row.id]
            token = page.next_page_token
            if not token:
                return found
    except ProviderError as error:
        problem = problem_of(error, "unreadable")
        return {one.execution_id: Reading(problem=problem) for one in gone}


def _no_reader(identity: str) -> Diagnostic:
    return Diagnostic(
        NO_READER,
        f"The provider it was started on is not reachable from this configuration: {identity}",
        hint="Configure that provider again, or settle the address with `accept` or `state rm`.",
    )


def _too_young(one: Wanted) -> Diagnostic:
    summary = f"{one.execution_id} was started a moment ago and cannot be read yet"
    return Diagnostic("not_visible_yet", summary, hint="Ask again in a minute.")


def _contradiction(one: Wanted) -> Diagnostic:
    return Diagnostic("contradiction", f"{one.execution_id} is listed, but cannot be read on its own")
