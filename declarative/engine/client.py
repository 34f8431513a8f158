"""The embedded engine as a program sees it: start, stop, look at executions. The runner carries them on."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from declarative.diagnostics import Diagnostic, Refused
from declarative.engine import launch, writes
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import EngineError, InvalidArgument, NotFound
from declarative.engine.journal import Entry
from declarative.engine.rows import NewExecution, WorkflowRow
from declarative.engine.settings import Settings
from declarative.engine.store import ExecutionPage, Store, WorkflowPage
from declarative.model.execution import Execution
from declarative.model.json import NotJson, parse

if TYPE_CHECKING:
    from declarative.engine.catalogue import Catalogue

INPUT_BYTES_MAX = 2 << 20
"""The service's limit on what goes into a step, and so into the first one."""

_log = logging.getLogger("declarative.engine")


@dataclass(frozen=True, slots=True)
class StartCall:
    """One start. `attempt`: a UUID; the same one is never started twice, and answers with the same id.
    With `exact`, another start under a known attempt is an error instead."""

    workflow_id: str
    input_json: str = "{}"
    attempt: str | None = None
    exact: bool = False


class Engine:
    """One engine. Usable from any thread; every method that says so raises EngineError.

    `directory` holds the engine's files, `root` is the folder that paths of workflows start from. With
    `looks_on`, the settings are not made the engine's own. Raises Refused when the database cannot be used,
    or the settings have errors.
    """

    def __init__(
        self,
        directory: str | Path,
        root: str | Path,
        settings: Settings = Settings(),  # noqa: B008
        looks_on: bool = False,
    ) -> None:
        self._directory = EngineDirectory.at(directory)
        self._root = Path(root).absolute()
        self._settings = replace(settings, root=str(self._root))
        self._settings_text = self._settings.text()
        self._store = Store(self._directory)
        if not looks_on and self._store.settings() != self._settings_text:
            self._store.write(partial(writes.set_settings, text=self._settings_text))

    @property
    def identity(self) -> str:
        """The database's UUID: another one is another engine."""
        return self._store.identity

    def close(self) -> None:
        self._store.close()

    def check_settings(self) -> None:
        """Raises Refused for settings with which nothing can be started, which a start would find too."""
        if self._wrong_settings:
            raise Refused(self._wrong_settings)

    # ── workflows ──────────────────────────────────────────────────────────────────────────────────────

    def register(self, path: str) -> str:
        """The id of the workflow in a file, which the engine knows from here on. Raises EngineError."""
        return self._catalogue.register(path).id

    def workflow(self, workflow_id: str) -> WorkflowRow:
        """A workflow as its file was when it was last read. Raises NotFound."""
        row = self._store.workflow(workflow_id)
        if row is None:
            raise NotFound(f"workflow {workflow_id} not found", "workflowId")
        return row

    def workflows(self, page_size: int = 0, page_token: str = "", filter: str = "") -> WorkflowPage:
        """Raises EngineError."""
        return self._store.workflows(page_size, page_token, filter)

    # ── executions ─────────────────────────────────────────────────────────────────────────────────────

    def start(self, call: StartCall) -> str:
        """The id of the execution, which is durable and will run. Raises EngineError."""
        return self.start_many([call])[0]

    def start_many(self, calls: Iterable[StartCall]) -> list[str]:
        """Starts all of them or, with EngineError, none, in one durable commit."""
        wanted = [self._new(call) for call in calls]
        found: list[str] = self._store.write(partial(writes.start_many, wanted=wanted))
        self._see_to_runner()
        return found

    def start_soon(self, call: StartCall) -> Future[str]:
        """As `start`, for callers that see to the runner themselves (`ensure_running`, when it is done)."""
        return self._store.submit(partial(writes.start, new=self._new(call)))

    def get(self, execution_id: str) -> Execution:
        """Raises NotFound."""
        return self._store.get(execution_id)

    def preview(self, execution_id: str) -> Execution:
        """As `get`, without input, result and error. Raises NotFound."""
        return self._store.preview(execution_id)

    def history(self, execution_id: str) -> tuple[Entry, ...]:
        """Raises NotFound."""
        return self._store.history(execution_id)

    def list(
        self, workflow_id: str, page_size: int = 0, page_token: str = "", filter: str = ""
    ) -> ExecutionPage:
        """Executions of one workflow, newest first. Raises EngineError."""
        if self._store.workflow(workflow_id) is None:
            raise NotFound(f"workflow {workflow_id} not found", "workflowId")
        return self._store.page(workflow_id, page_size, page_token, filter)

    def stop(self, execution_id: str) -> None:
        """Lets the active steps end and begins no further one. Raises EngineError."""
        self._ask(execution_id, "stop")

    def terminate(self, execution_id: str) -> None:
        """Interrupts the active steps. Raises EngineError."""
        self._ask(execution_id, "terminate")

    def ensure_running(self) -> None:
        """Sees to it that active executions are carried on, after a crash too. Raises Unavailable."""
        if self._store.has_active():
            launch.ensure_running(self._directory)

    @property
    def has_runner(self) -> bool:
        from declarative.engine import bell

        return bell.is_heard(self._directory.bell)

    # ── inside ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _catalogue(self) -> Catalogue:
        # Reading workflows takes imports that looking at executions does not need.
        from declarative.engine.catalogue import Catalogue

        return Catalogue(self._store, self._root, self._settings.aliases)

    @cached_property
    def _wrong_settings(self) -> tuple[Diagnostic, ...]:
        import os

        from declarative.engine import mocks, secrets

        _, problems = mocks.read(self._settings.mocks)
        _, more = secrets.read(self._settings.secrets, os.environ)
        return (*problems, *more)

    def _new(self, call: StartCall) -> NewExecution:
        from declarative.engine.catalogue import check_valid, new_execution_id

        _check_input(call.input_json)
        self.check_settings()
        row = self._catalogue.current(call.workflow_id)
        check_valid(row)
        return NewExecution(
            new_execution_id(row.id),
            row.id,
            row.text,
            self._settings_text,
            call.input_json,
            time.time_ns(),
            call.attempt,
            call.exact,
        )

    def _ask(self, execution_id: str, wish: str) -> None:
        self._store.write(partial(writes.ask, execution_id=execution_id, wish=wish, now=time.time_ns()))
        self._see_to_runner()

    def _see_to_runner(self) -> None:
        """What was asked for is durable and will be done by the next runner, so this is no error."""
        try:
            self.ensure_running()
        except EngineError as error:
            _log.warning("%s", error)


def _check_input(text: str) -> None:
    try:
        size = len(text.encode())
        parse(text)
    except (NotJson, UnicodeEncodeError) as error:
        raise InvalidArgument(f"the input is not JSON: {error}", "input") from error
    if size > INPUT_BYTES_MAX:
        raise InvalidArgument(f"the input is larger than {INPUT_BYTES_MAX} bytes", "input")
