"""The places that state is kept in, and what sets them free after their user was shot."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from faulty_proxy import FaultyProxy
from state_servers import S3_ENVIRON
from terraform_server import PASSWORD, USER, TerraformServer
from terraform_server import Place as TerraformPlace

LEASE_OVER = 61.0
BUCKET = "shooting-range"
Get: TypeAlias = Callable[[str], Any]


class Place:
    """`backend`: as the configuration says it. `is_remote`: the client's disk may be wiped. `needs_person`:
    a lock whose holder is dead stays until somebody frees it."""

    is_remote = True
    needs_person = False

    def __init__(self, backend: str, environ: dict[str, str] | None = None) -> None:
        self.backend = backend
        self.environ = environ or {}

    def let_time_pass(self) -> None:
        """Until the lease of whoever was shot is over."""


class Local(Place):
    is_remote = False


class Http(Place):
    needs_person = True


class S3(Place):
    def __init__(self, backend: str, environ: dict[str, str], proxy: FaultyProxy) -> None:
        super().__init__(backend, environ)
        self._proxy = proxy

    def let_time_pass(self) -> None:
        self._proxy.date_shift += LEASE_OVER


class Postgres(Place):
    def let_time_pass(self) -> None:
        import psycopg

        conninfo = psycopg.conninfo.make_conninfo(
            **{name[2:].lower().replace("database", "dbname"): value for name, value in self.environ.items()}
        )
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(
                "UPDATE declarative_states SET lock_expires_at = clock_timestamp() - interval '1 second'"
                " WHERE lock_id <> ''"
            )


@contextmanager
def _local(get: Get) -> Iterator[Place]:
    yield Local("{local: {}}")


@contextmanager
def _http(get: Get) -> Iterator[Place]:
    server = TerraformServer(TerraformPlace())
    address = f"http://127.0.0.1:{server.port}/state"
    try:
        yield Http(
            f"{{http: {{address: '{address}', lock_address: '{address}/lock'}}}}",
            {"TF_HTTP_USERNAME": USER, "TF_HTTP_PASSWORD": PASSWORD},
        )
    finally:
        server.close()


def _s3(server: str) -> Callable[[Get], Any]:
    @contextmanager
    def opened(get: Get) -> Iterator[Place]:
        port = get(server)
        _make_bucket(port)
        proxy = FaultyProxy(port)
        endpoint = f"http://127.0.0.1:{proxy.port}"
        try:
            backend = f"{{s3: {{bucket: {BUCKET}, key: '{uuid.uuid4()}', endpoint: '{endpoint}'}}}}"
            yield S3(backend, S3_ENVIRON, proxy)
        finally:
            proxy.close()

    return opened


def _make_bucket(port: int) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
    if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET)
    client.close()


@contextmanager
def _postgres(get: Get) -> Iterator[Place]:
    yield Postgres("{postgres: {}}", {**get("postgres"), "PGSSLMODE": os.environ.get("PGSSLMODE", "prefer")})


PLACES = {
    "local": _local,
    "http": _http,
    "moto": _s3("moto_port"),
    "weed": _s3("weed_port"),
    "postgres": _postgres,
}
