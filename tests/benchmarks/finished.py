"""A state in which everything that a configuration declares has finished, as apply would have left it.

A program of its own: a process is charged with the memory of the one that starts it.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace

from declarative.app.opening import opened_store, read_configuration
from declarative.app.setting import Setting
from declarative.clock import SystemClock
from declarative.model.desired import Instance
from declarative.model.digests import kept_input, sent_digests, spec_digest
from declarative.model.json import canonical
from declarative.model.observed import Observed
from declarative.model.record import Bound, Outcome, Record
from declarative.model.state import KnownProvider
from declarative.planning.acting import acting_digest
from declarative.planning.upstream import PlannedUpstream

_STARTED = "2026-01-01T00:00:00Z"
_EPOCH = 1767225600.0


def write_finished(folder: str, endpoint: str) -> None:
    """`endpoint`: of the provider that all is said to have been started on."""
    setting = Setting(folder, SystemClock(), {})
    configuration = read_configuration(setting)
    desired = configuration.desired
    identity = f"yandex {endpoint} b1g"
    known = KnownProvider("yandex", "yandex", {"endpoint": endpoint, "folder_id": "b1g"})
    with opened_store(setting, configuration) as store:
        store.lock("benchmark")
        records = {address: _record(instance, identity) for address, instance in desired.instances.items()}
        acted = acting_digest(desired)
        store.write(replace(store.new(), records=records, providers={identity: known}, acted=acted))
        store.unlock()


def _record(instance: Instance, identity: str) -> Record:
    value = instance.input.evaluate(PlannedUpstream({}, Observed(), {})).value
    workflow = instance.workflow
    bound = Bound(
        id=str(uuid.uuid4()),
        spec=spec_digest(workflow.named, value, (), ()),
        generation=1,
        provider=identity,
        workflow=workflow.named,
        workflow_id=workflow.reference,
        revision=instance.revision,
        sent=sent_digests(workflow.reference, canonical(value))[0],
        outcome=Outcome.FINISHED,
        input_json=kept_input(value, frozenset(), False),
        result_digest="0" * 64,
        started_at=_STARTED,
        duration=1.0,
        bound_at=_EPOCH,
        ended_at=_EPOCH + 1,
        was_running=True,
    )
    return Record(current=bound, generation=1)


if __name__ == "__main__":
    write_finished(*sys.argv[1:])
