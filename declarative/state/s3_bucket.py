"""Two calls of S3, with their outcomes told apart: get an object, put it if it is still the one we know.

The only module that knows boto3. Its retries are off: whether a write may be made again is not its decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from declarative.protocols import BackendError, Clock
from declarative.state.lock import printable
from declarative.state.problems import failed
from declarative.state.retry import patiently

YANDEX_REGION = "ru-central1"
CONTENT_BYTES_MAX = 1 << 30
_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 30
_UNMET = {412, 409}


@dataclass(frozen=True, slots=True)
class S3Settings:
    """`endpoint` is empty for AWS itself; credentials come from boto3's own chain, never from here."""

    bucket: str
    key: str
    endpoint: str = ""
    region: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class S3Object:
    """`age`: seconds since it was written, by the store's own clocks; None where it does not tell."""

    content: bytes
    etag: str
    age: float | None


class Unmet(Exception):
    """The condition did not hold: nothing was written."""


class Bucket:
    """Raises BackendError for whatever is not an answer."""

    def __init__(self, settings: S3Settings, clock: Clock) -> None:
        self._name = settings.bucket
        self._clock = clock
        self._place = f"s3://{settings.bucket}"
        with self._saying("reach", ""):
            self._client = _client(settings)

    def get(self, key: str) -> S3Object | None:
        return patiently(lambda: self._get(key), self._clock)

    def put(self, key: str, content: bytes, known: str | None) -> str:
        """The new tag. `known`: the tag it must still have, None for "must not exist". Raises Unmet."""
        condition = {"IfNoneMatch": "*"} if known is None else {"IfMatch": known}
        with self._saying("write", key, writing=True):
            answer = self._client.put_object(
                Bucket=self._name, Key=key, Body=content, ContentType="application/json", **condition
            )
        return str(answer["ETag"])

    def close(self) -> None:
        self._client.close()

    def _get(self, key: str) -> S3Object | None:
        with self._saying("read", key):
            try:
                answer = self._client.get_object(Bucket=self._name, Key=key)
            except self._client.exceptions.NoSuchKey:
                return None
            if answer["ContentLength"] > CONTENT_BYTES_MAX:
                raise failed("read", f"{self._place}/{key}", "It is larger than 1 GiB.")
            return S3Object(answer["Body"].read(), str(answer["ETag"]), _age(answer))

    @contextmanager
    def _saying(self, doing: str, key: str, writing: bool = False) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        place = f"{self._place}/{key}"
        try:
            yield
        except ClientError as error:
            raise _refusal(error.response, doing, place, writing) from error
        except BotoCoreError as error:
            raise _transport(error, doing, place, writing) from error


def _client(settings: S3Settings) -> Any:
    from botocore.config import Config

    session = _session(settings.profile)
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        # Servers other than AWS often know neither trailing checksums nor bucket names as host names.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if settings.endpoint else "auto"},
    )
    region = settings.region or session.region_name or _region_of(settings.endpoint)
    return session.client("s3", endpoint_url=settings.endpoint or None, region_name=region, config=config)


@cache
def _session(profile: str) -> Any:
    """Shared, because what it costs is reading the descriptions of the service, once per session."""
    import boto3

    return boto3.session.Session(profile_name=profile or None)


def _region_of(endpoint: str) -> str | None:
    """Servers other than AWS hardly look at the region, yet no request is signed without one."""
    if "yandexcloud" in endpoint:
        return YANDEX_REGION
    return "us-east-1" if endpoint else None


def _age(answer: Mapping[str, Any]) -> float | None:
    served = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return float((parsedate_to_datetime(served) - answer["LastModified"]).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None


def _refusal(response: Mapping[str, Any], doing: str, place: str, writing: bool) -> Exception:
    status = int(response["ResponseMetadata"].get("HTTPStatusCode", 0))
    code = printable(str(response["Error"].get("Code", "")))
    if writing and (status in _UNMET or code == "NoSuchKey"):
        return Unmet()
    passing = status >= 500 or status in (408, 429)
    said = printable(f"{code}: {response['Error'].get('Message', '')} (HTTP {status})")
    return failed(
        doing, place, said, hint=_HINTS.get(code, ""), outcome_unknown=writing and passing, transient=passing
    )


def _transport(error: Exception, doing: str, place: str, writing: bool) -> BackendError:
    from botocore import exceptions as known

    unsent = (known.EndpointConnectionError, known.ConnectTimeoutError, known.ProxyConnectionError)
    cut = (known.HTTPClientError, known.IncompleteReadError, known.SSLError)
    return failed(
        doing,
        place,
        printable(str(error)),
        hint=_CREDENTIALS if isinstance(error, known.NoCredentialsError) else "",
        outcome_unknown=writing and isinstance(error, cut),
        transient=isinstance(error, cut + unsent),
    )


_CREDENTIALS = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (for Yandex Object Storage: a static access key of a "
    "service account), or name a profile."
)

_HINTS = {
    "AccessDenied": "The credentials need to read and write the key and <key>.tflock.",
    "InvalidAccessKeyId": _CREDENTIALS,
    "SignatureDoesNotMatch": "The secret key does not belong to the access key.",
    "NoSuchBucket": "Create the bucket first, with versioning, so that earlier states can be restored.",
}
