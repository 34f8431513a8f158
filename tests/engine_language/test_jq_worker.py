"""The jq worker: killed when it must be, replaced, and never out of step with its requests."""

from __future__ import annotations

import asyncio
import os
import resource
import signal

import pytest
from language_kit import Stage

from declarative.engine import jqcheck
from declarative.engine.codes import StepFailed
from declarative.engine.evaluation import Datum, Scope
from declarative.engine.jqworker import JqWorker
from declarative.model.json import Json


def test_what_is_costly_to_compile_is_compiled_apart() -> None:
    """jq computes constants while it compiles: 1 GB here."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert jqcheck.fault('"x" * 1000000000', counter=False) == "it takes jq too long, or too much memory"
    assert jqcheck.fault('"x" * 3 | length', counter=False) is None
    assert jqcheck.fault('"x" * $nowhere', counter=False) == "$nowhere is not defined in line 1"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_endless_expression_is_killed_and_the_next_one_answered(stage: Stage) -> None:
    async def work() -> tuple[str, list[Json]]:
        jq = JqWorker(seconds=0.3)
        scope = Scope(Datum({"a": 1}), Datum(None))
        try:
            with pytest.raises(StepFailed) as caught:
                await jq.evaluate(["[limit(1e9; repeat(1))]"], scope)
            return caught.value.error.message, await jq.evaluate([".a"], scope)
        finally:
            await jq.aclose()

    message, found = stage.do(work())
    assert (message, found) == ("jq took longer than 0.3 s", [1])


def test_a_hungry_expression_dies_alone(stage: Stage) -> None:
    async def work() -> tuple[str, list[Json]]:
        jq = JqWorker(memory_bytes=100 << 20)
        scope = Scope(Datum({"a": 1}), Datum(None))
        try:
            with pytest.raises(StepFailed) as caught:
                await jq.evaluate(['"x" * 200000000 | length'], scope)
            return caught.value.error.message, await jq.evaluate([".a"], scope)
        finally:
            await jq.aclose()

    message, found = stage.do(work())
    assert "memory" in message
    assert found == [1]


def test_a_result_may_not_be_too_large(stage: Stage) -> None:
    async def work() -> str:
        jq = JqWorker(answer_bytes_max=1000)
        try:
            with pytest.raises(StepFailed) as caught:
                await jq.evaluate(["[range(1000)]"], Scope(Datum(None), Datum(None)))
            return caught.value.error.code
        finally:
            await jq.aclose()

    assert stage.do(work()) == "STEP_DATA_LIMIT_EXCEEDED"


def test_a_worker_that_died_meanwhile_is_replaced(stage: Stage) -> None:
    async def work() -> list[Json]:
        jq = JqWorker()
        scope = Scope(Datum({"a": 1}), Datum(None))
        try:
            (pid,) = await jq.evaluate([".a"], scope)
            process = jq._process
            assert process is not None
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            return [pid, *await jq.evaluate([".a + 1"], scope)]
        finally:
            await jq.aclose()

    assert stage.do(work()) == [1, 2]


def test_a_cancelled_request_leaves_no_answer_for_the_next(stage: Stage) -> None:
    async def work() -> list[Json]:
        jq = JqWorker()
        scope = Scope(Datum(7), Datum(None))
        try:
            await jq.evaluate(["."], scope)
            slow = asyncio.create_task(jq.evaluate(["[range(1000000)] | length"], scope))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
            return await jq.evaluate([". + 1"], scope)
        finally:
            await jq.aclose()

    assert stage.do(work()) == [8]


def test_many_tasks_share_one_worker(stage: Stage) -> None:
    async def work() -> list[list[Json]]:
        scope = Scope(Datum(None), Datum(None))
        return await asyncio.gather(*(stage.jq.evaluate([f"{n} + 1"], scope) for n in range(50)))

    assert stage.do(work()) == [[n + 1] for n in range(50)]


def test_an_orphaned_worker_ends_itself(stage: Stage) -> None:
    async def work() -> int:
        jq = JqWorker(seconds=0.2)
        jq._limits = (1 << 30, 0.2, 1000)
        scope = Scope(Datum(None), Datum(None))
        await jq.evaluate(["1"], scope)
        process = jq._process
        assert process is not None
        assert process.stdin is not None
        from declarative.engine.jqworker import _request

        process.stdin.write(_request(["[range(1e9)]"], scope))
        code = await process.wait()
        await jq.aclose()
        return code

    assert stage.do(work()) == -signal.SIGALRM
