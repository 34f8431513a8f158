"""What a run touches outside of itself, bundled so that tests can replace every part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from declarative.engine.evaluation import Evaluator
from declarative.engine.journal import Children
from declarative.engine.mocks import Mocks
from declarative.engine.secrets import Secrets

if TYPE_CHECKING:
    import httpx


class Clock(Protocol):
    """The time of day and waiting, for `wait` steps and retry delays."""

    def now(self) -> float:
        """Seconds since the epoch."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The Clock of the machine."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's fixed limits. One step may take in and give out 2 MB: read as 2 * 2^20 bytes of JSON."""

    steps: int = 1000
    attempt_seconds: float = 15 * 60
    retry_seconds: float = 24 * 3600
    run_seconds: float = 48 * 3600
    data_bytes: int = 2 * 1024 * 1024
    depth: int = 10
    redirects: int = 10


def any_host(host: str, port: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class World:
    """`http` is best made by `declarative.engine.steps.http_call.new_client`, once for all runs."""

    http: httpx.AsyncClient
    clock: Clock
    jq: Evaluator
    children: Children
    mocks: Mocks = field(default_factory=Mocks)
    secrets: Secrets = field(default_factory=Secrets)
    limits: Limits = field(default_factory=Limits)
    allows: Callable[[str, int], bool] = any_host
    """Whether httpCall may connect to a host and port; asked again for every redirect."""
    depth: int = 0
    """How many runs this one is nested in."""
