"""State in a local file, locked by the kernel: a lock never outlives the process that took it.

A write replaces the file as a whole; whatever goes wrong before that, the old content stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from declarative.protocols import (
    BackendAbilities,
    Clock,
    LockGrant,
    LockInfo,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.state.lock import lock_json, read_lock
from declarative.state.problems import changed, failed, locked, lost

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_PATIENCE = 0.01
_TRIES = 5


class FileBackend:
    """`<base>/<name>/state.json`. The base is private to its owner and kept out of Git."""

    abilities = BackendAbilities(cas=True, kernel_lock=True)

    def __init__(self, base: Path, name: str, clock: Clock) -> None:
        self._base = base
        self._path = base / name / "state.json"
        self._lock_path = self._path.with_name("state.json.lock")
        self._clock = clock
        self._mutex = threading.RLock()
        self._held: tuple[int, LockInfo] | None = None

    @property
    def place(self) -> str:
        return str(self._path)

    def read(self) -> StateDocument | None:
        with self._saying("read the state"):
            content = _content(self._path)
        return None if content is None else StateDocument(content, _version(content))

    def write(self, request: WriteRequest) -> str:
        with self._mutex, self._saying("write the state"), self._exclusively(request.lock_id):
            previous = _content(self._path)
            if request.expected != (None if previous is None else _version(previous)):
                raise changed(self.place)
            self._replace(request.data, previous)
        self._make_durable()
        return _version(request.data)

    def lock(self, request: LockRequest) -> LockGrant:
        with self._mutex, self._saying("lock the state"):
            if self._held is not None:
                raise locked(self.place, self._held[1])
            self._prepare()
            descriptor = self._acquire()
            try:
                left_by = read_lock(_all_of(descriptor))
                _write_over(descriptor, lock_json(request.info))
            except OSError:
                os.close(descriptor)
                raise
            self._held = (descriptor, request.info)
        return LockGrant(request.info, taken_from=left_by)

    def renew(self, request: LockRequest) -> None:
        """The kernel needs no renewal; a lock file that was replaced under us is a lock lost."""
        with self._mutex, self._saying("keep the lock"):
            if not self._holds(request.info.id):
                raise lost(self.place, self.holder())

    def unlock(self, request: LockRequest) -> None:
        with self._mutex, self._saying("unlock the state"):
            if self._held is None or self._held[1].id != request.info.id:
                return
            descriptor, self._held = self._held[0], None
            try:
                os.ftruncate(descriptor, 0)
            finally:
                os.close(descriptor)

    def holder(self) -> LockInfo | None:
        with self._saying("read the lock"):
            holder = read_lock(_content(self._lock_path) or b"")
            return holder if holder is not None and self._is_locked() else None

    def force_unlock(self, lock_id: str) -> None:
        """A living holder keeps its kernel lock, on a file that is no longer the lock."""
        with self._mutex, self._saying("unlock the state"):
            holder = self.holder()
            if holder is not None and holder.id != lock_id:
                raise locked(self.place, holder)
            self._lock_path.unlink(missing_ok=True)

    def close(self) -> None:
        with self._mutex:
            if self._held is not None:
                os.close(self._held[0])
                self._held = None

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = str(error.filename or self._path)
            raise failed(doing, place, f"{error.strerror or error}. Nothing was changed.") from error

    @contextmanager
    def _exclusively(self, lock_id: str) -> Iterator[None]:
        if self._held is not None or lock_id:
            if not self._holds(lock_id):
                raise lost(self.place, self.holder())
            yield
            return
        self._prepare()
        descriptor = self._acquire()
        try:
            yield
        finally:
            os.close(descriptor)

    def _prepare(self) -> None:
        self._base.mkdir(FOLDER_MODE, exist_ok=True)
        self._path.parent.mkdir(FOLDER_MODE, exist_ok=True)
        with suppress(FileExistsError):
            descriptor = _create(self._base / ".gitignore", os.O_EXCL)
            with open(descriptor, "wb") as file:
                file.write(b"*\n")

    def _acquire(self) -> int:
        """The descriptor that carries the kernel's lock; never inherited. Raises Locked."""
        for _ in range(_TRIES):
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            if _seized(descriptor, fcntl.LOCK_EX) and _is_file(descriptor, self._lock_path):
                return descriptor
            os.close(descriptor)
            # It may only be somebody's look at the holder, which is over in a moment.
            self._clock.sleep(_PATIENCE)
        raise locked(self.place, read_lock(_content(self._lock_path) or b""))

    def _holds(self, lock_id: str) -> bool:
        if self._held is None or self._held[1].id != lock_id:
            return False
        return _is_file(self._held[0], self._lock_path)

    def _is_locked(self) -> bool:
        """Whether the holder that the file names is alive. A shared try, so that lookers do not meet."""
        try:
            descriptor = os.open(self._lock_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _seized(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def _replace(self, data: bytes, previous: bytes | None) -> None:
        fresh = self._path.with_name("state.json.tmp")
        try:
            _write_durably(fresh, data)
            if previous is not None:
                self._keep(previous)
            fresh.replace(self._path)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise

    def _keep(self, previous: bytes) -> None:
        """The state before this one becomes the backup, without a moment in which neither is there."""
        spare = self._path.with_name("state.json.backup.tmp")
        spare.unlink(missing_ok=True)
        try:
            spare.hardlink_to(self._path)
        except OSError:
            _write_durably(spare, previous)
        spare.replace(self._path.with_name("state.json.backup"))

    def _make_durable(self) -> None:
        try:
            descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            said = f"{error.strerror}. It was written, but may be gone after a power failure."
            raise failed("make the state durable", self.place, said, outcome_unknown=True) from error


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path: Path, more_flags: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | more_flags
    return os.open(path, flags, FILE_MODE)


def _write_durably(path: Path, data: bytes) -> None:
    with open(_create(path, os.O_TRUNC), "wb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _seized(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_file(descriptor: int, path: Path) -> bool:
    """Whether the path still names the file that is open: somebody may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _all_of(descriptor: int) -> bytes:
    return os.pread(descriptor, 1 << 16, 0)


def _write_over(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)
