"""A strict server of Terraform's HTTP state protocol, and of GitLab's stricter variant, on a real socket."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "robot", "hunter2-planted-secret"
_LOCK_KEYS = {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"}


@dataclass
class Place:
    """One state. `lies`: the lock is granted to everybody. `scripted`: answers given instead, by method."""

    gitlab: bool = False
    lies: bool = False
    document: bytes | None = None
    serials: list[int] = field(default_factory=list)
    holder: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)
    scripted: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    mutex: threading.RLock = field(default_factory=threading.RLock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    place: Place

    def answer(self) -> None:
        body = self._body()
        with self.place.mutex:
            self.place.asked.append(f"{self.command} {self.path}")
            status, content = self._scripted() or self._refused() or self._routed(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 200 and self.command == "GET":
            self.send_header("Content-MD5", _md5(content))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_LOCK = do_UNLOCK = do_DELETE = answer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError
        return body

    def _scripted(self) -> tuple[int, bytes] | None:
        waiting = self.place.scripted.get(self.command)
        return waiting.pop(0) if waiting else None

    def _refused(self) -> tuple[int, bytes] | None:
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            return 401, f"not {expected}".encode()
        return None

    def _routed(self, body: bytes) -> tuple[int, bytes]:
        is_lock = urlsplit(self.path).path.endswith("/lock")
        locking, unlocking = ("POST", "DELETE") if self.place.gitlab else ("LOCK", "UNLOCK")
        routes: dict[tuple[str, bool], Callable[[bytes], tuple[int, bytes]]] = {
            ("GET", False): self._get,
            ("POST", False): self._post,
            (locking, True): self._lock,
            (unlocking, True): self._unlock,
        }
        route = routes.get((self.command, is_lock))
        return route(body) if route else (405, b"")

    def _get(self, body: bytes) -> tuple[int, bytes]:
        return (404, b"") if self.place.document is None else (200, self.place.document)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        holder = self.place.holder
        told = parse_qs(urlsplit(self.path).query).get("ID", [None])[0]
        if holder is not None and told != holder["ID"]:
            return 423, json.dumps(holder).encode()
        if self.headers.get("Content-MD5") != _md5(body):
            return 400, b"Content-MD5 does not match"
        if self.place.gitlab:
            problem = self._serial_problem(body)
            if problem:
                return 422, problem
        self.place.document = body
        return 200, b""

    def _serial_problem(self, body: bytes) -> bytes | None:
        try:
            serial = json.loads(body)["serial"]
        except (ValueError, KeyError):
            return b"No serial in payload"
        if serial in self.place.serials:
            return b"Version has already been taken"
        self.place.serials.append(serial)
        return None

    def _lock(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        if self.place.gitlab and not (asked.keys() >= _LOCK_KEYS and len(asked["ID"]) <= 255):
            return 400, b"a parameter is missing"
        if self.place.holder is not None and not self.place.lies:
            return (409 if self.place.gitlab else 423), json.dumps(self.place.holder).encode()
        self.place.holder = asked
        return 200, b""

    def _unlock(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body) if body else {}
        if self.place.holder is not None and asked.get("ID") != self.place.holder["ID"]:
            return 409, json.dumps(self.place.holder).encode()
        self.place.holder = None
        return 200, b""


class TerraformServer:
    def __init__(self, place: Place, tls: ssl.SSLContext | None = None) -> None:
        self.place = place
        handler = type("Handler", (_Handler,), {"place": place})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()
