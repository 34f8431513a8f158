"""State in a PostgreSQL table: one row a state, its lock a lease in the database's own time.

Every call is one statement or one short transaction, so that a pooler in between does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declarative.protocols import (
    BackendAbilities,
    BackendError,
    Clock,
    LockGrant,
    LockInfo,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.state.lock import LEASE, leased, lock_json, printable, read_lock
from declarative.state.postgres_sql import Statements
from declarative.state.problems import changed, failed, locked, lost
from declarative.state.retry import patiently

if TYPE_CHECKING:
    import psycopg

_KEEPALIVE: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """`conninfo` holds no password: libpq takes that from PGPASSWORD, PGPASSFILE or ~/.pgpass."""

    name: str
    conninfo: str = ""
    schema: str = "public"


class PostgresBackend:
    """`lease`: seconds. `secrets`: texts that must not appear in any message."""

    abilities = BackendAbilities(cas=True, lease=True)

    def __init__(
        self, settings: PostgresSettings, clock: Clock, secrets: tuple[str, ...] = (), lease: float = LEASE
    ) -> None:
        import psycopg

        self._psycopg = psycopg
        self.place = f"the table {settings.schema}.declarative_states, row {settings.name}"
        self._settings = settings
        self._sql = Statements(settings.schema)
        self._clock = clock
        self._secrets = secrets
        self._lease = lease
        self._mutex = threading.Lock()
        self._open: psycopg.Connection[Any] | None = None

    def read(self) -> StateDocument | None:
        row = self._look("read the state")
        return None if row is None or row[0] is None else StateDocument(bytes(row[0]), str(row[1]))

    def write(self, request: WriteRequest) -> str:
        with self._mutex, self._saying("write the state", writing=True) as connection:
            statement = self._sql.create if request.expected is None else self._sql.replace
            row = self._with_table(connection, statement, self._values(request))
            if row is None:
                raise self._why_not_written(connection, request.lock_id)
            return str(row[0])

    def lock(self, request: LockRequest) -> LockGrant:
        with self._mutex, self._saying("lock the state") as connection:
            self._with_table(connection, self._sql.ensure, {"name": self._settings.name})
            with connection.transaction():
                before = self._holder_in(connection, self._sql.lock_for_update)
                if before is not None and before.left > 0 and before.info.id != request.info.id:
                    raise locked(self.place, before.info, before.left)
                connection.execute(self._sql.take, self._lock_values(request.info))
        return LockGrant(request.info, taken_from=before.info if before else None)

    def renew(self, request: LockRequest) -> None:
        with self._mutex, self._saying("keep the lock") as connection:
            renewed = connection.execute(self._sql.renew, self._lock_values(request.info))
            if renewed.rowcount != 1:
                before = self._holder_in(connection, self._sql.holder)
                raise lost(self.place, before.info if before else None)

    def unlock(self, request: LockRequest) -> None:
        self._free(request.info.id)

    def holder(self) -> LockInfo | None:
        """None also when the lease has run out."""
        held = self._held()
        return held.info if held and held.left > 0 else None

    def force_unlock(self, lock_id: str) -> None:
        if not self._free(lock_id):
            held = self._held()
            if held is not None:
                raise locked(self.place, held.info, held.left)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def _free(self, lock_id: str) -> bool:
        with self._mutex, self._saying("unlock the state") as connection:
            values = {"name": self._settings.name, "lock": lock_id}
            return connection.execute(self._sql.free, values).rowcount == 1

    def _look(self, doing: str) -> tuple[Any, ...] | None:
        def once() -> tuple[Any, ...] | None:
            with self._mutex, self._saying(doing) as connection:
                row: tuple[Any, ...] | None = self._row(
                    connection, self._sql.read, {"name": self._settings.name}
                )
                return row

        return patiently(once, self._clock)

    def _held(self) -> _Held | None:
        def once() -> _Held | None:
            with self._mutex, self._saying("read the lock") as connection:
                return self._holder_in(connection, self._sql.holder)

        return patiently(once, self._clock)

    def _holder_in(self, connection: psycopg.Connection[Any], statement: Any) -> _Held | None:
        row = self._row(connection, statement, {"name": self._settings.name})
        holder = read_lock(bytes(row[0])) if row and row[0] is not None else None
        return _Held(holder, float(row[1])) if row and holder else None

    def _row(self, connection: psycopg.Connection[Any], statement: Any, values: Mapping[str, Any]) -> Any:
        """None also while there is no table: reading creates nothing."""
        try:
            return connection.execute(statement, values, binary=True).fetchone()
        except (self._psycopg.errors.UndefinedTable, self._psycopg.errors.InvalidSchemaName):
            return None

    def _with_table(
        self, connection: psycopg.Connection[Any], statement: Any, values: Mapping[str, Any]
    ) -> Any:
        try:
            done = connection.execute(statement, values, binary=True)
        except (self._psycopg.errors.UndefinedTable, self._psycopg.errors.InvalidSchemaName):
            self._create_table(connection)
            done = connection.execute(statement, values, binary=True)
        return done.fetchone() if done.description else None

    def _create_table(self, connection: psycopg.Connection[Any]) -> None:
        """Two first runs may meet: one waits for the other, then finds all there is to make."""
        with connection.transaction():
            connection.execute(self._sql.creating)
            if connection.execute(self._sql.schema_exists, {"schema": self._settings.schema}).rowcount == 0:
                # Not CREATE IF NOT EXISTS: that asks for the right to create even where there is no need.
                connection.execute(self._sql.create_schema)
            connection.execute(self._sql.create_table)

    def _why_not_written(self, connection: psycopg.Connection[Any], lock_id: str) -> BackendError:
        held = self._holder_in(connection, self._sql.holder)
        if (held.info.id if held else "") != lock_id:
            return lost(self.place, held.info if held else None)
        return changed(self.place)

    def _values(self, request: WriteRequest) -> Mapping[str, Any]:
        return {
            "name": self._settings.name,
            "data": request.data,
            "serial": request.serial,
            "expected": None if request.expected is None else int(request.expected),
            "lock": request.lock_id,
        }

    def _lock_values(self, info: LockInfo) -> Mapping[str, Any]:
        return {
            "name": self._settings.name,
            "lock": info.id,
            "info": lock_json(leased(info, self._clock.now() + self._lease)),
            "lease": self._lease,
        }

    @contextmanager
    def _saying(self, doing: str, writing: bool = False) -> Iterator[psycopg.Connection[Any]]:
        """A connection; what happens on it as a BackendError. A broken one is replaced by the next call."""
        psycopg = self._psycopg
        try:
            connection = self._connection()
        except psycopg.Error as error:
            raise self._failed(doing, error, transient=isinstance(error, psycopg.OperationalError)) from error
        try:
            yield connection
        except psycopg.Error as error:
            cut = connection.closed or connection.broken
            raise self._failed(doing, error, outcome_unknown=writing and cut, transient=cut) from error

    def _connection(self) -> psycopg.Connection[Any]:
        if self._open is None or self._open.closed:
            self._open = self._psycopg.connect(
                self._settings.conninfo,
                autocommit=True,
                prepare_threshold=None,
                application_name="declarative",
                **_KEEPALIVE,
            )
        return self._open

    def _failed(
        self, doing: str, error: Exception, outcome_unknown: bool = False, transient: bool = False
    ) -> BackendError:
        said = printable(str(error))
        for secret in self._secrets:
            said = said.replace(secret, "(hidden)")
        return failed(doing, self.place, said, outcome_unknown=outcome_unknown, transient=transient)


@dataclass(frozen=True, slots=True)
class _Held:
    """`left`: seconds of the lease, by the database's clock."""

    info: LockInfo
    left: float
