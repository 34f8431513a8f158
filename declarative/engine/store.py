"""Reads of the engine's database, and the way to its one writer.

Every read is one statement of its own, so it never waits for a writer and never holds one up.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from declarative.engine import paging, schema, writes
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import InvalidArgument, NotFound, Unavailable
from declarative.engine.journal import Entry, EntryStatus, StepError
from declarative.engine.paging import Condition
from declarative.engine.rows import Job, Note, Wish, WorkflowRow
from declarative.engine.timestamps import rfc3339
from declarative.engine.writer import Work, Writer
from declarative.model.execution import Execution, ExecutionError, Status

_PREVIEW = "number, id, workflow, status, started_at, ended_at, attempt"
_WORKFLOW = (
    "workflows.id, name, path, texts.text, created_at FROM workflows JOIN texts ON number = workflows.text"
)
_ENTRY = (
    "position, path, step, type, status, started_at, ended_at, title, description, attempts, error_code,"
    " error_message, last_error_code, last_error_message, memo, input, output"
)
_FIELDS = {
    "status": "status",
    "started_at": "started_at",
    "finished_at": "ended_at",
    "name": "name",
    "created_at": "created_at",
}


@dataclass(frozen=True, slots=True)
class ExecutionPage:
    """Newest first, without inputs, results and errors. An empty token: there is no further page."""

    executions: tuple[Execution, ...]
    next_page_token: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    workflows: tuple[WorkflowRow, ...]
    next_page_token: str = ""


class Store:
    """The engine's memory. Usable from any thread, beside any number of other processes."""

    def __init__(self, directory: EngineDirectory) -> None:
        self.identity = schema.prepare(directory)
        self._database = directory.database
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writer = Writer(schema.connect(directory.database), directory.turn)
        self.submit = self._writer.submit

    def write(self, work: Work[Any]) -> Any:
        """Carries out work and waits until it is durable."""
        return self.submit(work).result()

    def close(self) -> None:
        """Writes what is under way. No thread may read any more."""
        self._writer.close()
        while self._opened:
            self._opened.pop().close()

    # ── executions ─────────────────────────────────────────────────────────────────────────────────────

    def get(self, execution_id: str) -> Execution:
        columns = f"{_PREVIEW}, input, result, error_code, error_message"
        rows = self._rows(f"SELECT {columns} FROM executions WHERE id = ?", (execution_id,))
        if not rows:
            raise NotFound(f"execution {execution_id} not found", "executionId")
        return _whole(rows[0])

    def preview(self, execution_id: str) -> Execution:
        """Without input, result and error."""
        rows = self._rows(f"SELECT {_PREVIEW} FROM executions WHERE id = ?", (execution_id,))
        if not rows:
            raise NotFound(f"execution {execution_id} not found", "executionId")
        return _preview(rows[0])

    def page(self, workflow_id: str, page_size: int, page_token: str, filter_text: str) -> ExecutionPage:
        conditions = paging.execution_filter(filter_text)
        size = paging.page_size(page_size)
        after = paging.place(page_token, workflow_id, filter_text)
        rows = self._rows(*_list_query(workflow_id, conditions, after, size + 1))
        token = paging.token(rows[size - 1][0], workflow_id, filter_text) if len(rows) > size else ""
        return ExecutionPage(tuple(map(_preview, rows[:size])), token)

    def history(self, execution_id: str) -> tuple[Entry, ...]:
        """In the order in which the steps were begun."""
        rows = self._rows("SELECT number FROM executions WHERE id = ?", (execution_id,))
        if not rows:
            raise NotFound(f"execution {execution_id} not found", "executionId")
        return tuple(note.entry for note in self.notes(rows[0][0]))

    def notes(self, number: int) -> Sequence[Note]:
        query = f"SELECT {_ENTRY} FROM entries WHERE execution = ? ORDER BY position"
        return [_note(row) for row in self._rows(query, (number,))]

    def has_active(self) -> bool:
        return bool(self._rows("SELECT 1 FROM executions WHERE ended_at IS NULL LIMIT 1"))

    # ── workflows and texts ────────────────────────────────────────────────────────────────────────────

    def workflow(self, workflow_id: str) -> WorkflowRow | None:
        rows = self._rows(f"SELECT {_WORKFLOW} WHERE workflows.id = ?", (workflow_id,))
        return WorkflowRow(*rows[0]) if rows else None

    def workflows(self, page_size: int, page_token: str, filter_text: str) -> WorkflowPage:
        """Ordered by id."""
        conditions = paging.workflow_filter(filter_text)
        size = paging.page_size(page_size)
        after = paging.place(page_token, filter_text)
        where, values = _where(conditions)
        query = f"SELECT {_WORKFLOW} WHERE workflows.id > ?{where} ORDER BY workflows.id LIMIT ?"
        rows = self._rows(query, ("" if after is None else after, *values, size + 1))
        token = paging.token(rows[size - 1][0], filter_text) if len(rows) > size else ""
        return WorkflowPage(tuple(WorkflowRow(*row) for row in rows[:size]), token)

    def text(self, number: int) -> str:
        return str(self._rows("SELECT text FROM texts WHERE number = ?", (number,))[0][0])

    def settings(self) -> str | None:
        """The text of the engine's newest settings."""
        rows = self._rows("SELECT text FROM texts JOIN engine ON texts.number = engine.settings")
        return str(rows[0][0]) if rows else None

    # ── what a runner asks ─────────────────────────────────────────────────────────────────────────────

    def has_queued(self) -> bool:
        return bool(
            self._rows("SELECT 1 FROM executions WHERE status = 'QUEUED' AND ended_at IS NULL LIMIT 1")
        )

    def begun(self) -> Sequence[int]:
        """The numbers of the executions that a runner had begun, and that have not ended."""
        query = "SELECT number FROM executions WHERE ended_at IS NULL AND status IN ('RUNNING', 'PAUSED')"
        return [row[0] for row in self._rows(query)]

    def jobs(self, numbers: Sequence[int]) -> Sequence[Job]:
        places = ", ".join("?" * len(numbers))
        query = f"SELECT {writes.JOB_COLUMNS} FROM executions WHERE number IN ({places})"
        return [Job(*row) for row in self._rows(query, numbers)]

    def wishes(self) -> Sequence[Wish]:
        query = "SELECT number, asked FROM executions WHERE ended_at IS NULL AND asked IS NOT NULL"
        return [Wish(*row) for row in self._rows(query)]

    def outcome(self, number: int) -> Execution:
        columns = f"{_PREVIEW}, '', result, error_code, error_message"
        return _whole(self._rows(f"SELECT {columns} FROM executions WHERE number = ?", (number,))[0])

    async def written(self, work: Work[Any]) -> Any:
        """As `write`, for a task; when it is cancelled, work that has not begun is not done."""
        return await asyncio.wrap_future(self.submit(work))

    async def note(self, execution: int, note: Note) -> None:
        await self.written(
            partial(writes.write_entry, execution=execution, position=note.position, entry=note.entry)
        )

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._reader().execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise Unavailable(f"the engine's database cannot be read: {error}") from error
        except (OverflowError, UnicodeError) as error:
            raise InvalidArgument(f"a value is out of range: {error}") from error

    def _reader(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = schema.connect(self._database)
            connection.execute("PRAGMA query_only = ON")
            self._opened.append(connection)
        return connection


def _list_query(
    workflow_id: str, conditions: Sequence[Condition], after: paging.Value | None, count: int
) -> tuple[str, list[Any]]:
    where, values = _where(conditions)
    if any(c.field == "status" and not Status(str(c.value)).is_terminal for c in conditions):
        # The active ones have an index of their own; the unary plus keeps SQLite from walking all of the
        # workflow's executions instead.
        head = f"SELECT {_PREVIEW} FROM executions WHERE ended_at IS NULL AND +workflow = ?"
    else:
        head = f"SELECT {_PREVIEW} FROM executions WHERE workflow = ?"
    before = "" if after is None else " AND number < ?"
    place = [] if after is None else [after]
    return f"{head}{where}{before} ORDER BY number DESC LIMIT ?", [workflow_id, *values, *place, count]


def _where(conditions: Sequence[Condition]) -> tuple[str, list[paging.Value]]:
    text = "".join(f" AND {_FIELDS[c.field]} {c.operator} ?" for c in conditions)
    return text, [c.value for c in conditions]


def _preview(row: Sequence[Any]) -> Execution:
    _, execution_id, workflow, status, started_at, ended_at, attempt = row
    return Execution(
        execution_id,
        workflow,
        Status(status),
        started_at=rfc3339(started_at),
        duration=None if ended_at is None else max(ended_at - started_at, 0) / 1e9,
        raw_status=status,
        attempt=attempt,
    )


def _whole(row: Sequence[Any]) -> Execution:
    given, result, code, message = row[7:]
    error = None if code is None else ExecutionError(code, message)
    return replace(_preview(row[:7]), input_json=given, result_json=result, error=error)


def _note(row: Sequence[Any]) -> Note:
    position, path, step, kind, status, started_at, ended_at, title, description, attempts = row[:10]
    code, message, last_code, last_message, memo, given, output = row[10:]
    entry = Entry(
        path,
        step,
        kind,
        EntryStatus(status),
        started_at,
        ended_at,
        title,
        description,
        given,
        output,
        None if code is None else StepError(code, message),
        None if last_code is None else StepError(last_code, last_message),
        attempts,
        memo,
    )
    return Note(position, entry)
