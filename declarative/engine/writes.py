"""Every change the engine makes to its database, each one piece of work for the writer."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

from declarative.engine.errors import AlreadyExists, FailedPrecondition, NotFound
from declarative.engine.journal import Entry, Outcome
from declarative.engine.rows import Job, Nested, NestedStart, NewExecution, WorkflowRow

Database = sqlite3.Connection

JOB_COLUMNS = "number, id, workflow, text, settings, input, depth, asked"


def start(database: Database, new: NewExecution) -> str:
    """The execution's id: the one it was given, or that of the same attempt's earlier start."""
    if new.attempt is not None and (known := _same_attempt(database, new)) is not None:
        return known
    settings = None if new.settings is None else _text(database, new.settings)
    database.execute(
        "INSERT INTO executions (id, workflow, text, settings, status, started_at, depth, attempt, input)"
        " VALUES (?, ?, ?, ?, 'QUEUED', ?, 0, ?, ?)",
        (
            new.id,
            new.workflow_id,
            _text(database, new.text),
            settings,
            new.started_at,
            new.attempt,
            new.input_json,
        ),
    )
    return new.id


def start_many(database: Database, wanted: Sequence[NewExecution]) -> list[str]:
    """All of them or none."""
    return [start(database, new) for new in wanted]


def start_nested(database: Database, new: NestedStart) -> Nested:
    """Starts a nested run unless its step has one already."""
    database.execute(
        "INSERT OR IGNORE INTO executions"
        " (id, workflow, text, settings, status, asked, started_at, parent, parent_path, depth, input)"
        " SELECT ?, ?, ?, settings, 'QUEUED', asked, ?, id, ?, depth + 1, ? FROM executions WHERE id = ?",
        (
            new.id,
            new.workflow_id,
            _text(database, new.text),
            new.started_at,
            new.parent_path,
            new.input_json,
            new.parent,
        ),
    )
    row = database.execute(
        "SELECT number, id FROM executions WHERE parent = ? AND parent_path = ?",
        (new.parent, new.parent_path),
    ).fetchone()
    return Nested(*row)


def claim(database: Database, count: int) -> list[Job]:
    """Takes up to `count` queued executions, oldest first, and makes them RUNNING."""
    rows = database.execute(
        f"SELECT {JOB_COLUMNS} FROM executions WHERE status = 'QUEUED' AND ended_at IS NULL"
        " ORDER BY number LIMIT ?",
        (count,),
    ).fetchall()
    database.executemany(
        "UPDATE executions SET status = 'RUNNING' WHERE number = ?", [row[:1] for row in rows]
    )
    return [Job(*row) for row in rows]


def ask(database: Database, execution_id: str, wish: str, now: int) -> None:
    """Notes a stop or terminate. One that nobody carries on yet is STOPPED at once."""
    row = database.execute(
        "SELECT number, status, ended_at FROM executions WHERE id = ?", (execution_id,)
    ).fetchone()
    if row is None:
        raise NotFound(f"execution {execution_id} not found", "executionId")
    number, status, ended_at = row
    if ended_at is not None:
        raise FailedPrecondition(f"execution {execution_id} has ended already: it is {status}", "executionId")
    _ask(database, number, status, wish, now)


def ask_children(database: Database, number: int, wish: str, now: int) -> None:
    """Passes what was asked of an execution on to its nested runs; theirs follow when they are told."""
    rows = database.execute(
        "SELECT child.number, child.status FROM executions AS child"
        " JOIN executions ON child.parent = executions.id"
        " WHERE executions.number = ? AND child.ended_at IS NULL",
        (number,),
    ).fetchall()
    for child, status in rows:
        _ask(database, child, status, wish, now)


def end(database: Database, number: int, outcome: Outcome, now: int) -> None:
    """Writes how an execution ended. Steps still open are cancelled, nested runs are terminated."""
    error = outcome.error
    database.execute(
        "UPDATE entries SET status = 'CANCELLED', ended_at = ? / 1e9"
        " WHERE execution = ? AND ended_at IS NULL",
        (now, number),
    )
    database.execute(
        "UPDATE executions SET status = ?, ended_at = ?, result = ?, error_code = ?, error_message = ?"
        " WHERE number = ?",
        (outcome.ending, now, outcome.result_json, error and error.code, error and error.message, number),
    )
    ask_children(database, number, "terminate", now)


def write_entry(database: Database, execution: int, position: int, entry: Entry) -> None:
    """Writes a step's entry over the one it had."""
    error, last = entry.error, entry.last_error
    database.execute(
        "INSERT OR REPLACE INTO entries (execution, position, path, step, type, status, started_at, ended_at,"
        " title, description, attempts, error_code, error_message, last_error_code, last_error_message, memo,"
        " input, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            execution,
            position,
            entry.path,
            entry.step,
            entry.type,
            entry.status,
            entry.started_at,
            entry.ended_at,
            entry.title,
            entry.description,
            entry.attempts,
            error and error.code,
            error and error.message,
            last and last.code,
            last and last.message,
            entry.memo,
            entry.input_json,
            entry.output_json,
        ),
    )


def know(database: Database, workflow: WorkflowRow) -> None:
    """Remembers a workflow, or that its file has changed."""
    database.execute(
        "INSERT INTO workflows (id, name, path, text, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text",
        (workflow.id, workflow.name, workflow.path, _text(database, workflow.text), workflow.created_at),
    )


def set_settings(database: Database, text: str) -> None:
    """Makes these the engine's settings."""
    database.execute("UPDATE engine SET settings = ? WHERE one = 1", (_text(database, text),))


def purge(database: Database, ended_before: int, count: int) -> int:
    """Forgets up to `count` executions that ended before then. How many it were.

    A nested run stays for as long as its parent is active: asked again, the parent's step must find it.
    """
    numbers = database.execute(
        "SELECT number FROM executions WHERE ended_at < ? AND NOT EXISTS ("
        "SELECT 1 FROM executions AS above WHERE above.id = executions.parent AND above.ended_at IS NULL)"
        " ORDER BY ended_at LIMIT ?",
        (ended_before, count),
    ).fetchall()
    database.executemany("DELETE FROM entries WHERE execution = ?", numbers)
    database.executemany("DELETE FROM executions WHERE number = ?", numbers)
    return len(numbers)


def sweep(database: Database) -> None:
    """Forgets workflow texts and settings that nothing refers to any more."""
    database.execute(
        "DELETE FROM texts WHERE number NOT IN (SELECT text FROM executions UNION SELECT text FROM workflows"
        " UNION SELECT settings FROM executions WHERE settings IS NOT NULL"
        " UNION SELECT settings FROM engine WHERE settings IS NOT NULL)"
    )


def _ask(database: Database, number: int, status: str, wish: str, now: int) -> None:
    if status == "QUEUED":
        database.execute(
            "UPDATE executions SET status = 'STOPPED', ended_at = ? WHERE number = ?", (now, number)
        )
    else:
        # A terminate is never taken back by a later stop.
        database.execute(
            "UPDATE executions SET asked = ? WHERE number = ? AND asked IS NOT 'terminate'", (wish, number)
        )


def _same_attempt(database: Database, new: NewExecution) -> str | None:
    row = database.execute(
        "SELECT id, workflow, input FROM executions WHERE attempt = ?", (new.attempt,)
    ).fetchone()
    if row is None:
        return None
    if new.exact and (row[1], row[2]) != (new.workflow_id, new.input_json):
        raise AlreadyExists("the same idempotency key was used for another start")
    return str(row[0])


def _text(database: Database, text: str) -> int:
    """The number of a text, kept once however often it is needed."""
    digest = hashlib.sha256(text.encode()).digest()
    row = database.execute("SELECT number FROM texts WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        made = database.execute("INSERT INTO texts (digest, text) VALUES (?, ?)", (digest, text))
        return int(made.lastrowid or 0)
    return int(row[0])
