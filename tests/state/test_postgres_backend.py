"""State in a real PostgreSQL, over connections that break."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from faulty_proxy import FaultyProxy
from state_kit import ClosingConformance, failure, lock_request, state_of, words

from declarative.protocols import BackendError, LockLost, StateBackend, WriteRequest
from declarative.state.owner import Owner
from declarative.state.postgres import PostgresBackend, PostgresSettings
from declarative.state.store import Store
from declarative.testing.clock import StillClock

PASSWORD = "hunter2-planted-secret"


@pytest.fixture
def database(postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in postgres.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.fixture
def proxy(postgres: dict[str, str], database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    running = FaultyProxy(int(postgres["PGPORT"]))
    monkeypatch.setenv("PGPORT", str(running.port))
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("PGGSSENCMODE", "disable")
    yield running
    running.close()


@pytest.fixture
def backend(proxy: FaultyProxy) -> Iterator[PostgresBackend]:
    settings = PostgresSettings(f"orders/{uuid.uuid4()}")
    opened = PostgresBackend(settings, StillClock(), (PASSWORD,))
    yield opened
    opened.close()


class TestPostgres(ClosingConformance):
    @pytest.fixture(autouse=True)
    def _place(self, database: None) -> None:
        self.settings = PostgresSettings(f"orders/{uuid.uuid4()}")

    def make(self) -> StateBackend:
        return PostgresBackend(self.settings, StillClock())

    def pass_time(self, seconds: float) -> None:
        with psycopg.connect() as connection:
            connection.execute(
                "UPDATE declarative_states SET lock_expires_at = lock_expires_at - make_interval(secs => %s)"
                " WHERE name = %s",
                [seconds, self.settings.name],
            )


@pytest.fixture
def fresh_schema(database: None) -> Iterator[str]:
    name = f'Odd "{uuid.uuid4().hex[:8]}'
    yield name
    with psycopg.connect(autocommit=True) as connection:
        quoted = psycopg.sql.Identifier(name)
        connection.execute(psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(quoted))


def schemas() -> set[str]:
    with psycopg.connect() as connection:
        rows = connection.execute("SELECT convert_to(nspname, 'UTF8') FROM pg_namespace").fetchall()
    return {row[0].decode() for row in rows}


def test_reading_creates_nothing(fresh_schema: str) -> None:
    backend = PostgresBackend(PostgresSettings("orders", schema=fresh_schema), StillClock())
    assert backend.read() is None and backend.holder() is None
    assert fresh_schema not in schemas()
    backend.close()


def test_schema_and_table_are_made_on_demand(fresh_schema: str) -> None:
    backend = PostgresBackend(PostgresSettings("orders", schema=fresh_schema), StillClock())
    backend.lock(lock_request())
    assert fresh_schema in schemas()
    assert backend.read() is None, "a lock is no state"
    backend.close()


def test_two_first_runs_may_meet(fresh_schema: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    settings = [PostgresSettings(f"orders/{number}", schema=fresh_schema) for number in range(6)]
    backends = [PostgresBackend(each, StillClock()) for each in settings]
    with ThreadPoolExecutor(6) as threads:
        grants = list(threads.map(lambda backend: backend.lock(lock_request()), backends))
    assert len(grants) == 6
    for backend in backends:
        backend.close()


def test_states_do_not_meet_in_the_table(database: None) -> None:
    one, two = (PostgresBackend(PostgresSettings(f"x/{uuid.uuid4()}"), StillClock()) for _ in range(2))
    one.lock(lock_request())
    two.lock(lock_request())
    two.close()
    one.close()


def test_a_write_whose_answer_was_lost_is_an_unknown_outcome(
    backend: PostgresBackend, proxy: FaultyProxy
) -> None:
    first = backend.write(WriteRequest(b"1", None))
    proxy.drop_answer(b"SET data = ")
    error = failure(lambda: backend.write(WriteRequest(b"2", first)))
    assert error.outcome_unknown and error.transient and proxy.struck == 1
    found = backend.read()
    assert found is not None and found.data == b"2"


def test_half_a_write_is_none(backend: PostgresBackend, proxy: FaultyProxy) -> None:
    first = backend.write(WriteRequest(b"1", None))
    proxy.cut_request(b"SET data = ")
    assert failure(lambda: backend.write(WriteRequest(b"x" * 500_000, first))).outcome_unknown
    found = backend.read()
    assert found is not None and found.data == b"1" and proxy.struck == 1


def test_a_store_goes_on_through_lost_answers(backend: PostgresBackend, proxy: FaultyProxy) -> None:
    store = Store(backend, StillClock(), Owner(), environ={})
    proxy.drop_answer(b"FOR UPDATE")
    store.lock("apply")
    first = store.write(state_of("a"))
    proxy.drop_answer(b"SET data = ")
    second = store.write(first)
    proxy.cut_request(b"SET data = ")
    third = store.write(second)
    assert (third.serial, proxy.struck) == (3, 3)
    assert store.read() == third
    store.unlock()


def test_a_lock_whose_answer_was_lost_is_ours_on_the_next_try(
    backend: PostgresBackend, proxy: FaultyProxy
) -> None:
    request = lock_request()
    proxy.drop_answer(b"COMMIT")
    assert failure(lambda: backend.lock(request)).transient
    assert backend.lock(request).info.id == request.info.id


def test_a_broken_connection_is_replaced(backend: PostgresBackend, proxy: FaultyProxy) -> None:
    backend.write(WriteRequest(b"1", None))
    proxy.drop_answer(b"SELECT data")
    found = backend.read()
    assert found is not None and found.data == b"1" and proxy.struck == 1


def test_nobody_writes_beside_the_holder(backend: PostgresBackend) -> None:
    request = lock_request()
    backend.lock(request)
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"1", None))), LockLost)
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"1", None, "another"))), LockLost)
    first = backend.write(WriteRequest(b"1", None, request.info.id))
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"2", first, "another"))), LockLost)
    found = backend.read()
    assert found is not None and found.data == b"1"


def test_a_row_that_was_removed_is_a_lock_lost(backend: PostgresBackend) -> None:
    request = lock_request()
    backend.lock(request)
    with psycopg.connect() as connection:
        connection.execute("DELETE FROM declarative_states WHERE name = %s", [backend._settings.name])
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"1", None, request.info.id))), LockLost)
    assert isinstance(failure(lambda: backend.renew(request)), LockLost)


def test_a_server_that_is_not_there_has_written_nothing(backend: PostgresBackend, proxy: FaultyProxy) -> None:
    proxy.close()
    error = failure(lambda: backend.write(WriteRequest(b"1", None)))
    assert error.transient and not error.outcome_unknown


def test_a_refusal_of_the_server_is_no_open_outcome(database: None) -> None:
    backend = PostgresBackend(PostgresSettings("x", schema="pg_catalog"), StillClock())
    error = failure(lambda: backend.write(WriteRequest(b"1", None)))
    assert not error.outcome_unknown and not error.transient and "pg_catalog" in words(error)
    backend.close()


def test_no_error_holds_a_credential(
    database: None, monkeypatch: pytest.MonkeyPatch, backend: PostgresBackend, proxy: FaultyProxy
) -> None:
    errors: list[BackendError] = []
    echoing = PostgresBackend(PostgresSettings("x", conninfo=f"dbname={PASSWORD}"), StillClock(), (PASSWORD,))
    errors.append(failure(echoing.read))
    proxy.cut_request(b"INSERT INTO")
    errors.append(failure(lambda: backend.write(WriteRequest(b"1", None))))
    proxy.close()
    errors.append(failure(lambda: backend.write(WriteRequest(b"1", None))))
    for error in errors:
        assert PASSWORD not in str(error) + repr(error.problem)
