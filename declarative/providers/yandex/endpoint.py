"""Which addresses may be given a token: https anywhere it is meant, plain http only on this machine."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_TRUSTED_DOMAINS = (".api.cloud.yandex.net", ".api.yandexcloud.kz")
"""Of the cloud's own methods. Under yandexcloud.net anybody can have a host: a gateway, a bucket."""
_LOOPBACK = re.compile(r"localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
_DEFAULT_PORTS = {"https": 443, "http": 80}


def checked_origin(url: str) -> str:
    """Scheme, host and port in their one spelling. Raises ValueError with what is wrong."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("this is not an address") from None
    host = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        raise ValueError("an address such as https://host is expected")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("only scheme, host and port are expected")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "http:// is allowed only to this machine (localhost): the token would travel in clear"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else ""
    )


def is_loopback(host: str) -> bool:
    return _LOOPBACK.fullmatch(host) is not None


def is_trusted(origin: str) -> bool:
    """A host of Yandex Cloud's API, or this machine."""
    host = urlsplit(origin).hostname or ""
    return is_loopback(host) or host.endswith(_TRUSTED_DOMAINS)
