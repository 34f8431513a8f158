"""The detached program that carries an engine's executions on: `python -m declarative.engine.runner DIR`.

One for each database, as long as there is work. It may be killed at any moment: the next one takes up every
execution after its last finished step.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial

from declarative.engine import launch, writes
from declarative.engine.bell import Bell
from declarative.engine.carrier import Carrier, Run
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import EngineError
from declarative.engine.settings import Settings
from declarative.engine.store import Store

LOOK_SECONDS = 5.0
"""How often a runner looks for work that nobody rang for, and whether its database is still there."""

PURGE_SECONDS = 60.0
PURGE_COUNT = 100

_log = logging.getLogger("declarative.runner")


class Runner:
    """Carries executions on until there has been nothing to do for a while."""

    def __init__(self, directory: EngineDirectory, store: Store, run: Run) -> None:
        self._directory = directory
        self._store = store
        self._news = asyncio.Event()
        self._told_to_leave = False
        self._database = directory.database.stat().st_ino
        self._purge_due = 0.0
        self._settings = Settings()
        self.carrier = Carrier(store, run, self._news.set)

    def tell_to_leave(self) -> None:
        self._told_to_leave = True
        self._news.set()

    async def work(self) -> bool:
        """True when there was nothing left to do, or it was told to leave; False when the store failed."""
        bell = Bell(self._directory.bell, self._news.set)
        try:
            await self.carrier.resume()
            while await self._carry_on():
                if not await self._has_idled():
                    continue
                # Whoever writes work from here on finds nobody listening and starts a runner; what was
                # written before is seen by one more look.
                bell.close()
                if not self._store.has_active():
                    break
                bell = Bell(self._directory.bell, self._news.set)
        except EngineError as error:
            _log.error("leaving: %s", error)
            self.carrier.broken = error
        bell.close()
        await self.carrier.leave()
        return self.carrier.broken is None

    async def _carry_on(self) -> bool:
        """Does what there is to do now. False when this runner must not go on."""
        self._news.clear()
        if self._told_to_leave or self.carrier.broken is not None or not self._is_at_home():
            return False
        await self.carrier.take_in()
        await self._purge()
        return True

    async def _has_idled(self) -> bool:
        """Waits for news. True when there was no work all the while."""
        patience = self._settings.idle if self.carrier.is_idle else LOOK_SECONDS
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            return self.carrier.is_idle
        return False

    def _is_at_home(self) -> bool:
        """Whether the database is still the file in the directory: nobody can reach one that was deleted."""
        try:
            return self._directory.database.stat().st_ino == self._database
        except FileNotFoundError:
            return False

    async def _purge(self) -> None:
        """Forgets what ended long ago, a little at a time, so that nobody waits for it."""
        if time.monotonic() < self._purge_due:
            return
        self._purge_due = time.monotonic() + PURGE_SECONDS
        text = self._store.settings()
        self._settings = Settings() if text is None else Settings.from_text(text)
        if self._settings.keep is None:
            return
        before = time.time_ns() - int(self._settings.keep * 1e9)
        while await self._store.written(partial(writes.purge, ended_before=before, count=PURGE_COUNT)):
            await asyncio.sleep(0)
        await self._store.written(writes.sweep)


class _BoundedLog(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr, which is a file that must not grow for ever."""

    def emit(self, record: logging.LogRecord) -> None:
        if os.fstat(sys.stderr.fileno()).st_size > launch.LOG_BYTES_MAX:
            os.ftruncate(sys.stderr.fileno(), 0)
        super().emit(record)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program. 0 when its work is done, or another runner does it; 1 when the store failed."""
    parser = argparse.ArgumentParser(prog="declarative.engine.runner")
    parser.add_argument("directory")
    parser.add_argument("--lock", type=int, help="the runner's lock, already taken, as a file descriptor")
    options = parser.parse_args(arguments)
    directory = EngineDirectory.at(options.directory)
    lock = options.lock if options.lock is not None else launch.take_lock(directory.lock)
    if lock is None:
        return 0
    os.umask(0o077)
    _sign(lock)
    _log_to_stderr()
    return 0 if asyncio.run(_run(directory)) else 1


async def _run(directory: EngineDirectory) -> bool:
    from declarative.engine.workplace import Workplace

    store = Store(directory)
    workplace = Workplace(store)
    runner = Runner(
        directory, store, lambda job, journal, control: workplace.run(runner.carrier, job, journal, control)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, runner.tell_to_leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        return await runner.work()
    finally:
        await workplace.close()
        store.close()


def _sign(lock: int) -> None:
    """Leaves our process id in the lock's file, for people."""
    os.set_inheritable(lock, False)
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())


def _log_to_stderr() -> None:
    handler = _BoundedLog()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("declarative").setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
