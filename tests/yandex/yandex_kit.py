"""What the tests of the provider share: a token, a clock that does not wait, and how a provider is opened."""

from __future__ import annotations

from collections.abc import Callable

from declarative.clock import SystemClock
from declarative.providers.yandex import YandexProvider

TOKEN = "t1.planted.token"

Opener = Callable[..., YandexProvider]


class QuickClock(SystemClock):
    """The real time of real sockets, but no wait between two tries is real. `slept`: what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
