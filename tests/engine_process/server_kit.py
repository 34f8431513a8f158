"""Real servers in processes of their own, and raw conversations with them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from process_kit import ECHO, FAIL, HOUR, SUM, kill, until, write_workflow

PROGRAM = """
import json, sys
from declarative.engine import server
from declarative.engine.client import Engine
from declarative.engine.settings import Settings
place, options = sys.argv[1], json.loads(sys.argv[2])
engine = Engine(place + "/engine", place, Settings(idle=10))
for name in sys.argv[3:]:
    engine.register(name)
server.serve(engine, on_ready=lambda url: print(url, engine.register(sys.argv[3]), flush=True), **options)
engine.close()
"""

FLOWS = {"echo.yaml": ECHO, "sum.yaml": SUM, "hour.yaml": HOUR, "fail.yaml": FAIL}


@dataclass
class Served:
    """A server under way. `workflows`: ids by file name."""

    process: subprocess.Popen[str]
    place: Path
    url: str
    http: httpx.Client
    workflows: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def start(self, name: str, given: str = "{}") -> str:
        body = {"workflowId": self.workflows[name], "input": {"inputJson": given}}
        answer = self.http.post("/workflows/v1/execution/start", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["executionId"])

    def get(self, execution_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/workflows/v1/execution/{execution_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["execution"])

    def ended(self, execution_id: str) -> dict[str, Any]:
        active = ("QUEUED", "RUNNING", "PAUSED")

        def look() -> dict[str, Any] | None:
            found = self.get(execution_id)
            return None if found["status"] in active else found

        return until(look, f"for the end of {execution_id}")


@contextmanager
def serving(place: Path, flows: Mapping[str, str] = FLOWS, **options: object) -> Iterator[Served]:
    """A server over workflows in `place`; it and its runner are gone afterwards."""
    from declarative.engine.catalogue import workflow_id

    for name, text in flows.items():
        write_workflow(place, name, text)
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(place), json.dumps(options), *flows]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[0]
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
            yield Served(process, place, url, http, {name: workflow_id(name) for name in flows})
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        kill(place / "engine")


def talk(port: int, *parts: bytes) -> tuple[int, bytes]:
    """Sends bytes as they are, and reads one answer to its end: status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        return answer_of(connection)


def answer_of(connection: socket.socket) -> tuple[int, bytes]:
    """One answer and not a byte more, so that the next one can be read after it."""
    with connection.makefile("rb", buffering=0) as stream:
        status = int(stream.readline().split()[1])
        length = 0
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = b""
        while len(body) < length:
            body += stream.read(length - len(body)) or b""
        return status, body


def request(method: str, path: str, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    """A whole request as bytes, with a Host unless one is given."""
    lines = [f"{method} {path} HTTP/1.1", *headers]
    if not any(line.lower().startswith("host:") for line in headers):
        lines.append("Host: 127.0.0.1")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def status_in(body: bytes) -> Any:
    """A google.rpc.Status; anything else in the body is an error."""
    assert error_details_pb2.RequestInfo, "the types of its details are looked up by name"
    return json_format.Parse(body, status_pb2.Status(), ignore_unknown_fields=False)


def problem(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and google.rpc code of a refusal."""
    return answer.status_code, answer.json()["code"]
