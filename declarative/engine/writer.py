"""One thread through which a process writes: what is asked for at the same time shares one durable commit.

A commit costs a flush of the disk whatever is in it. Hundreds of executions that each wait for their own
would wait in line; together they wait once.

Processes take turns by a lock of their own: to wait for another connection's transaction, SQLite sleeps and
tries again, for up to a tenth of a second at a time; the kernel wakes the next one at once.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

from declarative.engine.errors import Unavailable

BATCH_MAX = 1000

Result = TypeVar("Result")
Work: TypeAlias = Callable[[sqlite3.Connection], Result]


@dataclass(frozen=True, slots=True)
class _Item:
    work: Work[Any]
    future: Future[Any]


@dataclass(slots=True)
class _Answer:
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Carries out pieces of work in the order they came. Usable from any thread.

    A piece that raises is undone alone, and its error is its caller's. When the disk fails, everything in the
    same transaction is undone and answered with Unavailable.
    """

    def __init__(self, connection: sqlite3.Connection, turn: Path) -> None:
        self._connection = connection
        self._turn = os.open(turn, os.O_RDWR | os.O_CREAT, 0o600)
        self._waiting: SimpleQueue[_Item | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="declarative-writer", daemon=True)
        self._closing = threading.Lock()
        self._closed = False
        self._thread.start()

    def submit(self, work: Work[Result]) -> Future[Result]:
        """The future is done when the work is durable. Cancelling it in time means the work is not done."""
        future: Future[Result] = Future()
        with self._closing:
            if self._closed:
                raise Unavailable("the engine is closed")
            self._waiting.put(_Item(work, future))
        return future

    def close(self) -> None:
        """Writes what was asked for, then ends the thread."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self._connection.close()
        os.close(self._turn)

    def _write(self) -> None:
        while (batch := self._next_batch()) is not None:
            fcntl.flock(self._turn, fcntl.LOCK_EX)
            try:
                _commit(self._connection, batch)
            finally:
                fcntl.flock(self._turn, fcntl.LOCK_UN)

    def _next_batch(self) -> list[_Item] | None:
        """What waits by now; None when there is nothing left and nothing more will come."""
        first = self._waiting.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < BATCH_MAX:
            try:
                item = self._waiting.get_nowait()
            except Empty:
                break
            if item is None:
                # The end comes last, so what is in hand is the last batch: put it back for the next turn.
                self._waiting.put(None)
                break
            batch.append(item)
        return batch


def _commit(connection: sqlite3.Connection, batch: list[_Item]) -> None:
    items = [item for item in batch if item.future.set_running_or_notify_cancel()]
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers = [_carry_out(connection, item.work) for item in items]
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        answers = [_Answer(error=_unavailable(error)) for _ in items]
    for item, answer in zip(items, answers, strict=True):
        _tell(item.future, answer)


def _carry_out(connection: sqlite3.Connection, work: Work[Any]) -> _Answer:
    connection.execute("SAVEPOINT work")
    try:
        answer = _Answer(work(connection))
    except sqlite3.OperationalError:
        raise
    except Exception as error:
        connection.execute("ROLLBACK TO work")
        answer = _Answer(error=error)
    connection.execute("RELEASE work")
    return answer


def _tell(future: Future[Any], answer: _Answer) -> None:
    if answer.error is None:
        future.set_result(answer.value)
    else:
        future.set_exception(answer.error)


def _unavailable(error: sqlite3.Error) -> Unavailable:
    return Unavailable(f"the engine's database cannot be written: {error}")
