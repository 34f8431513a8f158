"""State in S3: two real servers that honour conditions, one that does not, and a network that breaks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from faulty_proxy import FaultyProxy
from ignorant_s3 import IgnorantS3
from state_kit import ClosingConformance, failure, lock_request, state_of, words
from state_servers import S3_ENVIRON

from declarative.protocols import BackendError, Locked, StateBackend, WriteRequest
from declarative.state.owner import Owner
from declarative.state.s3 import S3Backend
from declarative.state.s3_bucket import S3Settings, _region_of, _session
from declarative.state.store import Store
from declarative.testing.clock import StillClock

BUCKET = "acme-state"


def make_bucket(port: int) -> None:
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture(scope="session")
def moto(moto_port: int) -> int:
    make_bucket(moto_port)
    return moto_port


@pytest.fixture(scope="session")
def weed(weed_port: int) -> int:
    make_bucket(weed_port)
    return weed_port


def settings_for(port: int, key: str = "") -> S3Settings:
    return S3Settings(BUCKET, key or f"orders/{uuid.uuid4()}", f"http://127.0.0.1:{port}")


class S3Conformance(ClosingConformance):
    """Through a proxy that makes the store's clock go on, since nobody can wait for leases."""

    @pytest.fixture(autouse=True)
    def _place(self, request: pytest.FixtureRequest) -> Iterator[None]:
        self.proxy = FaultyProxy(request.getfixturevalue(self.server))
        self.settings = settings_for(self.proxy.port)
        yield
        self.proxy.close()

    server: str

    def make(self) -> StateBackend:
        return S3Backend(self.settings, StillClock())

    def pass_time(self, seconds: float) -> None:
        self.proxy.date_shift += seconds


class TestMoto(S3Conformance):
    server = "moto"


class TestSeaweed(S3Conformance):
    server = "weed"


@pytest.fixture
def proxy(moto: int) -> Iterator[FaultyProxy]:
    running = FaultyProxy(moto)
    yield running
    running.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def backend(proxy: FaultyProxy, clock: StillClock) -> Iterator[S3Backend]:
    opened = S3Backend(settings_for(proxy.port), clock)
    yield opened
    opened.close()


@pytest.fixture
def other(backend: S3Backend, proxy: FaultyProxy) -> Iterator[S3Backend]:
    opened = S3Backend(settings_for(proxy.port, backend._key), StillClock())
    yield opened
    opened.close()


def stored(moto: int, backend: S3Backend, suffix: str) -> dict[str, str]:
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{moto}", region_name="us-east-1")
    content = client.get_object(Bucket=BUCKET, Key=f"{backend._key}{suffix}")["Body"].read()
    client.close()
    found: dict[str, str] = json.loads(content)
    return found


def test_the_lock_is_terraforms_with_an_end(backend: S3Backend, moto: int) -> None:
    request = lock_request()
    backend.lock(request)
    content = stored(moto, backend, ".tflock")
    assert content["ID"] == request.info.id and content["Who"] == "anna@ci-1"
    assert content.keys() == {
        *("ID", "Operation", "Info", "Who", "Version", "Created", "Path"),
        "expires_at",
    }
    backend.unlock(request)
    assert stored(moto, backend, ".tflock")["ID"] == "", "released by a write, never by a delete"


def test_when_a_held_lock_could_be_free_is_told(
    backend: S3Backend, other: S3Backend, proxy: FaultyProxy
) -> None:
    backend.lock(lock_request())
    proxy.date_shift = 41
    detail = failure(lambda: other.lock(lock_request())).problem.detail
    assert "is free in 19 s" in detail or "is free in 18 s" in detail


def test_a_lock_that_nobody_understands_is_held_until_it_is_old(
    backend: S3Backend, moto: int, proxy: FaultyProxy
) -> None:
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{moto}", region_name="us-east-1")
    client.put_object(Bucket=BUCKET, Key=f"{backend._key}.tflock", Body=b"<busy/>")
    client.close()
    assert isinstance(failure(lambda: backend.lock(lock_request())), Locked)
    proxy.date_shift = 61
    backend.lock(lock_request())


def test_a_lock_whose_answer_was_lost_is_ours(backend: S3Backend, proxy: FaultyProxy) -> None:
    proxy.drop_answer(b"PUT /")
    request = lock_request()
    backend.lock(request)
    assert proxy.struck == 1
    holder = backend.holder()
    assert holder is not None and holder.id == request.info.id
    backend.renew(request)


def test_a_renewal_whose_answer_was_lost_does_not_cost_the_lock(
    backend: S3Backend, proxy: FaultyProxy, clock: StillClock
) -> None:
    request = lock_request()
    backend.lock(request)
    for following in (backend.renew, backend.unlock):
        clock.advance(10)
        proxy.drop_answer(b"PUT /")
        assert failure(lambda: backend.renew(request)).outcome_unknown
        clock.advance(10)
        following(request)
    assert backend.holder() is None


def test_a_write_whose_answer_was_lost_is_an_unknown_outcome(backend: S3Backend, proxy: FaultyProxy) -> None:
    proxy.drop_answer(b"PUT /")
    error = failure(lambda: backend.write(WriteRequest(b"{}", None)))
    assert error.outcome_unknown and proxy.struck == 1
    assert backend.read() is not None


def test_half_a_write_is_none(backend: S3Backend, proxy: FaultyProxy) -> None:
    proxy.cut_request(b"PUT /")
    assert failure(lambda: backend.write(WriteRequest(b"x" * 200_000, None))).outcome_unknown
    assert backend.read() is None and proxy.struck == 1


def test_a_store_goes_on_through_lost_answers(backend: S3Backend, proxy: FaultyProxy) -> None:
    store = Store(backend, StillClock(), Owner(), environ={})
    store.lock("apply")
    first = store.write(state_of("a"))
    proxy.drop_answer(b"PUT /")
    second = store.write(first)
    proxy.cut_request(b"PUT /")
    third = store.write(second)
    assert (third.serial, proxy.struck) == (3, 2)
    assert store.read() == third
    store.unlock()


def test_a_broken_read_is_made_again(backend: S3Backend, proxy: FaultyProxy) -> None:
    proxy.drop_answer(b"GET /")
    assert backend.read() is None
    assert proxy.struck == 1


def test_a_server_that_is_not_there_has_written_nothing(backend: S3Backend, proxy: FaultyProxy) -> None:
    proxy.close()
    error = failure(lambda: backend.write(WriteRequest(b"{}", None)))
    assert error.transient and not error.outcome_unknown


@pytest.fixture
def ignorant(s3_environ: None) -> Iterator[IgnorantS3]:
    running = IgnorantS3()
    yield running
    running.close()


def test_a_server_that_ignores_conditions_is_refused(ignorant: IgnorantS3) -> None:
    backend = S3Backend(settings_for(ignorant.port), StillClock())
    error = failure(lambda: backend.lock(lock_request()))
    assert error.problem.code == "state_backend_unsafe"
    (lock,) = [json.loads(content) for path, content in ignorant.objects.items() if path.endswith(".tflock")]
    assert lock["ID"] == "", "the lock is not left behind"
    backend.close()


def test_conditions_are_tried_once(backend: S3Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    puts: list[str] = []
    put = backend._bucket.put
    monkeypatch.setattr(backend._bucket, "put", lambda *a: puts.append(a[0]) or put(*a))
    for _ in range(2):
        request = lock_request()
        backend.lock(request)
        backend.unlock(request)
    assert len(puts) == 6


def test_a_missing_bucket_is_not_a_missing_state(moto: int) -> None:
    backend = S3Backend(replace(settings_for(moto), bucket="nowhere"), StillClock())
    error = failure(backend.read)
    assert "NoSuchBucket" in error.problem.detail and error.problem.hint
    backend.close()


def test_no_error_holds_a_credential(backend: S3Backend, proxy: FaultyProxy, moto: int) -> None:
    errors: list[BackendError] = []
    proxy.cut_request(b"PUT /")
    errors.append(failure(lambda: backend.write(WriteRequest(b"{}", None))))
    missing = S3Backend(replace(settings_for(moto), bucket="nowhere"), StillClock())
    errors += [failure(missing.read), failure(lambda: missing.lock(lock_request()))]
    missing.close()
    proxy.close()
    errors.append(failure(lambda: backend.write(WriteRequest(b"{}", None))))
    for error in errors:
        assert S3_ENVIRON["AWS_SECRET_ACCESS_KEY"] not in words(error)
        assert S3_ENVIRON["AWS_ACCESS_KEY_ID"] not in words(error)


def test_without_credentials_it_says_which(moto: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    _session.cache_clear()
    backend = S3Backend(settings_for(moto), StillClock())
    error = failure(backend.read)
    _session.cache_clear()
    assert "AWS_SECRET_ACCESS_KEY" in error.problem.hint and not error.transient
    backend.close()


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://storage.yandexcloud.net", "ru-central1"),
        ("http://127.0.0.1:9000", "us-east-1"),
        ("", None),
    ],
)
def test_a_region_for_signing_is_found(endpoint: str, region: str | None) -> None:
    assert _region_of(endpoint) == region
