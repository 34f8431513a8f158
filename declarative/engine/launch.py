"""Seeing to it that an engine with work has a runner: wakes the one there is, or starts the program anew.

The lock that makes the runner the only one is taken here and handed down to it, so it is held without a gap
from before the program starts until it has ended.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import declarative
from declarative.engine import bell
from declarative.engine.directory import EngineDirectory
from declarative.engine.errors import Unavailable

COMING_SECONDS = 20.0
"""How long a runner may take to begin listening, or to end after it has stopped listening."""

LOG_BYTES_MAX = 1 << 20

_launched: set[int] = set()
"""Process ids of runners this process has started and not yet buried."""


def ensure_running(directory: EngineDirectory) -> None:
    """Wakes the runner, or starts one. Raises Unavailable when neither can be done.

    To be called after the work is written: a runner looks for work once more after it has stopped listening.
    """
    patience = time.monotonic() + COMING_SECONDS
    # The lock comes first: the bell of a runner that was killed is heard until the kernel has cleared up.
    while (lock := take_lock(directory.lock)) is None:
        if bell.ring(directory.bell):
            return
        if time.monotonic() > patience:
            raise Unavailable(f"the runner of {directory.path} neither listens nor ends; see {directory.log}")
        time.sleep(0.01)
    _launch(directory, lock)


def take_lock(place: Path) -> int | None:
    """The runner's lock as an open file, None when it is held. The kernel frees it with its last holder."""
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _launch(directory: EngineDirectory, lock: int) -> None:
    _bury()
    # The last runner's process id: by now it may be anybody's.
    os.ftruncate(lock, 0)
    log = os.open(directory.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.fstat(log).st_size > LOG_BYTES_MAX:
            os.ftruncate(log, 0)
        _program(directory, lock, log)
    except OSError as error:
        raise Unavailable(f"the runner cannot be started: {error}") from error
    finally:
        os.close(log)
        os.close(lock)


def _program(directory: EngineDirectory, lock: int, log: int) -> None:
    """A new program in a session of its own: a forked child would keep the caller's locks and descriptors."""
    child = subprocess.Popen(
        [sys.executable, "-m", "declarative.engine.runner", str(directory.path), "--lock", str(lock)],
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        pass_fds=(lock,),
    )
    # It outlives us, so Popen must neither wait for it nor complain that nobody did.
    child.returncode = 0
    _launched.add(child.pid)


def _bury() -> None:
    """Takes note of runners that have ended, so that a long-lived caller keeps no zombies."""
    for child in list(_launched):
        try:
            buried = os.waitpid(child, os.WNOHANG)[0] == child
        except ChildProcessError:
            buried = True
        if buried:
            _launched.discard(child)


def _environment() -> dict[str, str]:
    """Ours, so that secrets are there; and a path on which the program finds this very package."""
    package = str(Path(declarative.__file__).parent.parent)
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
