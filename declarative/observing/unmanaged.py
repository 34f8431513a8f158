"""Active executions that no record knows: what would make a start a duplicate, or fill the quota."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from declarative.diagnostics import Diagnostic
from declarative.model.execution import Execution
from declarative.model.observed import WorkflowKey
from declarative.observing.calls import CountedReader, in_parallel, problem_of
from declarative.observing.observe import PAGE_SIZE, PARALLELISM
from declarative.protocols import ListRequest, ProviderError, Reader


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """`found`: per workflow, with inputs; None where one could not be read. `failed`: workflows that could
    not be."""

    found: Mapping[WorkflowKey, tuple[Execution, ...]]
    failed: Mapping[WorkflowKey, Diagnostic]
    calls: int


def unmanaged(
    keys: Collection[WorkflowKey],
    readers: Mapping[str, Reader],
    known: Collection[str],
    parallelism: int = PARALLELISM,
) -> Unmanaged:
    """`readers`: by identity. `known`: ids that are bound to an address."""
    found: dict[WorkflowKey, tuple[Execution, ...]] = {}
    failed: dict[WorkflowKey, Diagnostic] = {}
    counted = {identity: CountedReader(readers[identity]) for identity in {key[0] for key in keys}}
    for key in sorted(keys):
        reader = counted[key[0]]
        try:
            rows = [row for row in _active(reader, key[1]) if row.id not in known]
            found[key] = tuple(in_parallel(partial(_with_input, reader), rows, parallelism))
        except ProviderError as error:
            failed[key] = problem_of(error, "unlisted")
    return Unmanaged(found, failed, sum(reader.calls for reader in counted.values()))


def _active(reader: CountedReader, workflow_id: str) -> list[Execution]:
    """Each once: where lists are narrowed, one that moves on meanwhile is told twice."""
    rows: dict[str, Execution] = {}
    token = ""
    while True:
        request = ListRequest(workflow_id, page_token=token, page_size=PAGE_SIZE, active_only=True)
        page = reader.list(request)
        rows |= {row.id: row for row in page.executions if row.is_active}
        token = page.next_page_token
        if not token:
            return list(rows.values())


def _with_input(reader: CountedReader, row: Execution) -> Execution:
    """As the list has it where it could not be read; one that was read and tells no input has none."""
    if row.input_json is not None:
        return row
    try:
        found = reader.get(row.id)
    except ProviderError:
        return row
    return row if found is None else replace(found, input_json=found.input_json or "{}")
