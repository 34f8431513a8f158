"""Tokens, keys and JWTs appear nowhere: not in texts, not in reprs, not down the chain of exceptions."""

from __future__ import annotations

import gc
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from raw_server import RawServer, reply, rpc
from test_yandex_tokens import KEY, PEM
from yandex_kit import Opener

from declarative.diagnostics import Refused
from declarative.protocols import GetRequest, HistoryRequest, ListRequest, ProviderError, StartRequest
from declarative.providers.yandex import YandexProvider

PLANTED = "plantedsecretofnoknownshape"
SECRETS = (PLANTED, PEM.splitlines()[1], "eyJ0eXAiOiJKV1Qi", "eyJhbGciOiJQUzI1NiI")
"""A token, the private key, and how a JWT begins."""


def chain(error: BaseException) -> Iterator[BaseException]:
    todo, seen = [error], set()
    while todo:
        each = todo.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            todo += [e for e in (each.__cause__, each.__context__) if e is not None]


def texts_of(error: BaseException) -> str:
    found = ["".join(traceback.format_exception(error))]
    for each in chain(error):
        found += [str(each), repr(each), repr(each.args), repr(vars(each))]
        found += [repr(getattr(each, name, "")) for name in ("doc", "object", "said", "hint", "request_id")]
    return "\n".join(found)


def reprs_of_our_objects() -> str:
    # Other libraries make types whose __module__ is no text.
    ours = [
        each
        for each in gc.get_objects()
        if str(getattr(type(each), "__module__", "")).startswith("declarative.providers")
    ]
    assert ours
    return "\n".join(repr(each) + str(each) for each in ours)


def assert_clean(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


def fails_everywhere(provider: YandexProvider) -> str:
    """All that can be seen of the failures of all methods."""
    texts = []
    calls: list[Any] = [
        lambda: provider.start(StartRequest("dfqload", "{}", "attempt", float("inf"))),
        lambda: provider.get(GetRequest("dfq-1")),
        lambda: provider.list(ListRequest("dfqload")),
        lambda: provider.history(HistoryRequest("dfq-1")),
    ]
    for call in calls:
        with pytest.raises(ProviderError) as caught:
            call()
        texts.append(texts_of(caught.value))
    return "\n".join(texts)


def echo(status: int, content_type: str = "text/html") -> Any:
    """A server that tells everybody what it was asked, as debugging proxies do."""

    def act(sock: Any) -> None:
        asked = server.requests[-1].decode()
        body = json.dumps({"code": 16, "message": asked}) if "json" in content_type else asked[-300:] + asked
        head = (f"X-Request-Id: {PLANTED}", f"Location: http://x/{PLANTED}", f"Content-Type: {content_type}")
        sock.sendall(reply(status, body.encode(), *head))

    server = RawServer(act)
    return server


@pytest.mark.parametrize(
    ("status", "content_type"),
    [(200, "text/html")]
    + [(s, t) for s in (301, 400, 401, 403, 404, 500, 503) for t in ("text/html", "application/json")],
)
def test_a_token_is_never_shown(
    opened: Opener, status: int, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with echo(status, content_type).running() as server:
        provider = opened(server.url, {"YC_IAM_TOKEN": PLANTED})
        seen = fails_everywhere(provider)
        assert_clean(reprs_of_our_objects())
    assert server.requests and PLANTED.encode() in server.requests[0]
    assert_clean(seen + caplog.text)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_key_and_its_jwt_are_never_shown(opened: Opener, status: int, content_type: str) -> None:
    with echo(status, content_type).running() as iam:
        environ = {"YC_SERVICE_ACCOUNT_KEY_FILE": json.dumps(KEY), "YC_IAM_ENDPOINT": iam.url}
        provider = opened("http://127.0.0.1:1", environ)
        seen = fails_everywhere(provider)
        assert_clean(reprs_of_our_objects())
    assert b"eyJ" in iam.requests[0]
    assert_clean(seen.replace(PLANTED, ""))


def test_an_oauth_token_is_never_shown(opened: Opener) -> None:
    with echo(401).running() as iam:
        provider = opened("http://127.0.0.1:1", {"YC_TOKEN": PLANTED, "YC_IAM_ENDPOINT": iam.url})
        assert_clean(fails_everywhere(provider) + reprs_of_our_objects())


@pytest.mark.parametrize("text", ['{"private_key": "%s", ', '{"private_key": "%s"}', '["%s"]'])
def test_a_broken_key_is_never_shown(opened: Opener, text: str, tmp_path: Any) -> None:
    path = tmp_path / "key.json"
    path.write_text(text % PLANTED)
    for given in (text % PLANTED, str(path)):
        with pytest.raises(Refused) as caught:
            opened("http://127.0.0.1:1", {"YC_SERVICE_ACCOUNT_KEY_FILE": given})
        assert_clean(texts_of(caught.value).replace(str(path), ""))


def test_a_key_that_cannot_sign_is_never_shown(opened: Opener) -> None:
    key = json.dumps({**KEY, "private_key": f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n"})
    provider = opened("http://127.0.0.1:1", {"YC_SERVICE_ACCOUNT_KEY_FILE": key})
    assert_clean(fails_everywhere(provider))


def test_a_proxys_password_is_never_shown(opened: Opener) -> None:
    with RawServer(reply(407, b"who are you?")).running() as proxy:
        url = proxy.url.replace("http://", f"http://user:{PLANTED}@")
        environ = {"YC_IAM_TOKEN": "t1.a.b", "HTTPS_PROXY": url}
        provider = opened("https://workflows.api.cloud.yandex.net", environ)
        assert_clean(fails_everywhere(provider) + reprs_of_our_objects())
    assert b"Proxy-Authorization: Basic" in proxy.requests[0]


def test_what_looks_like_a_credential_is_never_shown(opened: Opener) -> None:
    """Also those that are not ours: the service may quote another caller's."""
    foreign = "t1.9euelZq.Ab-c_d= y0_AgAAAABkZm9vYmFyYmF6 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig"
    quoting = RawServer(rpc(400, 3, f"bad token {foreign} in the request"))
    with quoting.running() as server, pytest.raises(ProviderError) as caught:
        opened(server.url).get(GetRequest("dfq-1"))
    assert caught.value.said == "bad token [redacted] [redacted] [redacted] in the request (HTTP 400)"
