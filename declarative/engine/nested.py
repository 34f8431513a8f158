"""Runs that are started by a `workflow` step of another run."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from declarative.engine import writes
from declarative.engine.carrier import Carrier
from declarative.engine.catalogue import Catalogue, new_execution_id
from declarative.engine.journal import Ending, Outcome, StepError
from declarative.engine.rows import Job, NestedStart
from declarative.engine.store import Store
from declarative.model.execution import Execution


class NestedRuns:
    """The Children of one run."""

    def __init__(self, store: Store, carrier: Carrier, catalogue: Catalogue, parent: Job) -> None:
        self._store = store
        self._carrier = carrier
        self._catalogue = catalogue
        self._parent = parent

    async def run(self, workflow_id: str, input_json: str, parent_path: str) -> Outcome:
        workflow = self._catalogue.find(workflow_id)
        new = NestedStart(
            new_execution_id(workflow.id),
            workflow.id,
            workflow.text,
            input_json,
            time.time_ns(),
            self._parent.id,
            parent_path,
        )
        child = await self._store.written(partial(writes.start_nested, new=new))
        try:
            return _outcome(await self._carrier.finished(child.number))
        except asyncio.CancelledError:
            if not self._carrier.is_leaving:
                self._terminate(child.id)
            raise

    def _terminate(self, child: str) -> None:
        """Does not wait: whoever cancelled us wants an end now. A child that has ended meanwhile is fine."""
        self._store.submit(partial(writes.ask, execution_id=child, wish="terminate", now=time.time_ns()))
        self._carrier.look()


def _outcome(ended: Execution) -> Outcome:
    error = None if ended.error is None else StepError(ended.error.code, ended.error.message)
    return Outcome(Ending(ended.status.value), ended.result_json, error)
