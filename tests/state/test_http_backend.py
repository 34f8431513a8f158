"""Terraform's protocol against a strict server on a real socket, with connections that break."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from faulty_proxy import FaultyProxy
from state_kit import ClosingConformance, failure, lock_request, words
from terraform_server import PASSWORD, USER, Place, TerraformServer

from declarative.protocols import BackendError, Conflict, Locked, LockLost, StateBackend, WriteRequest
from declarative.state.http import HttpBackend, HttpSettings
from declarative.state.web import Login
from declarative.testing.clock import StillClock

LOGIN = Login(USER, PASSWORD)


@pytest.fixture
def server() -> Iterator[TerraformServer]:
    running = TerraformServer(Place())
    yield running
    running.close()


@pytest.fixture
def proxy(server: TerraformServer) -> Iterator[FaultyProxy]:
    running = FaultyProxy(server.port)
    yield running
    running.close()


def settings(port: int) -> HttpSettings:
    address = f"http://127.0.0.1:{port}/state"
    return HttpSettings(address, lock_address=f"{address}/lock", login=LOGIN, retry_max=2)


@pytest.fixture
def backend(proxy: FaultyProxy) -> Iterator[HttpBackend]:
    opened = HttpBackend(settings(proxy.port), StillClock(), deadline=5)
    yield opened
    opened.close()


class TestHttp(ClosingConformance):
    @pytest.fixture(autouse=True)
    def _place(self, server: TerraformServer) -> None:
        self.settings = settings(server.port)

    def make(self) -> StateBackend:
        return HttpBackend(self.settings, StillClock())


def test_every_write_names_its_lock(backend: HttpBackend, server: TerraformServer) -> None:
    request = lock_request()
    backend.lock(request)
    backend.write(WriteRequest(b"{}", None, request.info.id))
    assert server.place.asked[-1] == f"POST /state?ID={request.info.id}"


def test_an_address_with_a_query_keeps_it(server: TerraformServer) -> None:
    told = settings(server.port)
    backend = HttpBackend(replace(told, address=f"{told.address}?tenant=1"), StillClock())
    backend.write(WriteRequest(b"{}", None, "lock 1"))
    assert server.place.asked[-1] == "POST /state?tenant=1&ID=lock%201"
    backend.close()


def test_a_write_without_the_lock_is_a_lock_lost(backend: HttpBackend, server: TerraformServer) -> None:
    request = lock_request()
    backend.lock(request)
    server.place.holder = {"ID": "other", "Who": "boris@ci-2"}
    loss = failure(lambda: backend.write(WriteRequest(b"{}", None, request.info.id)))
    assert isinstance(loss, LockLost) and "boris@ci-2" in loss.problem.detail
    assert server.place.document is None


def test_a_document_that_changed_is_not_overwritten(backend: HttpBackend, server: TerraformServer) -> None:
    first = backend.write(WriteRequest(b"1", None))
    server.place.document = b"theirs"
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"2", first))), Conflict)
    assert server.place.document == b"theirs"


def test_half_a_request_writes_nothing(
    backend: HttpBackend, proxy: FaultyProxy, server: TerraformServer
) -> None:
    proxy.cut_request(b"POST /state")
    assert failure(lambda: backend.write(WriteRequest(b"{}", None))).outcome_unknown
    assert proxy.struck == 1
    assert backend.read() is None


def test_a_lost_answer_is_an_unknown_outcome(backend: HttpBackend, proxy: FaultyProxy) -> None:
    proxy.drop_answer(b"POST /state")
    error = failure(lambda: backend.write(WriteRequest(b"{}", None)))
    assert error.outcome_unknown and error.transient
    found = backend.read()
    assert found is not None and found.data == b"{}"


def test_a_server_that_is_not_there_has_written_nothing(proxy: FaultyProxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    gone = HttpBackend(settings(port), StillClock())
    for call in (gone.read, lambda: gone.lock(lock_request())):
        error = failure(call)
        assert error.transient and not error.outcome_unknown
    gone.close()


def test_a_read_is_tried_again(backend: HttpBackend, server: TerraformServer) -> None:
    server.place.scripted["GET"] = [(503, b""), (502, b"")]
    assert backend.read() is None
    assert server.place.asked == ["GET /state"] * 3


def test_a_broken_read_is_tried_again(backend: HttpBackend, proxy: FaultyProxy) -> None:
    proxy.drop_answer(b"GET /state")
    assert backend.read() is None
    assert proxy.struck == 1


def test_reads_give_up_in_the_end(backend: HttpBackend, server: TerraformServer) -> None:
    server.place.scripted["GET"] = [(500, b"out of order")] * 9
    assert "out of order" in failure(backend.read).problem.detail
    assert len(server.place.asked) == 3


def test_the_waits_are_those_of_terraform() -> None:
    told = HttpSettings("x", retry_max=4, retry_wait_min=2, retry_wait_max=10)
    assert told.pauses() == (2, 4, 8, 10)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_leaves_the_outcome_open(
    backend: HttpBackend, server: TerraformServer, status: int
) -> None:
    server.place.scripted["POST"] = [(status, b"")]
    assert failure(lambda: backend.write(WriteRequest(b"{}", None))).outcome_unknown


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429])
def test_a_refusal_is_no_open_outcome(backend: HttpBackend, server: TerraformServer, status: int) -> None:
    server.place.scripted["POST"] = [(status, b"")]
    error = failure(lambda: backend.write(WriteRequest(b"{}", None)))
    assert not error.outcome_unknown and error.transient == (status == 429)
    assert str(status) in error.problem.detail


def test_a_redirect_is_not_followed(backend: HttpBackend, server: TerraformServer) -> None:
    server.place.scripted["GET"] = [(302, b"")]
    error = failure(backend.read)
    assert "edirect" in error.problem.hint and len(server.place.asked) == 1


def test_an_answer_that_does_not_match_its_checksum_is_not_a_state(
    backend: HttpBackend, server: TerraformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.place.document = b"{}"
    monkeypatch.setattr("terraform_server._md5", lambda _: base64.b64encode(b"wrong").decode())
    assert "Content-MD5" in failure(backend.read).problem.detail


def test_an_empty_answer_is_an_empty_document(backend: HttpBackend, server: TerraformServer) -> None:
    server.place.scripted["GET"] = [(204, b"")]
    assert backend.read() is None
    server.place.document = b""
    found = backend.read()
    assert found is not None and found.data == b""


def test_a_slow_drip_ends_at_the_deadline(server: TerraformServer) -> None:
    class Racing(StillClock):
        def monotonic(self) -> float:
            self.advance(3)
            return super().monotonic()

    backend = HttpBackend(replace(settings(server.port), retry_max=0), Racing(), deadline=5)
    assert "within 5 s" in failure(lambda: backend.write(WriteRequest(b"x" * 3_000_000, None))).problem.detail
    assert server.place.document is None
    backend.close()


# ── the lock ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_whose_answer_was_lost_is_ours(
    backend: HttpBackend, proxy: FaultyProxy, server: TerraformServer
) -> None:
    proxy.drop_answer(b"LOCK /state/lock")
    request = lock_request()
    backend.lock(request)
    assert server.place.holder is not None and server.place.holder["ID"] == request.info.id


def test_the_lock_is_tested_once_by_asking_again(backend: HttpBackend, server: TerraformServer) -> None:
    for _ in range(2):
        request = lock_request()
        backend.lock(request)
        backend.unlock(request)
    assert [each.split()[0] for each in server.place.asked] == ["LOCK", "LOCK", "UNLOCK", "LOCK", "UNLOCK"]


def test_a_server_that_grants_the_lock_to_everybody_is_refused(
    backend: HttpBackend, server: TerraformServer
) -> None:
    server.place.lies = True
    error = failure(lambda: backend.lock(lock_request()))
    assert error.problem.code == "state_backend_unsafe" and not isinstance(error, Locked)
    assert server.place.holder is None


def test_without_a_lock_address_there_is_no_lock(server: TerraformServer) -> None:
    backend = HttpBackend(replace(settings(server.port), lock_address=""), StillClock())
    assert not backend.abilities.lock
    error = failure(lambda: backend.lock(lock_request()))
    assert "--lock=false" in error.problem.hint and not isinstance(error, Locked)
    backend.close()


def test_a_holder_who_writes_rubbish_is_shown_without_it(
    backend: HttpBackend, server: TerraformServer
) -> None:
    content = json.dumps({"ID": "x", "Who": "\x1b[31m\nanna" + "a" * 9000, "Operation": 7}).encode()
    server.place.scripted["LOCK"] = [(423, content)]
    error = failure(lambda: backend.lock(lock_request()))
    assert isinstance(error, Locked) and error.holder is not None
    assert "\x1b" not in words(error) and len(error.problem.detail) < 500


def test_a_lock_refused_without_a_holder_is_still_locked(
    backend: HttpBackend, server: TerraformServer
) -> None:
    server.place.scripted["LOCK"] = [(423, b"<html>")]
    assert isinstance(failure(lambda: backend.lock(lock_request())), Locked)


# ── credentials ────────────────────────────────────────────────────────────────────────────────────────


def test_no_error_holds_a_credential(
    backend: HttpBackend, server: TerraformServer, proxy: FaultyProxy
) -> None:
    header = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    echo = f"you sent {header}, that is {PASSWORD}".encode()
    errors: list[BackendError] = []
    for method, call in (
        ("GET", backend.read),
        ("POST", lambda: backend.write(WriteRequest(b"{}", None))),
        ("LOCK", lambda: backend.lock(lock_request())),
        ("UNLOCK", lambda: backend.force_unlock("x")),
    ):
        server.place.scripted[method] = [(400, echo)]
        errors.append(failure(call))
    proxy.cut_request(b"POST")
    errors.append(failure(lambda: backend.write(WriteRequest(b"{}", None))))
    assert len(errors) == 5
    for error in errors:
        assert PASSWORD not in words(error) and header not in words(error)
        assert backend.place in error.problem.summary or "127.0.0.1" in error.problem.summary


def test_wrong_credentials_are_called_so(server: TerraformServer) -> None:
    backend = HttpBackend(replace(settings(server.port), login=Login("robot", "wrong-secret")), StillClock())
    error = failure(backend.read)
    assert "TF_HTTP_PASSWORD" in error.problem.hint and "wrong-secret" not in words(error)
    backend.close()
