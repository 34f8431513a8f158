"""A few jq workers side by side, so that an expression that never ends holds up its own run alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from declarative.engine.evaluation import Evaluator, Scope
from declarative.engine.jqworker import JqWorker
from declarative.model.json import Json

WORKERS_MAX = 4


class JqPool:
    """The Evaluator over several workers; a process is started when all others are busy."""

    def __init__(self, worker: Callable[[], Evaluator] = JqWorker, size: int = WORKERS_MAX) -> None:
        self._workers = [worker() for _ in range(size)]
        self._free = list(self._workers)
        self._turn = asyncio.Semaphore(size)

    async def evaluate(self, expressions: Sequence[str], scope: Scope) -> list[Json]:
        async with self._turn:
            # The one that was used last knows the most programs.
            worker = self._free.pop()
            try:
                return await worker.evaluate(expressions, scope)
            finally:
                self._free.append(worker)

    async def aclose(self) -> None:
        for worker in self._workers:
            await worker.aclose()
