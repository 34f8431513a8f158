"""The statements of the PostgreSQL backend, for one schema."""

from __future__ import annotations

_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
    name text PRIMARY KEY,
    data bytea,
    version bigint NOT NULL DEFAULT 0,
    serial bigint NOT NULL DEFAULT 0,
    written_at timestamptz,
    lock_id text NOT NULL DEFAULT '',
    lock_info bytea,
    lock_expires_at timestamptz
)
"""

_CREATING = 7_305_241_918_360_447_733
"""Any number that no other program uses for its advisory locks."""

_LEFT = "coalesce(extract(epoch FROM lock_expires_at - clock_timestamp()), 0)::float8"
_UNTIL = "clock_timestamp() + make_interval(secs => %(lease)s)"


class Statements:
    """Writes succeed only under the lock that the request names ('' for none) and on the expected version."""

    def __init__(self, schema: str) -> None:
        from psycopg import sql

        table = sql.Identifier(schema, "declarative_states")

        def statement(text: str) -> sql.Composed:
            return sql.SQL(text).format(table=table)

        self.creating = sql.SQL("SELECT pg_advisory_xact_lock({})").format(_CREATING)
        self.schema_exists = sql.SQL("SELECT FROM pg_namespace WHERE nspname = %(schema)s")
        self.create_schema = sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema))
        self.create_table = statement(_TABLE)
        self.read = statement("SELECT data, version FROM {table} WHERE name = %(name)s")
        self.create = statement(
            "INSERT INTO {table} AS old (name, data, version, serial, written_at)"
            " SELECT %(name)s, %(data)s, 1, %(serial)s, clock_timestamp() WHERE %(lock)s = ''"
            " OR EXISTS (SELECT FROM {table} WHERE name = %(name)s)"
            " ON CONFLICT (name) DO UPDATE SET data = excluded.data, version = old.version + 1,"
            " serial = excluded.serial, written_at = excluded.written_at"
            " WHERE old.data IS NULL AND old.lock_id = %(lock)s RETURNING version"
        )
        self.replace = statement(
            "UPDATE {table} SET data = %(data)s, version = version + 1, serial = %(serial)s,"
            " written_at = clock_timestamp() WHERE name = %(name)s AND version = %(expected)s"
            " AND data IS NOT NULL AND lock_id = %(lock)s RETURNING version"
        )
        self.ensure = statement("INSERT INTO {table} (name) VALUES (%(name)s) ON CONFLICT DO NOTHING")
        self.holder = statement(
            f"SELECT lock_info, {_LEFT} FROM {{table}} WHERE name = %(name)s AND lock_id <> ''"
        )
        self.lock_for_update = statement(
            "SELECT CASE WHEN lock_id <> '' THEN lock_info END,"
            f" {_LEFT} FROM {{table}} WHERE name = %(name)s FOR UPDATE"
        )
        self.take = statement(
            f"UPDATE {{table}} SET lock_id = %(lock)s, lock_info = %(info)s, lock_expires_at = {_UNTIL}"
            " WHERE name = %(name)s"
        )
        self.renew = statement(
            f"UPDATE {{table}} SET lock_info = %(info)s, lock_expires_at = {_UNTIL}"
            " WHERE name = %(name)s AND lock_id = %(lock)s"
        )
        self.free = statement(
            "UPDATE {table} SET lock_id = '', lock_info = NULL, lock_expires_at = NULL"
            " WHERE name = %(name)s AND lock_id = %(lock)s"
        )
