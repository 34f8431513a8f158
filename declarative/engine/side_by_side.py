"""Jobs side by side in a bounded number of lanes, begun in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence

from declarative.engine.run_state import Stopped
from declarative.model.json import Json

Job = Callable[[], Awaitable[Json]]


async def side_by_side(jobs: Sequence[Job], concurrency: int) -> list[Json]:
    """The results in the jobs' order. A failure cancels the rest; a stop lets what is under way end."""
    if not jobs:
        return []
    results: list[Json] = [None] * len(jobs)
    ahead = iter(enumerate(jobs))
    lanes = [_lane(ahead, results) for _ in range(min(concurrency, len(jobs)))]
    stops = [await lanes[0]] if len(lanes) == 1 else await _all(lanes)
    if any(stops):
        raise Stopped
    return results


async def _lane(ahead: Iterator[tuple[int, Job]], results: list[Json]) -> bool:
    """Takes the next job while there is one; tells whether a stop kept one from its end."""
    for number, job in ahead:
        try:
            results[number] = await job()
        except Stopped:
            return True
    return False


async def _all(lanes: Sequence[Coroutine[None, None, bool]]) -> list[bool]:
    tasks = [asyncio.create_task(lane) for lane in lanes]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    return [_result(end) for end in sorted(ends, key=_rank)]


def _rank(end: bool | BaseException) -> int:
    """What failed before what was cancelled because of it."""
    return isinstance(end, asyncio.CancelledError)


def _result(end: bool | BaseException) -> bool:
    if isinstance(end, BaseException):
        raise end
    return end
