"""One write, until it is known to have happened or not: every document carries its writer's UUID."""

from __future__ import annotations

import json

from declarative.protocols import BackendError, Clock, Conflict, LockLost, StateBackend, WriteRequest
from declarative.state.problems import changed

WRITE_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before the second and every later try."""


def deliver(backend: StateBackend, request: WriteRequest, writer: str, clock: Clock) -> str:
    """The new version. Raises Conflict when somebody else wrote, LockLost, or the last BackendError.

    The same bytes are sent on every try, so one that lands late is still recognised as ours.
    """
    pauses = iter(WRITE_PAUSES)
    may_be_there = False
    while True:
        try:
            version = backend.write(request)
            may_be_there = True
            return version if backend.abilities.cas else _proven(backend, writer)
        except LockLost:
            raise
        except BackendError as error:
            may_be_there = may_be_there or error.outcome_unknown or isinstance(error, Conflict)
            found = _found(backend, request, writer) if may_be_there else None
            if found is not None:
                return found
            pause = next(pauses, None)
            if pause is None or not (may_be_there or error.transient):
                raise
        clock.sleep(pause)


def _proven(backend: StateBackend, writer: str) -> str:
    """Without compare-and-set only a look shows that our write is the one that counts."""
    document = backend.read()
    if document is None or _writer(document.data) != writer:
        raise changed(backend.place)
    return document.version


def _found(backend: StateBackend, request: WriteRequest, writer: str) -> str | None:
    """The version if our write is there after all, None if nothing was written. Raises Conflict."""
    try:
        document = backend.read()
    except BackendError:
        return None
    if document is not None and _writer(document.data) == writer:
        return document.version
    if (document.version if document else None) != request.expected:
        raise changed(backend.place)
    return None


def _writer(content: bytes) -> str | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document.get("writer") if isinstance(document, dict) else None
