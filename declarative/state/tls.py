"""A client's certificate and a private authority, given as PEM text in the environment."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from functools import cache

from declarative.diagnostics import Diagnostic, Refused


@dataclass(frozen=True, slots=True)
class ClientTls:
    """PEM texts; empty means none. `private_key` is a secret."""

    certificate: str = ""
    private_key: str = ""
    authority: str = ""


def tls_context(tls: ClientTls) -> ssl.SSLContext:
    """Raises Refused for PEM that cannot be used; its text is never shown."""
    if not (tls.certificate or tls.authority):
        return _usual()
    try:
        context = ssl.create_default_context(cadata=tls.authority or None)
        if tls.certificate:
            _present(context, tls)
    except (ssl.SSLError, ValueError, OSError):
        detail = "TF_HTTP_CLIENT_CERTIFICATE_PEM, TF_HTTP_CLIENT_PRIVATE_KEY_PEM and "
        detail += "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM hold PEM text, and the key fits the certificate."
        raise Refused([Diagnostic("backend_tls", "The client certificate cannot be used", detail)]) from None
    return context


@cache
def _usual() -> ssl.SSLContext:
    """The authorities that httpx trusts; reading them takes longer than many a request."""
    import httpx

    return httpx.create_ssl_context()


def _present(context: ssl.SSLContext, tls: ClientTls) -> None:
    """The standard library reads a key only from a file: a private one, gone when this returns."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(f"{tls.certificate}\n{tls.private_key}\n".encode())
        file.flush()
        context.load_cert_chain(file.name, password=lambda: "")
