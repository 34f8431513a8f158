"""State in an S3 bucket: every write names the version it replaces; the lock is a leased object beside it.

The lease is measured by the store's clocks alone (its `Date` less the lock's `Last-Modified`), so that no two
machines' clocks are ever compared.
"""

from __future__ import annotations

import threading

from declarative.protocols import (
    BackendAbilities,
    BackendError,
    Clock,
    LockGrant,
    LockInfo,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.state.lock import FREE, LEASE, is_free, leased, lock_json, read_lock
from declarative.state.problems import changed, locked, lost, untrue
from declarative.state.s3_bucket import Bucket, S3Object, S3Settings, Unmet

_TRIES = 3
_NEVER_A_TAG = '"00000000000000000000000000000000"'


class S3Backend:
    """`lease`: seconds; every process that shares the state must use the same."""

    abilities = BackendAbilities(cas=True, lease=True)

    def __init__(self, settings: S3Settings, clock: Clock, lease: float = LEASE) -> None:
        self.place = f"s3://{settings.bucket}/{settings.key}"
        self._key = settings.key
        self._lock_key = f"{settings.key}.tflock"
        self._bucket = Bucket(settings, clock)
        self._clock = clock
        self._lease = lease
        self._mutex = threading.Lock()
        self._lock_tag: str | None = None
        self._is_proven = False

    def read(self) -> StateDocument | None:
        found = self._bucket.get(self._key)
        return None if found is None else StateDocument(found.content, found.etag)

    def write(self, request: WriteRequest) -> str:
        try:
            return self._bucket.put(self._key, request.data, request.expected)
        except Unmet:
            raise changed(self.place) from None

    def lock(self, request: LockRequest) -> LockGrant:
        with self._mutex:
            for _ in range(_TRIES):
                found = self._bucket.get(self._lock_key)
                self._refuse_if_held(found)
                try:
                    self._lock_tag = self._put_lock(request.info, found.etag if found else None)
                except Unmet:
                    continue
                self._prove_or_release(request.info)
                return LockGrant(request.info, taken_from=read_lock(found.content) if found else None)
        raise locked(self.place, self.holder())

    def renew(self, request: LockRequest) -> None:
        with self._mutex:
            if not self._replace_ours(request.info.id, self._lock_content(request.info)):
                raise lost(self.place, self._current_holder())

    def unlock(self, request: LockRequest) -> None:
        with self._mutex:
            self._replace_ours(request.info.id, FREE)
            self._lock_tag = None

    def holder(self) -> LockInfo | None:
        """None also when the lease has run out."""
        found = self._bucket.get(self._lock_key)
        return None if found is None or self._has_run_out(found) else read_lock(found.content)

    def force_unlock(self, lock_id: str) -> None:
        found = self._bucket.get(self._lock_key)
        holder = read_lock(found.content) if found else None
        if found is None or is_free(found.content):
            return
        if holder is None or holder.id != lock_id:
            raise locked(self.place, holder)
        try:
            self._bucket.put(self._lock_key, FREE, found.etag)
        except Unmet:
            raise locked(self.place, self._current_holder()) from None

    def close(self) -> None:
        self._bucket.close()

    def _refuse_if_held(self, found: S3Object | None) -> None:
        if found is None or is_free(found.content) or self._has_run_out(found):
            return
        free_in = None if found.age is None else self._lease - found.age
        raise locked(self.place, read_lock(found.content), free_in)

    def _has_run_out(self, found: S3Object) -> bool:
        return found.age is not None and found.age > self._lease

    def _lock_content(self, info: LockInfo) -> bytes:
        return lock_json(leased(info, self._clock.now() + self._lease))

    def _put_lock(self, info: LockInfo, known: str | None) -> str:
        """The lock's tag. An answer that was lost is looked for in the lock itself."""
        try:
            return self._bucket.put(self._lock_key, self._lock_content(info), known)
        except BackendError as error:
            tag = self._tag_if_ours(info.id) if error.outcome_unknown else None
            if tag is None:
                raise
            return tag

    def _tag_if_ours(self, lock_id: str) -> str | None:
        found = self._bucket.get(self._lock_key)
        holder = read_lock(found.content) if found else None
        return found.etag if found and holder and holder.id == lock_id else None

    def _replace_ours(self, lock_id: str, content: bytes) -> bool:
        """False when the lock is not ours any more. A renewal whose answer was lost has changed the tag."""
        tag = self._lock_tag
        for _ in range(_TRIES):
            if tag is None:
                return False
            try:
                self._lock_tag = self._bucket.put(self._lock_key, content, tag)
            except Unmet:
                tag = self._tag_if_ours(lock_id)
            else:
                return True
        return False

    def _current_holder(self) -> LockInfo | None:
        found = self._bucket.get(self._lock_key)
        return read_lock(found.content) if found else None

    def _prove_or_release(self, info: LockInfo) -> None:
        try:
            self._prove_once(info)
        except BackendError:
            self._replace_ours(info.id, FREE)
            raise

    def _prove_once(self, info: LockInfo) -> None:
        """Two writes of our own lock that must be refused: some servers ignore the conditions."""
        if self._is_proven:
            return
        for condition in (None, _NEVER_A_TAG):
            try:
                self._lock_tag = self._bucket.put(self._lock_key, self._lock_content(info), condition)
            except Unmet:
                continue
            raise untrue(self.place, _LIE, _LIE_HINT)
        self._is_proven = True


_LIE = (
    "It accepted a conditional write (If-None-Match, If-Match) whose condition did not hold. "
    "Two runs could both believe that they hold the lock."
)
_LIE_HINT = (
    "Use a server that honours conditional writes (AWS S3, Yandex Object Storage), or another backend."
)
