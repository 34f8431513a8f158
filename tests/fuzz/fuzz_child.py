"""Feeds one reader in a process of its own, whose memory and time are bounded.

`fuzz_child.py READER FIRST COUNT`: one seed an input, so that a failing one replays alone. Prints one line of
JSON for each failure, and how many were fed at the end.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import sys
import traceback

from fuzz_readers import READERS

MEMORY_MAX = 1 << 30
PATIENCE_SECONDS = 30


class Hung(BaseException):
    pass


def _hung(number: int, frame: object) -> None:
    raise Hung


def _say(**words: object) -> None:
    sys.stdout.write(f"{json.dumps(words)}\n")


def main(name: str, first: int, count: int) -> None:
    feed = READERS[name]()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    signal.signal(signal.SIGALRM, _hung)
    for seed in range(first, first + count):
        signal.alarm(PATIENCE_SECONDS)
        try:
            feed(random.Random(seed))
        except (Exception, Hung) as error:
            _say(seed=seed, kind=type(error).__name__, error=traceback.format_exc()[-1500:])
        finally:
            signal.alarm(0)
    _say(fed=count)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
