"""Where to look for a start whose answer is lost: taken before the start, on the service's own clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from declarative.model.execution import Execution
from declarative.model.moment import parse_moment
from declarative.model.observed import WorkflowKey
from declarative.model.record import Watermark
from declarative.protocols import Clock, ListRequest, ProviderError, Reader

MARGIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Watermarks:
    """`failed`: workflows whose list could not be read. Without a watermark a lost answer could not be
    resolved, so nothing of them is started."""

    taken: dict[WorkflowKey, Watermark] = field(default_factory=dict)
    failed: dict[WorkflowKey, ProviderError] = field(default_factory=dict)


def watermarks(
    keys: Iterable[WorkflowKey], readers: Mapping[str, Reader], known: Collection[str], clock: Clock
) -> Watermarks:
    """One list per workflow of this wave; engines that tell starts apart by themselves need none.

    `known`: ids of state's own records. A search leaves them out by itself, and every intent of a wave would
    name each start of the wave before: state would grow with the square.
    """
    found = Watermarks()
    for key in dict.fromkeys(keys):
        reader = readers[key[0]]
        if reader.capabilities.idempotent_start:
            continue
        try:
            found.taken[key] = _take(reader, key[1], known, clock)
        except ProviderError as error:
            found.failed[key] = error
    return found


def _take(reader: Reader, workflow_id: str, known: Collection[str], clock: Clock) -> Watermark:
    """Ids of the minute before, and those without a beginning: they could be mistaken for ours.

    The time is that of the first answer: too early a mark costs a look at more candidates, too late a one
    would hide the execution itself.
    """
    page = reader.list(ListRequest(workflow_id))
    served_at = page.served_at if page.served_at is not None else clock.now()
    young = [row.id for row in page.executions if _is_young(row, served_at)]
    token = page.next_page_token
    while token and (not page.executions or _is_young(page.executions[-1], served_at)):
        page = reader.list(ListRequest(workflow_id, page_token=token))
        young += [row.id for row in page.executions if _is_young(row, served_at)]
        token = page.next_page_token
    return Watermark(served_at, tuple(found for found in young if found not in known))


def _is_young(row: Execution, served_at: float) -> bool:
    started = parse_moment(row.started_at)
    return started is None or started > served_at - MARGIN_SECONDS
