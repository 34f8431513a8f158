"""The executions of the reference service: in memory, ended by a script or by the test that drives it.

Made from the service's documentation alone. Nothing of the tool is imported here, so that an assumption which
the tool makes everywhere is not made by its judge too.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ACTIVE = ("QUEUED", "RUNNING", "PAUSED")
_REAL = {6: "FINISHED", 5: "FAILED", 4: "STOPPED"}


class Refused(Exception):
    """A google.rpc.Status on its way out: the gRPC code and the message."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass
class Run:
    """One execution. `visible_at`: when lists begin to tell of it. `stop_at`: when a stop that was asked acts."""

    id: str
    workflow_id: str
    input_json: str
    started_at: float
    number: int
    status: str = "QUEUED"
    visible_at: float = 0.0
    ended_at: float | None = None
    stop_at: float | None = None
    ignores_stop: bool = False
    result_json: str = ""
    error: tuple[str, str] = ("", "")
    by_hand: bool = False

    @property
    def input(self) -> Any:
        return json.loads(self.input_json)

    @property
    def is_active(self) -> bool:
        return self.status not in _REAL.values()


@dataclass
class Book:
    """Every execution that was ever started. `starts`: per (workflow id, canonical input), those by hand apart.

    `life`: seconds after which a run ends FINISHED by itself; None: when the test says so.
    """

    workflows: dict[str, str]
    quota: int = 10**9
    lag: float = 0.0
    life: float | None = None
    stop_takes: float = 0.0
    runs: dict[str, Run] = field(default_factory=dict)
    purged: dict[str, Run] = field(default_factory=dict)
    starts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def start(self, workflow_id: str, input_json: str, by_hand: bool = False) -> Run:
        self.known(workflow_id)
        if sum(run.is_active for run in map(self._aged, self.runs.values())) >= self.quota:
            raise Refused(8, "Quota limit workflows.activeExecutions.count exceeded")
        now = time.time()
        number = len(self.runs) + len(self.purged)
        run = Run(f"{workflow_id}-{uuid.uuid4()}", workflow_id, input_json, now, number, by_hand=by_hand)
        run.visible_at = now + self.lag
        self.runs[run.id] = run
        if not by_hand:
            self.starts[workflow_id, _canonical(input_json)] += 1
        return run

    def known(self, workflow_id: str) -> None:
        if workflow_id not in self.workflows:
            raise Refused(5, f"Workflow {workflow_id} not found")

    def find(self, execution_id: str) -> Run:
        if execution_id not in self.runs:
            raise Refused(5, f"Execution {execution_id} not found")
        return self._aged(self.runs[execution_id])

    def of(self, workflow_id: str) -> list[Run]:
        """Newest first, without those that lists do not tell of yet."""
        self.known(workflow_id)
        now = time.time()
        seen = [r for r in self.runs.values() if r.workflow_id == workflow_id and r.visible_at <= now]
        return [self._aged(run) for run in sorted(seen, key=lambda run: -run.number)]

    def stop(self, execution_id: str) -> None:
        run = self._ending(execution_id)
        if not run.ignores_stop and run.status != "PAUSED" and run.stop_at is None:
            run.stop_at = time.time() + self.stop_takes

    def terminate(self, execution_id: str) -> None:
        self.end(self._ending(execution_id), "STOPPED")

    def end(self, run: Run, status: str, result: str = "null", error: tuple[str, str] = ("", "")) -> None:
        run.status, run.ended_at = status, time.time()
        run.result_json = result if status == "FINISHED" else ""
        run.error = error

    def purge(self, run: Run) -> None:
        self.purged[run.id] = self.runs.pop(run.id)

    def _ending(self, execution_id: str) -> Run:
        run = self.find(execution_id)
        if not run.is_active:
            raise Refused(9, f"Execution {execution_id} is already {run.status}")
        return run

    def _aged(self, run: Run) -> Run:
        """What time has made of it since it was last looked at."""
        now = time.time()
        if not run.is_active:
            return run
        if run.stop_at is not None and now >= run.stop_at and run.status != "PAUSED":
            self.end(run, "STOPPED")
        elif self.life is not None and now - run.started_at >= self.life and run.status != "PAUSED":
            self.end(run, "FINISHED", '{"ok":true}')
        elif run.status == "QUEUED":
            run.status = "RUNNING"
        return run


def _canonical(input_json: str) -> str:
    return json.dumps(json.loads(input_json), sort_keys=True)


def preview(run: Run) -> dict[str, Any]:
    """An ExecutionPreview: no input, no result, no error. A default is left out, as protobuf's printer does."""
    found: dict[str, Any] = {"id": run.id, "workflowId": run.workflow_id, "status": run.status}
    whole, nanoseconds = divmod(int(run.started_at * 1_000_000_000), 1_000_000_000)
    found["startedAt"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{nanoseconds:09d}Z"
    if run.ended_at is not None:
        found["duration"] = f"{run.ended_at - run.started_at:.9f}s"
    return found


def document(run: Run) -> dict[str, Any]:
    """An Execution."""
    found = {**preview(run), "input": {"inputJson": run.input_json}}
    if run.status == "FINISHED":
        found["result"] = {"resultJson": run.result_json}
    if run.status == "FAILED":
        found["error"] = {"errorCode": run.error[0], "message": run.error[1]}
    return found
