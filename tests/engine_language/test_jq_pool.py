"""Several jq workers: who waits for one, and who need not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from declarative.engine.evaluation import Datum, Scope
from declarative.engine.jqpool import JqPool
from declarative.model.json import Json

SCOPE = Scope(Datum(None), Datum(None))


class Worker:
    """Answers with its number; "endless" only when it is cancelled."""

    made = 0

    def __init__(self) -> None:
        Worker.made += 1
        self._number = Worker.made

    async def evaluate(self, expressions: Sequence[str], scope: Scope) -> list[Json]:
        if expressions == ["endless"]:
            await asyncio.Event().wait()
        return [self._number]

    async def aclose(self) -> None: ...


async def endless(pool: JqPool, count: int) -> list[asyncio.Task[list[Json]]]:
    tasks = [asyncio.create_task(pool.evaluate(["endless"], SCOPE)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


def test_an_endless_expression_holds_up_nobody_else() -> None:
    async def work() -> None:
        pool = JqPool(Worker, size=3)
        tasks = await endless(pool, 2)
        async with asyncio.timeout(20):
            assert await pool.evaluate(["1"], SCOPE) == await pool.evaluate(["2"], SCOPE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())


def test_a_worker_is_free_again_when_who_asked_it_is_cancelled() -> None:
    async def work() -> None:
        pool = JqPool(Worker, size=1)
        (task,) = await endless(pool, 1)
        waiting = asyncio.create_task(pool.evaluate(["1"], SCOPE))
        await asyncio.sleep(0)
        assert not waiting.done()
        task.cancel()
        async with asyncio.timeout(20):
            await waiting

    asyncio.run(work())
