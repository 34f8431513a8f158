"""TLS and proxies: what fails before the first byte proves that nothing happened."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from raw_server import RawServer, reply, silence
from yandex_kit import TOKEN, Opener

from declarative.clock import SystemClock
from declarative.protocols import Kind, ProviderError, StartRequest
from declarative.providers.yandex import YandexProvider
from declarative.providers.yandex.connection import Connection, Route, _context, route_to

STARTED = reply(200, {"executionId": "dfq-1"})


def certificate(folder: Path, days: int = 1, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_path, key_path


def tls_server(folder: Path, *acts: bytes, days: int = 1) -> tuple[RawServer, Path]:
    cert_path, key_path = certificate(folder, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_path, key_path)
    return RawServer(*(acts or (STARTED,)), tls=context), cert_path


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """For tests that set SSL_CERT_FILE, which is read once per process."""
    _context.cache_clear()
    yield monkeypatch
    _context.cache_clear()


def start(provider: YandexProvider) -> str:
    return provider.start(StartRequest("dfqload", "{}", "attempt", float("inf"))).execution_id


def failure(provider: YandexProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        start(provider)
    assert caught.value.proves_nothing_happened
    return caught.value


def test_tls_connections_are_verified_and_kept(
    opened: Opener, tmp_path: Path, trusting: pytest.MonkeyPatch
) -> None:
    server, cert_path = tls_server(tmp_path)
    trusting.setenv("SSL_CERT_FILE", str(cert_path))
    with server.running():
        provider = opened(server.url)
        assert [start(provider) for _ in range(3)] == ["dfq-1"] * 3
    assert server.connections == 1, "session tickets must not look like an answer"


def test_an_unknown_certificate_proves_that_nothing_started(opened: Opener, tmp_path: Path) -> None:
    server, _ = tls_server(tmp_path)
    with server.running():
        error = failure(opened(server.url))
    assert error.kind is Kind.UNREACHABLE and "certificate" in error.said and "SSL_CERT_FILE" in error.hint
    assert server.requests == []


def test_an_expired_certificate_points_at_the_clock(
    opened: Opener, tmp_path: Path, trusting: pytest.MonkeyPatch
) -> None:
    server, cert_path = tls_server(tmp_path, days=-1)
    trusting.setenv("SSL_CERT_FILE", str(cert_path))
    with server.running():
        error = failure(opened(server.url))
    assert "expired" in error.said and "clock" in error.hint


def test_a_server_without_tls_proves_that_nothing_started(opened: Opener) -> None:
    server = RawServer()
    server.reads_requests, server.acts = False, [b"HTTP/1.1 400 Bad Request\r\n\r\n", silence(server)]
    with server.running():
        error = failure(opened(server.url.replace("http:", "https:")))
    assert error.kind is Kind.UNREACHABLE and "TLS" in error.said


def test_a_handshake_without_end_is_cut_off(opened: Opener) -> None:
    server = RawServer()
    server.reads_requests, server.acts = False, [silence(server)]
    with server.running():
        error = failure(opened(server.url.replace("http:", "https:"), request_timeout="0.2s"))
    assert error.kind is Kind.UNREACHABLE and "within the time" in error.said


def test_an_address_that_does_not_answer_is_cut_off() -> None:
    """A listener whose queue is full answers nobody, like a host behind a silent firewall."""
    clock = SystemClock()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        host, port = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex((host, port))
        try:
            route = Route(host, port, False, connect_seconds=0.1)
            with pytest.raises(Exception, match=r"did not answer within") as caught:
                for _ in range(4):
                    Connection(route, clock, clock.monotonic() + 5).close()
        finally:
            for each in waiting:
                each.close()
    assert caught.value.is_transient  # type: ignore[attr-defined]


def tunnelling(target: RawServer) -> RawServer:
    """A proxy that connects whoever asks to `target`."""

    def act(sock: socket.socket) -> None:
        port = int(target.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as onward:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, sock))
            back.start()
            _pump(sock, onward)
            back.join()
        raise EOFError

    return RawServer(act)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_a_proxy_is_asked_for_a_tunnel(opened: Opener, tmp_path: Path, trusting: pytest.MonkeyPatch) -> None:
    server, cert_path = tls_server(tmp_path)
    trusting.setenv("SSL_CERT_FILE", str(cert_path))
    with server.running(), tunnelling(server).running() as proxy:
        address = proxy.url.replace("http://", "http://me:pa%20ss@")
        route = route_to("https://service.example:8443", {"HTTPS_PROXY": address})
        assert route.proxy is not None
        clock = SystemClock()
        with pytest.raises(Exception, match="not accepted"):
            Connection(route, clock, clock.monotonic() + 5)
    assert proxy.requests[0] == (
        b"CONNECT service.example:8443 HTTP/1.1\r\nHost: service.example:8443\r\n"
        b"Proxy-Authorization: Basic bWU6cGEgc3M=\r\n\r\n"
    )


def test_a_call_through_a_proxy(opened: Opener, tmp_path: Path, trusting: pytest.MonkeyPatch) -> None:
    server, cert_path = tls_server(tmp_path)
    trusting.setenv("SSL_CERT_FILE", str(cert_path))
    trusting.setattr("declarative.providers.yandex.connection.is_loopback", lambda host: False)
    with server.running(), tunnelling(server).running() as proxy:
        environ = {"YC_IAM_TOKEN": TOKEN, "https_proxy": proxy.url}
        provider = opened(server.url, environ)
        assert [start(provider), start(provider)] == ["dfq-1", "dfq-1"]
        provider.close()
    assert (len(proxy.requests), len(server.requests)) == (1, 2)


def test_a_proxy_that_refuses_proves_that_nothing_started(opened: Opener) -> None:
    with RawServer(reply(407, b"log in")).running() as proxy:
        environ = {"YC_IAM_TOKEN": TOKEN, "HTTPS_PROXY": proxy.url}
        error = failure(opened("https://workflows.api.cloud.yandex.net", environ))
    assert error.kind is Kind.UNREACHABLE and "407" in error.said


@pytest.mark.parametrize(
    ("no_proxy", "is_used"),
    [
        ("", True),
        ("example.com", True),
        ("*", False),
        ("cloud.yandex.net", False),
        (".cloud.yandex.net,x", False),
    ],
)
def test_no_proxy_is_honoured(no_proxy: str, is_used: bool) -> None:
    environ = {"HTTPS_PROXY": "proxy.local:3128", "NO_PROXY": no_proxy}
    assert (route_to("https://workflows.api.cloud.yandex.net", environ).proxy is not None) is is_used


def test_this_machine_is_reached_without_a_proxy() -> None:
    environ = {"HTTPS_PROXY": "http://proxy.local:3128"}
    assert route_to("https://localhost:8443", environ).proxy is None
    assert route_to("http://127.0.0.1:8443", environ).proxy is None
