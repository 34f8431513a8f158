"""The token in use: fetched when it is needed, renewed before it ends, by one thread at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Protocol

from declarative.protocols import Clock, ProviderError

LIFETIME_ASSUMED = 3600.0
_MARGIN_MAX = 3600.0
_MARGIN_SHARE = 0.1
_RETRY_RENEWAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as a source gave it. `seconds`: how long it lives from now, None for "nobody knows"."""

    value: str = field(repr=False)
    seconds: float | None = None


class TokenSource(Protocol):
    """Where tokens come from."""

    @property
    def can_renew(self) -> bool:
        """Whether fetching again may give a token that works when this one does not."""

    def fetch(self) -> Token:
        """Raises ProviderError, always with `proves_nothing_happened`."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A token and its moments on Clock.monotonic, which no skewed clock can move."""

    value: str = field(repr=False)
    renew_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A token that was given as such and cannot be renewed."""

    value: str = field(repr=False)

    @property
    def can_renew(self) -> bool:
        return False

    def fetch(self) -> Token:
        return Token(self.value)

    def close(self) -> None:
        return None


class TokenCache:
    """Safe to ask from many threads: while one renews, the others wait for its token, or for its failure."""

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._held: Held | None = None
        self._lock = threading.Lock()
        self._failed: tuple[float, ProviderError] | None = None

    @property
    def can_renew(self) -> bool:
        return self._source.can_renew

    def current(self) -> Held:
        """A token that should work. Raises ProviderError."""
        held = self._held
        if held is not None and self._clock.monotonic() < held.renew_at:
            return held
        asked_at = self._clock.monotonic()
        with self._lock:
            held = self._held
            if held is not None and self._clock.monotonic() < held.renew_at:
                return held
            self._share_failure(asked_at)
            return self._renewed_early(held)

    def renewed(self, rejected: Held) -> Held:
        """Another token than the one that was rejected, which another thread may have fetched already."""
        asked_at = self._clock.monotonic()
        with self._lock:
            if self._held is not None and self._held is not rejected:
                return self._held
            self._share_failure(asked_at)
            return self._fetched()

    def close(self) -> None:
        self._source.close()

    def _share_failure(self, asked_at: float) -> None:
        """A try that failed while one waited for it is not repeated by each that waited."""
        if self._failed is not None and self._failed[0] > asked_at:
            raise self._failed[1]

    def _renewed_early(self, held: Held | None) -> Held:
        """A renewal that fails does no harm while the old token lives: it is tried again a little later."""
        try:
            return self._fetched()
        except ProviderError:
            now = self._clock.monotonic()
            if held is None or now >= held.ends_at:
                raise
            self._held = replace(held, renew_at=now + _RETRY_RENEWAL_SECONDS)
            return self._held

    def _fetched(self) -> Held:
        try:
            token = self._source.fetch()
        except ProviderError as error:
            self._failed = (self._clock.monotonic(), error)
            raise
        now = self._clock.monotonic()
        if not self._source.can_renew:
            self._held = Held(token.value, float("inf"), float("inf"))
            return self._held
        seconds = LIFETIME_ASSUMED if token.seconds is None else max(0.0, token.seconds)
        margin = min(_MARGIN_MAX, seconds * _MARGIN_SHARE)
        self._held = Held(token.value, now + seconds - margin, now + seconds)
        return self._held
