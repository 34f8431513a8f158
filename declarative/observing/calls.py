"""Counts calls and makes them in parallel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from declarative.diagnostics import Diagnostic
from declarative.model.execution import Execution
from declarative.protocols import GetRequest, Kind, ListPage, ListRequest, ProviderError, Reader

T = TypeVar("T")
R = TypeVar("R")


FAILURES_MAX = 3
_GONE = (Kind.UNAUTHENTICATED, Kind.UNREACHABLE, Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.EXHAUSTED)


class CountedReader:
    """The two calls that observation needs, counted for the plan's last line.

    Providers try again by themselves, so an engine that fails a few calls in a row is not there: it is not
    asked again. A thousand calls that each wait for their deadline would take hours to say the same.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._failures = 0
        self._gone: ProviderError | None = None
        self.calls = 0

    @property
    def identity(self) -> str:
        return self._reader.identity

    @property
    def settle(self) -> float:
        return self._reader.capabilities.settle

    def get(self, execution_id: str) -> Execution | None:
        """None when the engine answers that it does not know the id. Raises ProviderError."""
        try:
            return self._counted(lambda: self._reader.get(GetRequest(execution_id)))
        except ProviderError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise

    def list(self, request: ListRequest) -> ListPage:
        """Raises ProviderError."""
        return self._counted(lambda: self._reader.list(request))

    def _counted(self, call: Callable[[], R]) -> R:
        with self._lock:
            if self._gone is not None:
                raise self._gone
            self.calls += 1
        try:
            found = call()
        except ProviderError as error:
            self._note(error)
            raise
        self._failures = 0
        return found

    def _note(self, error: ProviderError) -> None:
        with self._lock:
            self._failures = self._failures + 1 if error.kind in _GONE else 0
            if self._failures >= FAILURES_MAX:
                self._gone = error


def in_parallel(work: Callable[[T], R], items: Iterable[T], parallelism: int) -> list[R]:
    """In order of `items`. One thread needs no pool, and a simulation must not have one."""
    chosen = list(items)
    if parallelism <= 1 or len(chosen) <= 1:
        return [work(item) for item in chosen]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(parallelism, len(chosen))) as pool:
        return list(pool.map(work, chosen))


def problem_of(error: ProviderError, code: str = "provider_error") -> Diagnostic:
    """What a failed call says to people: the call, the engine's words, its request id, and what to do."""
    request = f"\nrequest id: {error.request_id}" if error.request_id else ""
    return Diagnostic(code, f"{error.call} failed: {error.said}", f"{request}".strip(), hint=error.hint)
