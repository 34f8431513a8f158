"""Calls made in parallel, answers taken in as they come; with one lane, simply one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from declarative.protocols import Clock

T = TypeVar("T")
R = TypeVar("R")

DRAIN_SECONDS = 3.0
"""Of the five seconds between Ctrl-C and the last write, what calls under way may still take."""


def as_they_come(
    work: Callable[[T], R],
    items: Iterable[T],
    parallelism: int,
    interrupted: Callable[[], bool],
    clock: Clock,
) -> Iterator[tuple[T, R]]:
    """Yields (item, answer). Once interrupted, waits three seconds for calls under way, no longer:
    an item that is not yielded was possibly sent. `work` itself declines to begin when interrupted."""
    if parallelism <= 1:
        for item in items:
            yield item, work(item)
        return
    pool = ThreadPoolExecutor(parallelism, thread_name_prefix="call")
    try:
        futures: dict[Future[R], T] = {pool.submit(work, item): item for item in items}
        yield from _drain(futures, interrupted, clock)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _drain(
    futures: dict[Future[R], T], interrupted: Callable[[], bool], clock: Clock
) -> Iterator[tuple[T, R]]:
    pending = set(futures)
    until: float | None = None
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            yield futures[future], future.result()
        if until is None and interrupted():
            until = clock.monotonic() + DRAIN_SECONDS
        if until is not None and clock.monotonic() > until:
            return
