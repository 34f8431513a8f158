"""What a jq worker process runs. Stands alone: started by path, without the site module, with no environment.

Arguments: the directory of the jq extension, the memory it may use in bytes, the seconds one request may
take, the bytes one answer may have. A request is a flag, two lengths and two texts, the program and its
input; with the flag set the program is only compiled. An answer is a status byte, a length and a text.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import struct
import sys
from collections import OrderedDict
from typing import Any

DONE, FAILED, TOO_LARGE = range(3)
PROGRAMS_MAX = 1000

REQUEST = struct.Struct(">?II")
ANSWER = struct.Struct(">BI")

_programs: OrderedDict[str, Any] = OrderedDict()


def main(jq_directory: str, memory_bytes: int, seconds: float, answer_bytes_max: int) -> None:
    sys.path.append(jq_directory)
    # Python itself sets LC_CTYPE where the environment is empty.
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # macOS refuses this limit; there the time limit alone must do.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    while request := _read():
        # With nobody left to kill it, a worker whose client died must not spin on for ever.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        status, text = _answer(*request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if len(text) > answer_bytes_max:
            status, text = TOO_LARGE, b""
        sys.stdout.buffer.write(ANSWER.pack(status, len(text)) + text)
        sys.stdout.buffer.flush()


def _read() -> tuple[bool, str, str] | None:
    head = sys.stdin.buffer.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return None
    only_compile, program_bytes, input_bytes = REQUEST.unpack(head)
    program = sys.stdin.buffer.read(program_bytes).decode()
    return only_compile, program, sys.stdin.buffer.read(input_bytes).decode()


def _answer(only_compile: bool, program: str, given: str) -> tuple[int, bytes]:
    try:
        compiled = _compiled(program)
        if only_compile:
            return DONE, b""
        return DONE, next(iter(compiled.input_text(given))).encode("utf-8", "replace")
    except StopIteration:
        return FAILED, b"the expression halts jq"
    except ValueError as error:
        return FAILED, str(error).encode("utf-8", "replace")


def _compiled(program: str) -> Any:
    import jq

    if program not in _programs:
        _programs[program] = jq.compile(program)
        if len(_programs) > PROGRAMS_MAX:
            _programs.popitem(last=False)
    _programs.move_to_end(program)
    return _programs[program]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
