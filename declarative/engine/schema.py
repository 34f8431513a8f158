"""The engine's database file: its tables, how it comes into being, and how it is opened.

Statuses move only as the service's do; the database itself refuses every other move, whoever asks.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from declarative.diagnostics import Diagnostic, Refused
from declarative.engine.directory import EngineDirectory

VERSION = 1

BUSY_SECONDS = 30
"""How long a connection waits for another one's transaction; all of ours are over in milliseconds."""

# Times of executions and workflows are nanoseconds since the epoch; one without `ended_at` is active.
_TABLES = """
CREATE TABLE engine (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  settings INTEGER REFERENCES texts (number)
);
CREATE TABLE texts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
);
CREATE TABLE workflows (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  text INTEGER NOT NULL REFERENCES texts (number),
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE executions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  workflow TEXT NOT NULL,
  text INTEGER NOT NULL REFERENCES texts (number),
  settings INTEGER REFERENCES texts (number),
  status TEXT NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'FINISHED')),
  asked TEXT CHECK (asked IN ('stop', 'terminate')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  parent TEXT,
  parent_path TEXT,
  depth INTEGER NOT NULL,
  attempt TEXT,
  error_code TEXT,
  error_message TEXT,
  input TEXT NOT NULL,
  result TEXT,
  CHECK ((ended_at IS NULL) = (status IN ('QUEUED', 'RUNNING', 'PAUSED'))),
  CHECK (result IS NULL OR status = 'FINISHED'),
  CHECK (error_code IS NULL OR status = 'FAILED')
);
CREATE UNIQUE INDEX executions_by_attempt ON executions (attempt) WHERE attempt IS NOT NULL;
CREATE UNIQUE INDEX executions_by_parent ON executions (parent, parent_path) WHERE parent IS NOT NULL;
CREATE INDEX executions_by_workflow ON executions (workflow, number);
CREATE INDEX executions_active ON executions (status, number) WHERE ended_at IS NULL;
CREATE INDEX executions_asked ON executions (number) WHERE ended_at IS NULL AND asked IS NOT NULL;
CREATE INDEX executions_ended ON executions (ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE entries (
  execution INTEGER NOT NULL,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  step TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at REAL NOT NULL,
  ended_at REAL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  last_error_code TEXT,
  last_error_message TEXT,
  memo TEXT,
  input TEXT,
  output TEXT,
  PRIMARY KEY (execution, position)
) WITHOUT ROWID;
CREATE TRIGGER execution_begins_queued BEFORE INSERT ON executions WHEN NEW.status <> 'QUEUED'
BEGIN SELECT RAISE(ABORT, 'an execution begins as QUEUED'); END;
CREATE TRIGGER execution_moves BEFORE UPDATE OF status ON executions WHEN NOT (
  OLD.status = 'QUEUED' AND NEW.status IN ('RUNNING', 'STOPPED')
  OR OLD.status = 'RUNNING' AND NEW.status IN ('PAUSED', 'FINISHED', 'FAILED', 'STOPPED')
  OR OLD.status = 'PAUSED' AND NEW.status = 'RUNNING'
)
BEGIN SELECT RAISE(ABORT, 'no such move of status'); END;
CREATE TRIGGER execution_ended BEFORE UPDATE ON executions WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended execution never changes'); END;
"""


def prepare(directory: EngineDirectory) -> str:
    """Makes the engine's directory and database where they are missing. The UUID of the database.

    Raises Refused for a database of a later version of this tool, and for a file that is none.
    """
    try:
        directory.create()
        with _alone(directory.path):
            return _prepare(directory.database)
    except (OSError, sqlite3.Error) as error:
        summary = f"the embedded engine's database cannot be opened: {error}"
        raise Refused([Diagnostic("engine_unreadable", summary, detail=str(directory.database))]) from error


def connect(database: Path) -> sqlite3.Connection:
    """A connection that may be handed from thread to thread. Never makes the file: one that was deleted under
    a running engine must stay gone."""
    place = f"file:{quote(str(database))}?mode=rw"
    connection = sqlite3.connect(
        place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")
    return connection


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two processes that come first at the same time must not both make the tables."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _prepare(database: Path) -> str:
    # SQLite gives its side files the rights of the database file, so the mode is set before it opens it. A
    # file that is there must be opened by SQLite alone: closing it would drop the locks this process holds.
    with suppress(FileExistsError):
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = connect(database)
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise Refused([_newer(database, found)])
        if found == 0:
            _make(connection)
        return str(connection.execute("SELECT uuid FROM engine").fetchone()[0])
    finally:
        connection.close()


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _statements():
        connection.execute(statement)
    identity = (str(uuid.uuid4()), time.time_ns())
    connection.execute("INSERT INTO engine (one, uuid, created_at) VALUES (1, ?, ?)", identity)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _statements() -> Iterator[str]:
    """One statement at a time: sqlite3's executescript would commit the transaction they must share."""
    statement = ""
    for line in _TABLES.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _newer(database: Path, found: int) -> Diagnostic:
    return Diagnostic(
        "engine_newer",
        "the embedded engine's database was made by a later version of declarative",
        detail=f"{database} has version {found}, this version of declarative reads {VERSION}.",
        hint="Use the later version, or move the directory away to begin anew.",
    )
