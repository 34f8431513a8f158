"""What every place for state must do, as tests. A plugin's author subclasses it and lets pytest collect that.

class TestMyBackend(BackendConformance):
    def open_backend(self): return MyBackend(...)      # another client of the same, fresh place
    def pass_time(self, seconds): ...                  # only with leases
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from declarative.protocols import (
    BackendError,
    Conflict,
    Locked,
    LockInfo,
    LockLost,
    LockRequest,
    StateBackend,
    WriteRequest,
)

LARGE = 50_000_000
"""Bytes of the largest document that is tried."""

T = TypeVar("T")


class BackendConformance:
    """Every test begins with a place that holds nothing. `lease`: seconds, as the backends have it."""

    lease = 60.0

    def open_backend(self) -> StateBackend:
        """A new client of the place, as another process would have it."""
        raise NotImplementedError

    def pass_time(self, seconds: float) -> None:
        """Lets the place's clock go on. Called only where there are leases."""
        raise NotImplementedError

    # ── documents ──────────────────────────────────────────────────────────────────────────────────────

    def test_what_is_not_there_is_none(self) -> None:
        backend = self.open_backend()
        assert backend.read() is None
        assert self.open_backend().read() is None, "reading creates nothing"

    def test_an_empty_document_is_a_document(self) -> None:
        backend = self.open_backend()
        backend.write(WriteRequest(b"", None))
        found = self.open_backend().read()
        assert found is not None and found.data == b""

    def test_a_document_comes_back_as_it_was_written(self) -> None:
        backend = self.open_backend()
        version = backend.write(WriteRequest(_document(1, 'привет \u2028 "\\'), None, serial=1))
        for reader in (backend, self.open_backend()):
            found = reader.read()
            assert found is not None
            assert found.data == _document(1, 'привет \u2028 "\\') and found.version == version

    def test_a_large_document_comes_back(self) -> None:
        backend = self.open_backend()
        large = _document(1, "x" * LARGE)
        backend.write(WriteRequest(large, None, serial=1))
        found = self.open_backend().read()
        assert found is not None and found.data == large

    def test_each_write_has_its_version(self) -> None:
        backend = self.open_backend()
        first = backend.write(WriteRequest(_document(1), None, serial=1))
        second = backend.write(WriteRequest(_document(2), first, serial=2))
        assert second != first
        assert _read(self.open_backend()) == _document(2)

    def test_a_shorter_document_leaves_nothing_of_a_longer_one(self) -> None:
        backend = self.open_backend()
        version = backend.write(WriteRequest(_document(1, "x" * 10_000), None, serial=1))
        backend.write(WriteRequest(_document(2), version, serial=2))
        assert _read(backend) == _document(2)

    # ── compare and set ────────────────────────────────────────────────────────────────────────────────

    def test_a_stale_writer_is_refused(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.cas:
            return
        first = ours.write(WriteRequest(_document(1), None, serial=1))
        theirs.write(WriteRequest(_document(2), first, serial=2))
        assert isinstance(_failure(lambda: ours.write(WriteRequest(_document(3), first, serial=3))), Conflict)
        assert _read(ours) == _document(2)

    def test_a_first_writer_overwrites_nothing(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.cas:
            return
        theirs.write(WriteRequest(_document(1), None, serial=1))
        assert isinstance(_failure(lambda: ours.write(WriteRequest(_document(2), None, serial=2))), Conflict)
        assert _read(ours) == _document(1)

    def test_of_many_writers_at_once_one_wins(self) -> None:
        backends = [self.open_backend() for _ in range(8)]
        if not backends[0].abilities.cas:
            return
        first = backends[0].write(WriteRequest(_document(1), None, serial=1))
        documents = [_document(2, str(number)) for number in range(8)]

        def attempt(number: int) -> bytes | None:
            try:
                backends[number].write(WriteRequest(documents[number], first, serial=2))
            except BackendError:
                return None
            return documents[number]

        with ThreadPoolExecutor(8) as threads:
            won = [document for document in threads.map(attempt, range(8)) if document is not None]
        assert won == [_read(backends[0])]

    # ── the lock ───────────────────────────────────────────────────────────────────────────────────────

    def test_the_lock_has_one_holder(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.lock:
            return
        held = _request("anna@ci-1")
        assert ours.lock(held).taken_from is None
        refusal = _failure(lambda: theirs.lock(_request("boris@ci-2")))
        assert isinstance(refusal, Locked) and refusal.holder is not None
        assert (refusal.holder.id, refusal.holder.who) == (held.info.id, "anna@ci-1")
        assert refusal.problem.summary and held.info.id in refusal.problem.hint + refusal.problem.detail

    def test_of_many_at_once_one_gets_the_lock(self) -> None:
        backends = [self.open_backend() for _ in range(8)]
        if not backends[0].abilities.lock:
            return

        def attempt(backend: StateBackend) -> str | None:
            request = _request()
            try:
                return backend.lock(request).info.id
            except Locked:
                return None

        with ThreadPoolExecutor(8) as threads:
            assert len([won for won in threads.map(attempt, backends) if won]) == 1

    def test_a_lock_given_back_can_be_taken(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.lock:
            return
        for backend in (ours, theirs, ours):
            request = _request()
            assert backend.lock(request).taken_from is None
            backend.unlock(request)

    def test_the_holder_writes_and_renews(self) -> None:
        backend = self.open_backend()
        if not backend.abilities.lock:
            return
        request = _request()
        backend.lock(request)
        first = backend.write(WriteRequest(_document(1), None, request.info.id, 1))
        backend.renew(request)
        backend.write(WriteRequest(_document(2), first, request.info.id, 2))
        backend.unlock(request)
        assert _read(self.open_backend()) == _document(2)

    def test_the_holder_is_shown(self) -> None:
        ours, looker = self.open_backend(), self.open_backend()
        if not (ours.abilities.lock and ours.abilities.shows_holder):
            return
        assert looker.holder() is None
        request = _request("anna@ci-1")
        ours.lock(request)
        shown = looker.holder()
        assert shown is not None
        assert (shown.id, shown.who, shown.operation) == (request.info.id, "anna@ci-1", "apply")
        ours.unlock(request)
        assert looker.holder() is None

    def test_giving_back_what_is_not_held_harms_nobody(self) -> None:
        ours, theirs, third = self.open_backend(), self.open_backend(), self.open_backend()
        if not ours.abilities.lock:
            return
        request = _request()
        ours.lock(request)
        ours.unlock(request)
        ours.unlock(request)
        theirs.lock(_request())
        ours.unlock(request)
        ours.unlock(_request())
        assert isinstance(_failure(lambda: third.lock(_request())), Locked)

    def test_a_person_frees_the_lock_by_its_id(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.lock:
            return
        request = _request()
        ours.lock(request)
        assert isinstance(_failure(lambda: theirs.force_unlock(str(uuid.uuid4()))), Locked)
        assert isinstance(_failure(lambda: theirs.lock(_request())), Locked)
        theirs.force_unlock(request.info.id)
        theirs.lock(_request())
        if ours.abilities.lease or ours.abilities.kernel_lock:
            assert isinstance(_failure(lambda: ours.renew(request)), LockLost)

    # ── the lease ──────────────────────────────────────────────────────────────────────────────────────

    def test_an_abandoned_lease_is_taken_over(self) -> None:
        dead, taker, third = self.open_backend(), self.open_backend(), self.open_backend()
        if not dead.abilities.lease:
            return
        left = _request("anna@ci-1")
        dead.lock(left)
        self.pass_time(self.lease + 2)
        grant = taker.lock(_request("boris@ci-2"))
        assert grant.taken_from is not None and grant.taken_from.id == left.info.id
        assert isinstance(_failure(lambda: dead.renew(left)), LockLost)
        dead.unlock(left)
        assert isinstance(_failure(lambda: third.lock(_request())), Locked)

    def test_a_renewed_lease_is_kept(self) -> None:
        ours, theirs = self.open_backend(), self.open_backend()
        if not ours.abilities.lease:
            return
        request = _request()
        ours.lock(request)
        for _ in range(3):
            self.pass_time(self.lease * 0.6)
            ours.renew(request)
        assert isinstance(_failure(lambda: theirs.lock(_request())), Locked)

    def test_of_many_takers_one_gets_an_abandoned_lease(self) -> None:
        dead, takers = self.open_backend(), [self.open_backend() for _ in range(4)]
        if not dead.abilities.lease:
            return
        dead.lock(_request())
        self.pass_time(self.lease + 2)

        def attempt(backend: StateBackend) -> str | None:
            try:
                return backend.lock(_request()).info.id
            except Locked:
                return None

        with ThreadPoolExecutor(4) as threads:
            assert len([won for won in threads.map(attempt, takers) if won]) == 1

    def test_who_lost_the_lease_overwrites_nothing_of_the_taker(self) -> None:
        dead, taker = self.open_backend(), self.open_backend()
        if not (dead.abilities.lease and dead.abilities.cas):
            return
        left, taken = _request(), _request()
        dead.lock(left)
        first = dead.write(WriteRequest(_document(1), None, left.info.id, 1))
        self.pass_time(self.lease + 2)
        taker.lock(taken)
        taker.write(WriteRequest(_document(2), first, taken.info.id, 2))
        late = _failure(lambda: dead.write(WriteRequest(_document(3), first, left.info.id, 3)))
        assert isinstance(late, Conflict | LockLost)
        assert _read(taker) == _document(2)

    # ── the end ────────────────────────────────────────────────────────────────────────────────────────

    def test_close_may_be_called_twice(self) -> None:
        backend = self.open_backend()
        backend.read()
        backend.close()
        backend.close()


def _document(serial: int, text: str = "") -> bytes:
    """Some servers look inside: what they want of a state is here."""
    document = {"version": 1, "serial": serial, "lineage": "conformance", "text": text}
    return json.dumps(document, ensure_ascii=False).encode()


def _request(who: str = "conformance") -> LockRequest:
    return LockRequest(LockInfo(str(uuid.uuid4()), "apply", who, "2026-11-24T00:00:00Z"))


def _read(backend: StateBackend) -> bytes | None:
    found = backend.read()
    return found.data if found else None


def _failure(call: Callable[[], T]) -> BackendError:
    try:
        call()
    except BackendError as error:
        return error
    raise AssertionError("it was accepted")
