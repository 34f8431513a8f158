"""Whether an expression is jq at all: what a workflow's file is checked with.

Compiling is quick and done in this process, but for expressions that could make it costly: jq computes what
is constant while it compiles, `"x" * 1e9` for one. Those are compiled in a process with limits.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from declarative.engine import jqsyntax
from declarative.engine.jqprogram import ANSWER, DONE, REQUEST

MEMORY_BYTES = 256 << 20
SECONDS = 5.0
PLAIN_LENGTH_MAX = 2000

_PROGRAM = Path(__file__).with_name("jqprogram.py")
_LINE = re.compile(r"at <top-level>, line (\d+), column (\d+):?")


@lru_cache(maxsize=4096)
def fault(expression: str, counter: bool) -> str | None:
    """What keeps jq from compiling an expression, in jq's words; None when nothing does."""
    program = jqsyntax.alone(expression, counter)
    harmless = len(expression) <= PLAIN_LENGTH_MAX and not ('"' in expression and "*" in expression)
    message = _compile_here(program) if harmless else _compile_apart(program)
    if message is None:
        return None
    first_line = message.partition("\n")[0].removeprefix("jq: error: ")
    return _LINE.sub(lambda found: f"in line {int(found[1]) - 1}", first_line).strip()


def command(memory_bytes: int, seconds: float, answer_bytes_max: int) -> list[str]:
    """The command line of a jq worker, isolated from Python's own environment."""
    found = find_spec("jq")
    assert found is not None
    assert found.origin is not None
    limits = map(str, (memory_bytes, seconds, answer_bytes_max))
    return [sys.executable, "-I", "-S", str(_PROGRAM), str(Path(found.origin).parent), *limits]


def _compile_here(program: str) -> str | None:
    import jq

    try:
        jq.compile(program)
    except ValueError as error:
        return str(error)
    return None


def _compile_apart(program: str) -> str | None:
    text = program.encode()
    worker = subprocess.run(
        command(MEMORY_BYTES, SECONDS, len(text) + 65536),
        input=REQUEST.pack(True, len(text), 0) + text,
        capture_output=True,
        env={},
        cwd="/",
        check=False,
    )
    if len(worker.stdout) < ANSWER.size:
        return "it takes jq too long, or too much memory"
    status, _ = ANSWER.unpack(worker.stdout[: ANSWER.size])
    return None if status == DONE else worker.stdout[ANSWER.size :].decode()
