"""The token that a virtual machine or a function of the cloud gets from its metadata service."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from declarative.protocols import Clock, Kind
from declarative.providers.yandex.connection import Route
from declarative.providers.yandex.errors import Asked, CallFailed, refused, unusable
from declarative.providers.yandex.iam import answered, is_token
from declarative.providers.yandex.tokens import Token
from declarative.providers.yandex.transport import Message, Transport
from declarative.providers.yandex.wire import Object, Unusable, decode, integer

DEFAULT_ADDRESS = "169.254.169.254"
ADDRESS_VARIABLE = "YC_METADATA_ADDR"
TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_TIMEOUT = 5.0
_CONNECT_SECONDS = 1.0

_WAYS = (
    "Set YC_SERVICE_ACCOUNT_KEY_FILE (a service account's key, for CI) or YC_IAM_TOKEN "
    "(export YC_IAM_TOKEN=$(yc iam create-token)), or attach a service account to this virtual machine."
)


class MetadataSource:
    """The last resort, so its failure means that there are no credentials at all."""

    can_renew = True

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        address = environ.get(ADDRESS_VARIABLE, "").strip() or DEFAULT_ADDRESS
        parts = urlsplit(f"http://{address}")
        route = Route(parts.hostname or "", parts.port or 80, False, connect_seconds=_CONNECT_SECONDS)
        self._asked = Asked("GET", f"http://{route.authority}{TOKEN_PATH}")
        self._transport = Transport(route, clock, _TIMEOUT)
        self._clock = clock

    def fetch(self) -> Token:
        try:
            return self._fetched()
        except CallFailed as failure:
            said = f"no credentials were found, and the metadata service gave none: {failure.said}"
            raise CallFailed(
                Kind.UNAUTHENTICATED, failure.call, said, hint=_WAYS, proves_nothing_happened=True
            ) from None

    def close(self) -> None:
        self._transport.close()

    def _fetched(self) -> Token:
        message = Message("GET", TOKEN_PATH, {"Metadata-Flavor": "Google"})
        answer = answered(self._transport, message, self._asked)
        if answer.status != 200:
            raise refused(self._asked, answer, self._clock.now())
        try:
            body: Object = decode(answer.body)
        except Unusable:
            body = {}
        value = body.get("access_token")
        if not is_token(value):
            raise unusable(self._asked, answer, "an answer without a token")
        return Token(str(value), float(integer(body.get("expires_in"))) or None)
