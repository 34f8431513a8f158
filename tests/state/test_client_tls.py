"""A state server that asks for a client's certificate, over real TLS."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from state_kit import failure
from terraform_server import PASSWORD, USER, Place, TerraformServer

from declarative.diagnostics import Refused
from declarative.state.http import HttpBackend, HttpSettings
from declarative.state.tls import ClientTls
from declarative.state.web import Login
from declarative.testing.clock import StillClock

x509 = pytest.importorskip("cryptography.x509", reason="cryptography is not installed")
NOW = datetime.datetime.now(datetime.UTC)


class Party:
    """A key and a certificate, signed by itself or by an authority; as PEM texts."""

    def __init__(self, name: str, authority: Party | None = None) -> None:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        signer = authority or self
        ip = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        built = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
            .add_extension(ip, critical=False)
            .sign(signer._key, hashes.SHA256())
        )
        self.certificate = built.public_bytes(serialization.Encoding.PEM).decode()
        self.key = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


@pytest.fixture(scope="module")
def authority() -> Party:
    return Party("authority")


@pytest.fixture
def server(authority: Party, tmp_path: Path) -> Iterator[TerraformServer]:
    own = Party("server", authority)
    (tmp_path / "server.pem").write_text(own.certificate + own.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(cadata=authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    running = TerraformServer(Place(), context)
    yield running
    running.close()


def settings(server: TerraformServer, tls: ClientTls) -> HttpSettings:
    address = f"https://127.0.0.1:{server.port}/state"
    return HttpSettings(address, login=Login(USER, PASSWORD), tls=tls, retry_max=0)


def test_the_client_shows_its_certificate(server: TerraformServer, authority: Party) -> None:
    client = Party("client", authority)
    tls = ClientTls(client.certificate, client.key, authority.certificate)
    backend = HttpBackend(settings(server, tls), StillClock())
    assert backend.read() is None and server.place.asked == ["GET /state"]
    backend.close()


def test_without_a_certificate_or_the_authority_nothing_is_read(
    server: TerraformServer, authority: Party
) -> None:
    for tls in (ClientTls(authority=authority.certificate), ClientTls()):
        backend = HttpBackend(settings(server, tls), StillClock())
        failure(backend.read)
        backend.close()
    assert server.place.asked == []


def test_pem_that_cannot_be_used_is_refused_unquoted(server: TerraformServer, authority: Party) -> None:
    client = Party("client", authority)
    good = ClientTls(client.certificate, client.key, authority.certificate)
    for tls in (
        replace(good, private_key="planted secret"),
        replace(good, private_key=authority.key),
        replace(good, certificate="planted secret"),
        replace(good, authority="planted secret"),
    ):
        with pytest.raises(Refused) as refused:
            HttpBackend(settings(server, tls), StillClock())
        assert "planted" not in repr(refused.value.diagnostics)
