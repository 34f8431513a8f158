"""Where the token comes from, when it is renewed, and how its absence is explained."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from raw_server import RawServer, reply, rpc
from yandex_kit import Opener

from declarative.clock import SystemClock
from declarative.diagnostics import Refused, Severity
from declarative.protocols import GetRequest, Kind, ProviderError, StartRequest
from declarative.providers.yandex.tokens import Token, TokenCache
from declarative.testing.clock import StillClock

ID = "dfq-1"
GOT = reply(200, {"execution": {"id": ID, "status": "RUNNING"}})
STARTED = reply(200, {"executionId": ID})
EXPIRED = rpc(401, 16, "Token is invalid or has expired.")
NO_METADATA = {"YC_METADATA_ADDR": "127.0.0.1:1"}

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
KEY = {
    "id": "ajekey",
    "service_account_id": "ajeaccount",
    "key_algorithm": "RSA_2048",
    "private_key": "PLEASE DO NOT REMOVE THIS LINE! Yandex.Cloud SA Key ID <ajekey>\n" + PEM,
}


def iam(token: str, lives: float, clock: StillClock | SystemClock, skew: float = 0) -> bytes:
    """An answer of IAM, whose clock is `skew` behind ours."""
    now = clock.now() - skew
    body = {"iamToken": token, "expiresAt": formatdate_rfc3339(now + lives)}
    return reply(200, body, f"Date: {formatdate(now, usegmt=True)}")


def formatdate_rfc3339(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


def bearers(server: RawServer) -> list[str]:
    lines = [line for request in server.requests for line in request.decode().split("\r\n")]
    return [line.removeprefix("Authorization: Bearer ") for line in lines if line.startswith("Authorization")]


@contextmanager
def cloud(*service: bytes, iam_acts: tuple[bytes, ...]) -> Iterator[tuple[RawServer, RawServer]]:
    with RawServer(*service).running() as workflows, RawServer(*iam_acts).running() as tokens:
        yield workflows, tokens


def with_key(tokens: RawServer, **more: str) -> dict[str, str]:
    return {"YC_SERVICE_ACCOUNT_KEY_FILE": json.dumps(KEY), "YC_IAM_ENDPOINT": tokens.url, **more}


def get(provider: Any) -> None:
    provider.get(GetRequest(ID))


def failed(provider: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.start(StartRequest("dfqload", "{}", "attempt", float("inf")))
    return caught.value


def part(jwt: str, number: int) -> Any:
    text = jwt.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_a_key_is_exchanged_by_a_signed_jwt(opened: Opener) -> None:
    clock = StillClock()
    with cloud(GOT, iam_acts=(iam("t1.a.b", 43200, clock),)) as (workflows, tokens):
        get(opened(workflows.url, with_key(tokens), clock))
    head, _, body = tokens.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /iam/v1/tokens HTTP/1.1") and b"Authorization" not in head
    jwt = json.loads(body)["jwt"]
    assert part(jwt, 0) == {"typ": "JWT", "alg": "PS256", "kid": "ajekey"}
    now = int(clock.now())
    assert part(jwt, 1) == {
        "iss": "ajeaccount",
        "aud": "https://iam.api.cloud.yandex.net/iam/v1/tokens",
        "iat": now,
        "exp": now + 3600,
    }
    signed, _, signature = jwt.rpartition(".")
    PRIVATE.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="),
        signed.encode(),
        padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32),
        hashes.SHA256(),
    )
    assert bearers(workflows) == ["t1.a.b"]


def test_the_first_credentials_that_are_there_are_used(opened: Opener, tmp_path: Path) -> None:
    clock = StillClock()
    in_settings, in_variable = tmp_path / "a.json", tmp_path / "b.json"
    in_settings.write_text(json.dumps({**KEY, "id": "from-settings"}))
    in_variable.write_text(json.dumps({**KEY, "id": "from-variable"}))
    environ = {"YC_IAM_TOKEN": "t1.iam.token\n", "YC_TOKEN": "t1.other.token"}
    with cloud(GOT, iam_acts=(iam("t1.a.b", 43200, clock),)) as (workflows, tokens):
        more = {"YC_IAM_ENDPOINT": tokens.url}
        file = {"YC_SERVICE_ACCOUNT_KEY_FILE": str(in_variable)}
        get(opened(workflows.url, environ | file | more, clock, service_account_key_file=str(in_settings)))
        get(opened(workflows.url, environ | file | more, clock))
        get(opened(workflows.url, environ | more, clock))
        get(opened(workflows.url, {"YC_TOKEN": "t1.other.token", "YC_IAM_TOKEN": " "} | more, clock))
    kids = [part(json.loads(r.partition(b"\r\n\r\n")[2])["jwt"], 0)["kid"] for r in tokens.requests]
    assert kids == ["from-settings", "from-variable"]
    assert bearers(workflows) == ["t1.a.b", "t1.a.b", "t1.iam.token", "t1.other.token"]


def test_the_home_folder_is_found(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key.json").write_text(json.dumps(KEY))
    opened("http://127.0.0.1:1", {"YC_SERVICE_ACCOUNT_KEY_FILE": "~/key.json"})
    opened("http://127.0.0.1:1", {}, service_account_key_file="~/key.json")


def test_an_oauth_token_is_exchanged_with_a_warning(opened: Opener) -> None:
    clock = StillClock()
    with cloud(GOT, iam_acts=(iam("t1.a.b", 43200, clock),)) as (workflows, tokens):
        provider = opened(workflows.url, {"YC_TOKEN": "y0_oauth", "YC_IAM_ENDPOINT": tokens.url}, clock)
        get(provider)
    assert json.loads(tokens.requests[0].partition(b"\r\n\r\n")[2]) == {
        "yandexPassportOauthToken": "y0_oauth"
    }
    [warning] = provider.warnings
    assert warning.severity is Severity.WARNING and "OAuth" in warning.summary


def test_a_virtual_machine_has_a_token_of_its_own(opened: Opener) -> None:
    clock = StillClock()
    answers = [reply(200, {"access_token": f"t1.vm.{n}", "expires_in": 1000}) for n in (1, 2)]
    with RawServer(GOT).running() as workflows, RawServer(*answers).running() as metadata:
        provider = opened(workflows.url, {"YC_METADATA_ADDR": metadata.url.removeprefix("http://")}, clock)
        for seconds in (0, 899, 2):
            clock.advance(seconds)
            get(provider)
    assert bearers(workflows) == ["t1.vm.1", "t1.vm.1", "t1.vm.2"]
    assert metadata.requests[0].startswith(
        b"GET /computeMetadata/v1/instance/service-accounts/default/token HTTP/1.1"
    )
    assert b"Metadata-Flavor: Google" in metadata.requests[0]


@pytest.mark.parametrize("metadata", [None, reply(404, b"no account"), reply(200, b"<html>")])
def test_without_any_credentials_the_ways_are_named(opened: Opener, metadata: bytes | None) -> None:
    with RawServer(STARTED).running() as workflows, RawServer(metadata or STARTED).running() as machine:
        address = machine.url.removeprefix("http://") if metadata else "127.0.0.1:1"
        error = failed(opened(workflows.url, {"YC_METADATA_ADDR": address}))
    assert (error.kind, error.proves_nothing_happened) == (Kind.UNAUTHENTICATED, True)
    assert "YC_SERVICE_ACCOUNT_KEY_FILE" in error.hint and "YC_IAM_TOKEN" in error.hint
    assert workflows.requests == []


@pytest.mark.parametrize(
    ("lives", "until"), [(43200, 43200 - 3600), (3600, 3240), (600, 540)], ids=["12h", "1h", "10m"]
)
@pytest.mark.parametrize("skew", [0, 7200, -7200])
def test_it_is_renewed_before_it_ends_whatever_the_clock_says(
    opened: Opener, lives: float, until: float, skew: float
) -> None:
    clock = StillClock()
    acts = (iam("t1.first.x", lives, clock, skew), iam("t1.second.x", lives, clock, skew))
    with cloud(GOT, iam_acts=acts) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens), clock)
        for seconds in (0, until - 2, 4):
            clock.advance(seconds)
            get(provider)
    assert bearers(workflows) == ["t1.first.x", "t1.first.x", "t1.second.x"]


def test_a_renewal_that_fails_does_no_harm_while_the_token_lives(opened: Opener) -> None:
    clock = StillClock()
    acts = (iam("t1.first.x", 3600, clock), *[rpc(503, 14)] * 3, rpc(500, 13))
    with cloud(GOT, iam_acts=acts) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens), clock)
        get(provider)
        clock.advance(3300)
        get(provider)
        asked = len(tokens.requests)
        get(provider)
        assert len(tokens.requests) == asked, "it is not asked again at every call"
        clock.advance(400)
        error = failed(provider)
    assert (error.kind, error.proves_nothing_happened) == (Kind.OTHER, True)
    assert bearers(workflows) == ["t1.first.x", "t1.first.x", "t1.first.x"]


def test_a_refused_token_is_renewed_once(opened: Opener) -> None:
    clock = StillClock()
    acts = (iam("t1.first.x", 43200, clock), iam("t1.second.x", 43200, clock))
    with cloud(EXPIRED, STARTED, iam_acts=acts) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens), clock)
        started = provider.start(StartRequest("dfqload", "{}", "attempt", float("inf")))
    assert started.execution_id == ID
    assert bearers(workflows) == ["t1.first.x", "t1.second.x"]


def test_a_token_that_is_refused_again_is_an_error(opened: Opener) -> None:
    clock = StillClock()
    with cloud(EXPIRED, iam_acts=(iam("t1.same.x", 43200, clock),)) as (workflows, tokens):
        error = failed(opened(workflows.url, with_key(tokens), clock))
    assert (error.kind, error.proves_nothing_happened) == (Kind.UNAUTHENTICATED, True)
    assert (len(workflows.requests), len(tokens.requests)) == (2, 2)


def test_a_start_is_not_repeated_after_a_401_that_proves_nothing(opened: Opener) -> None:
    clock = StillClock()
    proxy = reply(401, b"<html>log in</html>")
    with cloud(proxy, GOT, iam_acts=(iam("t1.a.b", 43200, clock),)) as (workflows, tokens):
        error = failed(opened(workflows.url, with_key(tokens), clock))
    assert not error.proves_nothing_happened
    assert (len(workflows.requests), len(tokens.requests)) == (1, 1)


def test_a_renewal_can_make_a_start_too_late(opened: Opener) -> None:
    clock = StillClock()
    acts = (iam("t1.first.x", 43200, clock), *[rpc(503, 14, "busy", "Retry-After: 40")] * 2, STARTED)
    with cloud(EXPIRED, STARTED, iam_acts=(*acts[:3], iam("t1.second.x", 43200, clock))) as (
        workflows,
        tokens,
    ):
        provider = opened(workflows.url, with_key(tokens), clock)
        with pytest.raises(ProviderError) as caught:
            provider.start(StartRequest("dfqload", "{}", "attempt", clock.monotonic() + 30))
    assert (caught.value.kind, caught.value.proves_nothing_happened) == (Kind.TOO_LATE, True)
    assert len(workflows.requests) == 1


def test_an_expired_token_that_cannot_be_renewed_says_what_to_do(opened: Opener) -> None:
    with RawServer(EXPIRED).running() as server:
        error = failed(opened(server.url))
    assert len(server.requests) == 1
    assert "yc iam create-token" in error.hint and "expired" in error.said


def test_a_skewed_clock_is_named(opened: Opener) -> None:
    clock = StillClock()
    stamp = formatdate(clock.now() - 900, usegmt=True)
    refusal = rpc(400, 3, "JWT is invalid", f"Date: {stamp}")
    with cloud(GOT, iam_acts=(refusal,)) as (workflows, tokens):
        error = failed(opened(workflows.url, with_key(tokens), clock))
    assert error.kind is Kind.UNAUTHENTICATED and "900 s ahead" in error.hint
    assert workflows.requests == []


@pytest.mark.parametrize("status", [(404, 5), (403, 7), (400, 9)])
def test_what_iam_refuses_is_never_mistaken_for_the_service(opened: Opener, status: tuple[int, int]) -> None:
    """A NOT_FOUND of IAM about the key must not read as "the execution is gone"."""
    with cloud(GOT, iam_acts=(rpc(*status, "no such key"),)) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens))
        with pytest.raises(ProviderError) as caught:
            get(provider)
    assert caught.value.kind is Kind.UNAUTHENTICATED


def test_many_threads_fetch_one_token(opened: Opener) -> None:
    clock = SystemClock()
    with cloud(GOT, iam_acts=(iam("t1.a.b", 43200, clock),)) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens), clock)
        threads = [threading.Thread(target=get, args=(provider,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(tokens.requests), len(workflows.requests)) == (1, 10)


def test_many_threads_renew_a_refused_token_once(opened: Opener) -> None:
    clock = SystemClock()
    acts = tuple(iam(f"t1.n{n}.x", 43200, clock) for n in range(9))
    together = threading.Barrier(6)

    def refuse_the_first(sock: Any) -> None:
        token = bearers(workflows)[0]
        is_first = all(each == token for each in bearers(workflows))
        if is_first:
            together.wait(5)
        sock.sendall(EXPIRED if is_first else GOT)

    with cloud(GOT, iam_acts=acts) as (workflows, tokens):
        provider = opened(workflows.url, with_key(tokens), clock)
        workflows.acts = [refuse_the_first]
        threads = [threading.Thread(target=get, args=(provider,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(tokens.requests) == 2


class Refusing:
    """A source that fails once all who want a token wait for it. `tries`: how often it was asked."""

    can_renew = True

    def __init__(self, waiting: threading.Semaphore, clock: StillClock) -> None:
        self.tries = 0
        self._waiting = waiting
        self._clock = clock

    def fetch(self) -> Token:
        for _ in range(4):
            assert self._waiting.acquire(timeout=10)
        self._clock.advance(10)
        self.tries += 1
        raise ProviderError(Kind.TIMEOUT, "POST", "no complete answer within 10 s")

    def close(self) -> None: ...


def test_many_threads_share_one_failure() -> None:
    """Each that asks for itself would hold up the others by all of its tries."""
    waiting = threading.Semaphore(0)

    class Telling(StillClock):
        def monotonic(self) -> float:
            waiting.release()
            return super().monotonic()

    clock = Telling()
    source = Refusing(waiting, clock)
    cache = TokenCache(source, clock)
    failures: list[ProviderError] = []

    def ask() -> None:
        try:
            cache.current()
        except ProviderError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.tries == 1 and len(failures) == 4


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"YC_SERVICE_ACCOUNT_KEY_FILE": "/nowhere/key.json"}, "cannot be read"),
        ({"YC_SERVICE_ACCOUNT_KEY_FILE": "~nobody-at-all/key.json"}, "cannot be read"),
        ({"YC_SERVICE_ACCOUNT_KEY_FILE": "{}"}, "id, service_account_id, private_key not found"),
        ({"YC_SERVICE_ACCOUNT_KEY_FILE": "{broken"}, "is not a service account's key"),
        ({"YC_IAM_TOKEN": "two words"}, "YC_IAM_TOKEN does not hold a token"),
        ({"YC_TOKEN": "a\nb"}, "YC_TOKEN does not hold a token"),
    ],
)
def test_unusable_credentials_are_refused_at_once(
    opened: Opener, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        opened("http://127.0.0.1:1", environ)


def test_a_missing_library_is_named(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refused) as caught:
        opened("http://127.0.0.1:1", {"YC_SERVICE_ACCOUNT_KEY_FILE": json.dumps(KEY)})
    assert caught.value.diagnostics[0].hint == "pip install 'declarative-executions[yandex]'"


def test_a_key_that_cannot_sign_is_an_error_that_proves_nothing_started(opened: Opener) -> None:
    broken = {"YC_SERVICE_ACCOUNT_KEY_FILE": json.dumps({**KEY, "private_key": "none"})}
    error = failed(opened("http://127.0.0.1:1", broken))
    assert (error.kind, error.proves_nothing_happened) == (Kind.UNAUTHENTICATED, True)
