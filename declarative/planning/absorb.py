"""Takes what was observed into the prior: ends become outcomes. Pure; only apply writes the result down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from declarative.diagnostics import Diagnostic, Severity
from declarative.model.address import Address
from declarative.model.desired import InputPath, Instance, Policies, Run
from declarative.model.execution import Execution, Status
from declarative.model.json import Json, NotJson, digest, parse
from declarative.model.moment import parse_moment
from declarative.model.observed import Observed, Reading
from declarative.model.record import Bound, Outcome, Record
from declarative.planning.results import covers, parts

BACKOFF_FIRST = 10.0
BACKOFF_MAX = 300.0
LOST_AT_ONCE_MAX = 3
_NO_POLICIES = Policies()
_NOTHING: frozenset[InputPath] = frozenset()

Paths = Mapping[str, frozenset[InputPath]]


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
    result_paths: Paths,
    now: float,
) -> Absorbed:
    """`result_paths`: by entry, what other entries or outputs read of its result."""
    suspect = _suspects(records, observed)
    changed: dict[Address, Record] = {}
    ended: list[Address] = []
    for address, record in records.items():
        bound = record.current
        reading = observed.readings.get(bound.id) if bound else None
        if bound is None or reading is None or bound.id in suspect:
            continue
        instance = instances.get(address)
        policies = instance.policies if instance else _NO_POLICIES
        paths = _NOTHING if policies.sensitive else result_paths.get(address.name, _NOTHING)
        if bound.outcome is not None:
            after = _with_parts(record, bound, reading.execution, paths)
        else:
            after = _record_after(record, bound, reading, policies, paths, now)
        if after is record:
            continue
        changed[address] = after
        if bound.outcome is None and after.current is not None and after.current.outcome is not None:
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
    record: Record,
    bound: Bound,
    reading: Reading,
    policies: Policies,
    paths: frozenset[InputPath],
    now: float,
) -> Record:
    if reading.missing:
        outcome = Outcome.STOPPED_BY_US if bound.stopping else Outcome.LOST
        return replace(record, current=replace(bound, outcome=outcome, ended_at=now))
    execution = reading.execution
    if execution is None:
        return record
    if not execution.status.is_terminal:
        return _still_active(record, bound, execution)
    after = replace(record, current=_ended(bound, execution, paths, now))
    return _counted(after, policies)


def _with_parts(
    record: Record, bound: Bound, execution: Execution | None, paths: frozenset[InputPath]
) -> Record:
    """What somebody reads now and nobody read when it ended."""
    if execution is None or execution.status is not Status.FINISHED or covers(bound.results, paths):
        return record
    kept = parts(_result(execution), paths)
    return record if kept == bound.results else replace(record, current=replace(bound, results=kept))


def _still_active(record: Record, bound: Bound, execution: Execution) -> Record:
    runs = bound.was_running or execution.status is Status.RUNNING
    started_at = bound.started_at or execution.started_at
    if runs == bound.was_running and started_at == bound.started_at:
        return record
    return replace(record, current=replace(bound, was_running=runs, started_at=started_at))


def _ended(bound: Bound, execution: Execution, paths: frozenset[InputPath], now: float) -> Bound:
    result = _result(execution)
    error = execution.error
    return replace(
        bound,
        outcome=_outcome(bound, execution.status),
        error_code=error.code if error else None,
        error_message=error.message[:2000] if error else None,
        results=parts(result, paths) if paths and execution.status is Status.FINISHED else None,
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
