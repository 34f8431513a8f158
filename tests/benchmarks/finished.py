"""A state in which everything that a configuration declares has finished, as apply would have left it."""

from __future__ import annotations

import uuid
from pathlib import Path

from declarative.app.opening import opened_store, read_configuration
from declarative.app.setting import Setting
from declarative.clock import SystemClock
from declarative.model.desired import Desired, Instance, Pending, Upstream
from declarative.model.digests import kept_input, sent_digests, spec_digest
from declarative.model.json import canonical
from declarative.model.record import Bound, Outcome, Record
from declarative.model.state import KnownProvider

_STARTED = "2026-01-01T00:00:00Z"
_EPOCH = 1767225600.0


def write_finished(folder: Path, identity: str, endpoint: str) -> None:
    """`identity`: of the provider at `endpoint` that all is said to have been started on."""
    setting = Setting(str(folder), SystemClock(), {})
    desired = read_configuration(setting).desired
    with opened_store(setting, desired) as store:
        store.lock("benchmark")
        state = store.new()
        records = {address: _record(instance, identity) for address, instance in desired.instances.items()}
        known = KnownProvider("yandex", "yandex", {"endpoint": endpoint, "folder_id": "b1g"})
        store.write(_with(state, records, {identity: known}, desired))
        store.unlock()


def _with(state: object, records: object, providers: object, desired: Desired) -> object:
    from dataclasses import replace

    from declarative.planning.acting import acting_digest

    return replace(state, records=records, providers=providers, acted=acting_digest(desired))


def _record(instance: Instance, identity: str) -> Record:
    value = instance.input.evaluate(_Nobody()).value
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


class _Nobody(Upstream):
    """The inputs that are measured read nothing of one another."""

    def result(self, address: object) -> object:
        raise Pending(address)
