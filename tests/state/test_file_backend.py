"""State on a disk: private, whole at every moment, locked for exactly as long as the process lives."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from state_kit import ClosingConformance, failure, lock_request

from declarative.protocols import Conflict, Locked, LockLost, StateBackend, WriteRequest
from declarative.state.file import FileBackend
from declarative.testing.clock import StillClock

NOBODY = 65534


class TestFile(ClosingConformance):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.base = tmp_path / ".declarative"

    def make(self) -> StateBackend:
        return FileBackend(self.base, "default", StillClock())


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / ".declarative"


@pytest.fixture
def backend(base: Path) -> Iterator[FileBackend]:
    opened = FileBackend(base, "dev", StillClock())
    yield opened
    opened.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_is_private_and_out_of_git(backend: FileBackend, base: Path) -> None:
    before = os.umask(0)
    try:
        backend.lock(lock_request())
        first = backend.write(WriteRequest(b"1", None, backend.holder().id))  # type: ignore[union-attr]
        backend.write(WriteRequest(b"2", first, backend.holder().id))  # type: ignore[union-attr]
    finally:
        os.umask(before)
    assert (base / ".gitignore").read_text() == "*\n"
    assert {mode(base), mode(base / "dev")} == {0o700}
    files = {path.name: mode(path) for path in (base / "dev").iterdir()}
    assert files == dict.fromkeys(["state.json", "state.json.backup", "state.json.lock"], 0o600)


def test_the_state_before_is_the_backup(backend: FileBackend, base: Path) -> None:
    version = None
    for text in (b"1", b"2", b"3"):
        version = backend.write(WriteRequest(text, version))
    assert (base / "dev/state.json").read_bytes() == b"3"
    assert (base / "dev/state.json.backup").read_bytes() == b"2"


def test_the_backup_is_kept_where_there_are_no_hard_links(
    backend: FileBackend, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    first = backend.write(WriteRequest(b"1", None))
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    backend.write(WriteRequest(b"2", first))
    assert (base / "dev/state.json.backup").read_bytes() == b"1"


def test_a_crash_between_backup_and_write_is_harmless(backend: FileBackend, base: Path) -> None:
    first = backend.write(WriteRequest(b"1", None))
    os.link(base / "dev/state.json", base / "dev/state.json.backup")
    os.link(base / "dev/state.json", base / "dev/state.json.backup.tmp")
    (base / "dev/state.json.tmp").write_bytes(b"half of ano")
    second = backend.write(WriteRequest(b"2", first))
    backend.write(WriteRequest(b"3", second))
    assert (base / "dev/state.json").read_bytes() == b"3"
    assert (base / "dev/state.json.backup").read_bytes() == b"2"
    assert not list((base / "dev").glob("*.tmp"))


def test_reading_leaves_no_trace(backend: FileBackend, base: Path) -> None:
    assert backend.read() is None and backend.holder() is None
    assert not base.exists()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As a full disk: the kernel refuses to write further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_changes_nothing_and_says_so(backend: FileBackend, base: Path) -> None:
    first = backend.write(WriteRequest(b"old", None))
    with files_of_at_most(4096):
        refusal = failure(lambda: backend.write(WriteRequest(b"x" * 10_000, first)))
    assert "Nothing was changed" in refusal.problem.detail and not refusal.outcome_unknown
    assert backend.read() is not None and backend.read().data == b"old"  # type: ignore[union-attr]
    assert sorted(path.name for path in (base / "dev").iterdir()) == ["state.json", "state.json.lock"]


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_folder_changes_nothing_and_says_so() -> None:
    with tempfile.TemporaryDirectory() as name, unprivileged(Path(name)):
        backend = FileBackend(Path(name) / ".declarative", "dev", StillClock())
        first = backend.write(WriteRequest(b"old", None))
        folder = Path(name) / ".declarative/dev"
        folder.chmod(0o500)
        refusal = failure(lambda: backend.write(WriteRequest(b"new", first)))
        assert "Permission denied" in refusal.problem.detail and str(folder) in refusal.problem.summary
        assert backend.read() is not None and backend.read().data == b"old"  # type: ignore[union-attr]
        folder.chmod(0o700)


def test_a_folder_in_the_files_place_is_an_error_not_nothing(backend: FileBackend, base: Path) -> None:
    (base / "dev/state.json").mkdir(parents=True)
    assert "directory" in failure(backend.read).problem.detail


HOLD = """
import subprocess, sys
from declarative.protocols import LockInfo, LockRequest
from declarative.clock import SystemClock
from declarative.state.file import FileBackend
from pathlib import Path
backend = FileBackend(Path(sys.argv[1]), "dev", SystemClock())
backend.lock(LockRequest(LockInfo("dead-1", "apply", "anna@ci-1", "2026-11-24T00:00:00Z")))
child = subprocess.Popen(["sleep", "60"], close_fds=False)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_holder_frees_the_lock_though_its_child_lives_on(backend: FileBackend, base: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(base)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdin and holder.stdout
    child = int(holder.stdout.readline())
    try:
        refusal = failure(lambda: backend.lock(lock_request()))
        assert isinstance(refusal, Locked) and refusal.holder and refusal.holder.id == "dead-1"
        assert backend.holder() is not None
        holder.kill()
        holder.wait()
        assert backend.holder() is None
        grant = backend.lock(lock_request())
        assert grant.taken_from is not None and grant.taken_from.who == "anna@ci-1"
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
        os.kill(child, signal.SIGKILL)


def test_a_lock_file_that_was_removed_is_a_lock_lost(backend: FileBackend, base: Path) -> None:
    ours, theirs = lock_request(), lock_request()
    backend.lock(ours)
    (base / "dev/state.json.lock").unlink()
    other = FileBackend(base, "dev", StillClock())
    other.lock(theirs)
    other.write(WriteRequest(b"theirs", None, theirs.info.id))
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"ours", None, ours.info.id))), LockLost)
    assert isinstance(failure(lambda: backend.renew(ours)), LockLost)
    other.close()


def test_nobody_writes_beside_the_holder(backend: FileBackend, base: Path) -> None:
    other = FileBackend(base, "dev", StillClock())
    request = lock_request()
    backend.lock(request)
    assert isinstance(failure(lambda: other.write(WriteRequest(b"x", None))), Locked)
    assert isinstance(failure(lambda: other.write(WriteRequest(b"x", None, request.info.id))), LockLost)
    assert backend.read() is None


def test_a_change_by_hand_is_noticed(backend: FileBackend, base: Path) -> None:
    first = backend.write(WriteRequest(b"1", None))
    (base / "dev/state.json").write_bytes(b"by hand")
    assert isinstance(failure(lambda: backend.write(WriteRequest(b"2", first))), Conflict)
    assert (base / "dev/state.json").read_bytes() == b"by hand"


def test_a_lookers_glance_does_not_cost_a_run_its_lock(
    backend: FileBackend, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at a dead holder's lock takes it for a moment; who wants it meanwhile tries again."""
    import fcntl

    looker = FileBackend(base, "dev", StillClock())
    looker.lock(lock_request())
    looker.close()
    descriptor = os.open(base / "dev/state.json.lock", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    monkeypatch.setattr(StillClock, "sleep", lambda *_: fcntl.flock(descriptor, fcntl.LOCK_UN))
    assert backend.lock(lock_request()).taken_from is not None
    os.close(descriptor)
