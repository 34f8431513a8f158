"""jq behind a process that can be killed: an expression may loop for ever, eat memory, or crash the library.

One worker per evaluator, started when first needed; requests from many tasks wait for each other in turn.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence

from declarative.engine import jqsyntax
from declarative.engine.codes import DATA_LIMIT, INVALID_TEMPLATE, StepFailed
from declarative.engine.evaluation import Datum, Scope
from declarative.engine.jqcheck import command
from declarative.engine.jqprogram import ANSWER, DONE, REQUEST, TOO_LARGE
from declarative.model.json import Json, NotJson, parse


class JqWorker:
    """The Evaluator over a worker process.

    `seconds` bounds one evaluation, `memory_bytes` the worker's address space, `answer_bytes_max` a result.
    """

    def __init__(
        self, seconds: float = 10.0, memory_bytes: int = 1 << 30, answer_bytes_max: int = 64 << 20
    ) -> None:
        self._seconds = seconds
        self._limits = (memory_bytes, seconds + 5, answer_bytes_max)
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def evaluate(self, expressions: Sequence[str], scope: Scope) -> list[Json]:
        request = _request(expressions, scope)
        async with self._turn:
            answer = await self._ask(request)
        return [_single(found, text) for found, text in zip(answer, expressions, strict=True)]

    async def aclose(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _ask(self, request: bytes) -> list[Json]:
        try:
            async with asyncio.timeout(self._seconds):
                status, text = await self._exchange(request)
        except TimeoutError:
            await self.aclose()
            raise StepFailed(INVALID_TEMPLATE, f"jq took longer than {self._seconds:g} s") from None
        except (OSError, asyncio.IncompleteReadError):
            await self.aclose()
            raise StepFailed(INVALID_TEMPLATE, "jq needed too much memory, or crashed") from None
        except asyncio.CancelledError:
            # An answer left in the pipe would be taken for the answer to the next request.
            await self.aclose()
            raise
        return _read_answer(status, text)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._process is not None and self._process.returncode is not None:
            await self.aclose()
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request)
        await process.stdin.drain()
        status, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        return status, await process.stdout.readexactly(length)

    async def _start(self) -> Process:
        # Its own session: Ctrl-C on the terminal is for us. No environment: jq shows it to whoever asks.
        self._process = await asyncio.create_subprocess_exec(
            *command(*self._limits),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        return self._process


def _request(expressions: Sequence[str], scope: Scope) -> bytes:
    program = jqsyntax.program(expressions, scope.counter is not None)
    parts = [f'"d":{scope.data.text}']
    if jqsyntax.GLOBAL in program:
        parts.append(f'"g":{scope.whole.text}')
    if scope.counter is not None:
        parts.append(f'"c":{scope.counter}')
    if jqsyntax.SECRETS in program:
        table: Json = {name: dict(keys) for name, keys in scope.secrets.items()}
        parts.append(f'"s":{Datum(table).text}')
    texts = program.encode(), f"{{{','.join(parts)}}}".encode()
    return REQUEST.pack(False, len(texts[0]), len(texts[1])) + b"".join(texts)


def _read_answer(status: int, text: bytes) -> list[Json]:
    if status == TOO_LARGE:
        raise StepFailed(DATA_LIMIT, "the result of a template is too large")
    if status != DONE:
        raise StepFailed(INVALID_TEMPLATE, text.decode())
    try:
        answer = parse(text.decode())
    except NotJson as error:
        raise StepFailed(INVALID_TEMPLATE, f"the result is not JSON: {error}") from error
    assert isinstance(answer, list)
    return answer


def _single(found: Json, text: str) -> Json:
    """The one result of an expression; none, several and an error are failures that name the expression."""
    if isinstance(found, list) and len(found) == 1:
        return found[0]
    if isinstance(found, dict):
        raise StepFailed(INVALID_TEMPLATE, f"{_message(found['e'])} (in: {_short(text)})")
    several = "yields several results: take first(...), or collect them with [...]"
    words = several if found else "yields nothing"
    raise StepFailed(INVALID_TEMPLATE, f"the expression {words} (in: {_short(text)})")


def _message(error: Json) -> str:
    return error if isinstance(error, str) else Datum(error).text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."
