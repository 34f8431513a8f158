"""Takes what was observed into the prior: ends become outcomes. Pure; only apply writes the result down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from declarative.diagnostics import Diagnostic, Severity
from declarative.model.address import Address
from declarative.model.desired import Instance, Policies, Run
from declarative.model.digests import KEPT_RESULT_MAX_BYTES
from declarative.model.execution import Execution, Status
from declarative.model.json import Json, NotJson, digest, parse
from declarative.model.moment import parse_moment
from declarative.model.observed import Observed, Reading
from declarative.model.record import Bound, Outcome, Record

BACKOFF_FIRST = 10.0
BACKOFF_MAX = 300.0
LOST_AT_ONCE_MAX = 3
_NO_POLICIES = Policies()


@dataclass(frozen=True, slots=True)
class Absorbed:
    """`records`: only those that changed. `ended`: addresses whose end is news. `suspect`: ids whose absence
    is not believed, because too many of one workflow vanished at once."""

    records: Mapping[Address, Record]
    ended: tuple[Address, ...]
    suspect: frozenset[str]
    warnings: tuple[Diagnostic, ...]


def absorb(
    records: Mapping[Address, Record],
    observed: Observed,
    instances: Mapping[Address, Instance],
    read_by_others: Collection[str],
    now: float,
) -> Absorbed:
    """`read_by_others`: entries whose results other entries or outputs refer to."""
    suspect = _suspects(records, observed)
    changed: dict[Address, Record] = {}
    ended: list[Address] = []
    for address, record in records.items():
        reading = _news(record, observed)
        if reading is None or record.current is None or record.current.id in suspect:
            continue
        instance = instances.get(address)
        policies = instance.policies if instance else _NO_POLICIES
        after = _record_after(record, record.current, reading, policies, address.name in read_by_others, now)
        if after is not record:
            changed[address] = after
            if after.current is not None and after.current.outcome is not None:
                ended.append(address)
    return Absorbed(changed, tuple(ended), suspect, _warnings(suspect))


def _news(record: Record, observed: Observed) -> Reading | None:
    if record.current is None or record.current.outcome is not None:
        return None
    return observed.readings.get(record.current.id)


def _suspects(records: Mapping[Address, Record], observed: Observed) -> frozenset[str]:
    """More than three lost at once, all of one workflow: the provider is wrong sooner than all of them."""
    if not any(reading.missing for reading in observed.readings.values()):
        return frozenset()
    lost = [
        record.current
        for record in records.values()
        if record.current and (reading := _news(record, observed)) is not None and reading.missing
    ]
    per_workflow = Counter((bound.provider, bound.workflow_id) for bound in lost)
    return frozenset(
        bound.id for bound in lost if per_workflow[bound.provider, bound.workflow_id] > LOST_AT_ONCE_MAX
    )


def _warnings(suspect: frozenset[str]) -> tuple[Diagnostic, ...]:
    if not suspect:
        return ()
    summary = f"{len(suspect)} executions of one workflow are gone at once"
    detail = "A wrong endpoint, folder or account is likelier than that; nothing follows from it."
    return (Diagnostic("provider_suspect", summary, detail, severity=Severity.WARNING),)


def _record_after(
    record: Record, bound: Bound, reading: Reading, policies: Policies, keep_result: bool, now: float
) -> Record:
    if reading.missing:
        outcome = Outcome.STOPPED_BY_US if bound.stopping else Outcome.LOST
        return replace(record, current=replace(bound, outcome=outcome, ended_at=now))
    execution = reading.execution
    if execution is None:
        return record
    if not execution.status.is_terminal:
        return _still_active(record, bound, execution)
    after = replace(record, current=_ended(bound, execution, keep_result and not policies.sensitive, now))
    return _counted(after, policies)


def _still_active(record: Record, bound: Bound, execution: Execution) -> Record:
    runs = bound.was_running or execution.status is Status.RUNNING
    started_at = bound.started_at or execution.started_at
    if runs == bound.was_running and started_at == bound.started_at:
        return record
    return replace(record, current=replace(bound, was_running=runs, started_at=started_at))


def _ended(bound: Bound, execution: Execution, keep_result: bool, now: float) -> Bound:
    result = _result(execution)
    error = execution.error
    return replace(
        bound,
        outcome=_outcome(bound, execution.status),
        error_code=error.code if error else None,
        error_message=error.message[:2000] if error else None,
        results={"": result} if keep_result and _fits(execution) else None,
        result_digest=digest(result) if execution.result_json is not None else None,
        started_at=execution.started_at or bound.started_at,
        duration=execution.duration,
        ended_at=_end_time(execution, now),
    )


def _outcome(bound: Bound, status: Status) -> Outcome:
    if status is Status.FINISHED:
        return Outcome.FINISHED
    if status is Status.FAILED:
        return Outcome.FAILED
    return Outcome.STOPPED_BY_US if bound.stopping else Outcome.STOPPED_OUTSIDE


def _result(execution: Execution) -> Json:
    try:
        return parse(execution.result_json) if execution.result_json else None
    except NotJson:
        return execution.result_json


def _fits(execution: Execution) -> bool:
    return execution.status is Status.FINISHED and len(execution.result_json or "") <= KEPT_RESULT_MAX_BYTES


def _end_time(execution: Execution, now: float) -> float:
    started = parse_moment(execution.started_at)
    if started is None or execution.duration is None:
        return now
    return min(now, started + execution.duration)


def _counted(record: Record, policies: Policies) -> Record:
    """Counts ends that ask for a restart, and how long the next one has to wait."""
    bound = record.current
    assert bound is not None
    failures = _failures(record, bound, policies)
    wait = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** max(0, failures - 1))
    ended_well = bound.outcome is Outcome.FINISHED and policies.run is not Run.ALWAYS
    not_before = None if ended_well or bound.ended_at is None else bound.ended_at + wait
    return replace(record, failures=failures, not_before=not_before)


def _failures(record: Record, bound: Bound, policies: Policies) -> int:
    lived = bound.duration or 0.0
    if policies.run is Run.ALWAYS and lived >= policies.healthy_after:
        return 0
    if bound.outcome is Outcome.FAILED:
        return record.failures + 1
    if bound.outcome is Outcome.FINISHED:
        return record.failures + 1 if policies.run is Run.ALWAYS else 0
    return record.failures
