"""Calls made in parallel, answers taken in as they come; with one lane, simply one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

from declarative.protocols import Clock

T = TypeVar("T")
R = TypeVar("R")

DRAIN_SECONDS = 3.0
"""Of the five seconds between Ctrl-C and the last write, what calls under way may still take."""
_LOOK_UP_SECONDS = 0.2
"""Between two looks at whether a signal came."""


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
    done: SimpleQueue[Future[R]] = SimpleQueue()
    pool = ThreadPoolExecutor(parallelism, thread_name_prefix="call")
    try:
        futures = {pool.submit(work, item): item for item in items}
        for future in futures:
            future.add_done_callback(done.put)
        yield from _drain(futures, done, interrupted, clock)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _drain(
    futures: dict[Future[R], T], done: SimpleQueue[Future[R]], interrupted: Callable[[], bool], clock: Clock
) -> Iterator[tuple[T, R]]:
    until: float | None = None
    while futures:
        with suppress(Empty):
            future = done.get(timeout=_LOOK_UP_SECONDS)
            yield futures.pop(future), future.result()
        if until is None and interrupted():
            until = clock.monotonic() + DRAIN_SECONDS
        if until is not None and clock.monotonic() > until:
            return
