"""IAM tokens by exchange: for a JWT signed with a service account's key, or for an OAuth token."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from declarative.model.moment import parse_moment
from declarative.protocols import Clock, Kind
from declarative.providers.yandex.answer import Answer
from declarative.providers.yandex.errors import (
    Asked,
    CallFailed,
    refused,
    served_at,
    skew,
    unanswered,
    unusable,
)
from declarative.providers.yandex.hints import skew_hint
from declarative.providers.yandex.retry import Retry
from declarative.providers.yandex.settings import DEFAULT_IAM_ENDPOINT
from declarative.providers.yandex.tokens import Token
from declarative.providers.yandex.transport import Broken, Message, Transport
from declarative.providers.yandex.wire import Unusable, decode

TOKENS_PATH = "/iam/v1/tokens"
AUDIENCE = DEFAULT_IAM_ENDPOINT + TOKENS_PATH
"""What the JWT is for; the same wherever it is sent."""
IAM_TIMEOUT = 10.0
_JWT_SECONDS = 3600

_PASSED_ON = frozenset({Kind.UNREACHABLE, Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.EXHAUSTED, Kind.OTHER})


@dataclass(frozen=True, slots=True)
class ServiceAccountKey:
    """An authorized key. `origin`: the file or variable it came from, for messages."""

    id: str
    service_account_id: str
    private_key: str = field(repr=False)
    origin: str = ""


class IamExchange:
    """`POST /iam/v1/tokens`. Every failure proves that the call the token was for did not happen."""

    can_renew = True

    def __init__(
        self,
        endpoint: str,
        transport: Transport,
        retry: Retry,
        clock: Clock,
        proof: Callable[[], tuple[str, str]],
    ) -> None:
        """`proof`: makes the field and the secret that are exchanged, anew for each token."""
        self._asked = Asked("POST", endpoint + TOKENS_PATH)
        self._transport = transport
        self._retry = retry
        self._clock = clock
        self._proof = proof

    def fetch(self) -> Token:
        name, secret = self._proof()
        message = Message(
            "POST",
            TOKENS_PATH,
            {"Content-Type": "application/json"},
            json.dumps({name: secret}).encode("ascii"),
        )
        try:
            return self._retry.run(lambda: self._exchanged(message, secret))
        except CallFailed as failure:
            raise as_missing_credentials(failure) from None

    def close(self) -> None:
        self._transport.close()

    def _exchanged(self, message: Message, secret: str) -> Token:
        answer = answered(self._transport, message, self._asked)
        now = self._clock.now()
        if answer.status == 200:
            return self._token(answer, secret)
        failure = refused(self._asked, answer, now, (secret,))
        hint = "The key or token was refused: is it deleted, or of another account?"
        failure.hint = " ".join(filter(None, (hint, skew_hint(skew(answer, now)))))
        raise failure

    def _token(self, answer: Answer, secret: str) -> Token:
        body = _decoded(answer)
        value = body.get("iamToken")
        if not is_token(value):
            raise unusable(self._asked, answer, "an answer without a token", (secret,))
        ends_at = body.get("expiresAt")
        end = parse_moment(ends_at) if isinstance(ends_at, str) else None
        start = served_at(answer) or self._clock.now()
        return Token(str(value), None if end is None else end - start)


def key_proof(key: ServiceAccountKey, clock: Clock) -> tuple[str, str]:
    """A JWT by which the key's owner is known, good for an hour at most."""
    signed = _signed(key, int(clock.now()))
    if signed is None:
        asked = Asked("sign", f"with the key of {key.origin}")
        raise CallFailed(
            Kind.UNAUTHENTICATED,
            str(asked),
            "its private_key is not a usable RSA key",
            hint="Make a new one: yc iam key create --service-account-name NAME -o key.json",
            proves_nothing_happened=True,
        )
    return "jwt", signed


def as_missing_credentials(failure: CallFailed) -> CallFailed:
    """A refusal by IAM says nothing about the call itself: its NOT_FOUND is no missing execution."""
    if failure.kind not in _PASSED_ON:
        failure.kind = Kind.UNAUTHENTICATED
    failure.proves_nothing_happened = True
    failure.is_transient = False
    return failure


def answered(transport: Transport, message: Message, asked: Asked) -> Answer:
    """One try. Raises CallFailed when there was no answer."""
    try:
        return transport.exchange(message)
    except Broken as broken:
        raise unanswered(asked, broken) from None


def is_token(value: object) -> bool:
    """Something that may stand in a header; the format itself may change and is not checked."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and value != ""
        and " " not in value
    )


def _decoded(answer: Answer) -> Mapping[str, Any]:
    try:
        return decode(answer.body)
    except Unusable:
        return {}


def _signed(key: ServiceAccountKey, now: int) -> str | None:
    import jwt

    claims = {"iss": key.service_account_id, "aud": AUDIENCE, "iat": now, "exp": now + _JWT_SECONDS}
    try:
        return jwt.encode(claims, key.private_key, algorithm="PS256", headers={"kid": key.id})
    except Exception:  # of any library below; their texts and contexts may hold the key
        return None
