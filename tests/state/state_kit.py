"""What the tests of this room share: small states, lock requests, backends that are closed again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from declarative.model.address import Address
from declarative.model.record import Bound, Outcome, Record
from declarative.model.state import State
from declarative.protocols import BackendError, LockInfo, LockRequest, StateBackend
from declarative.testing.backend_conformance import BackendConformance

T = TypeVar("T")


def state_of(*ids: str, lineage: str = "l-1") -> State:
    return State(lineage, records={Address("load", key): bound(key) for key in ids})


def bound(execution_id: str) -> Record:
    current = Bound(
        execution_id, "spec", 1, "embedded:x", "load", "w-1", "1", outcome=Outcome.FINISHED, bound_at=1.5
    )
    return Record(current=current, generation=1)


def lock_request(who: str = "anna@ci-1") -> LockRequest:
    return LockRequest(LockInfo(str(uuid.uuid4()), "apply", who, "2026-11-24T00:00:00Z"))


def failure(call: Callable[[], T]) -> BackendError:
    try:
        call()
    except BackendError as error:
        return error
    raise AssertionError("it was accepted")


def words(error: BackendError) -> str:
    """Everything a person could get to see of it."""
    return " ".join([str(error), repr(error.problem), repr(error.__cause__)])


class ClosingConformance(BackendConformance):
    """Subclasses give `make`; what was opened is closed after each test."""

    def make(self) -> StateBackend:
        raise NotImplementedError

    def open_backend(self) -> StateBackend:
        backend = self.make()
        self._opened.append(backend)
        return backend

    def setup_method(self) -> None:
        self._opened: list[StateBackend] = []

    def teardown_method(self) -> None:
        for backend in self._opened:
            backend.close()
