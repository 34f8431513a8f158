"""What backends have to say, said alike: diagnostics for state that could not be read, written or locked."""

from __future__ import annotations

from declarative.diagnostics import Diagnostic, Refused, Severity
from declarative.protocols import BackendError, Conflict, Locked, LockInfo, LockLost
from declarative.state.lock import holder_text


def failed(
    doing: str,
    place: str,
    said: str,
    *,
    hint: str = "",
    code: str = "state_failed",
    outcome_unknown: bool = False,
    transient: bool = False,
) -> BackendError:
    """`doing` completes "Cannot ...": read the state, lock the state. `said` must hold no credential."""
    problem = Diagnostic(code, f"Cannot {doing}: {place}", said, hint)
    return BackendError(problem, outcome_unknown, transient)


def changed(place: str) -> Conflict:
    detail = "It is not the document that was read; somebody else has written it. Nothing was written."
    return Conflict(Diagnostic("state_conflict", f"The state has changed meanwhile: {place}", detail))


def locked(place: str, holder: LockInfo | None, free_in: float | None = None) -> Locked:
    """`free_in`: seconds until a dead holder's lease runs out; None where only a person can tell."""
    detail = f"It is held by {holder_text(holder)}."
    if free_in is not None:
        detail += f" Should that run be dead, the lock is free in {max(1, round(free_in))} s."
    hint = "Wait for it with --lock-timeout."
    if holder is not None:
        hint += f" If that run is certainly dead: declarative force-unlock {holder.id}"
    return Locked(Diagnostic("state_locked", f"The state is locked: {place}", detail, hint), holder)


def lost(place: str, holder: LockInfo | None = None) -> LockLost:
    by = f"It is now held by {holder_text(holder)}." if holder else "It was freed or taken by somebody else."
    hint = "Nothing more was started or stopped by this run; the next apply resolves what is open."
    return LockLost(Diagnostic("state_lock_lost", f"The lock of the state was lost: {place}", by, hint))


def overdue(place: str) -> LockLost:
    detail = "It could not be renewed in time; another run may have taken it."
    hint = "Nothing more was started or stopped by this run; the next apply resolves what is open."
    return LockLost(Diagnostic("state_lock_lost", f"The lock of the state was lost: {place}", detail, hint))


def left_locked(place: str, lease: float) -> Diagnostic:
    """A warning: the network hangs, and nobody is made to wait for it."""
    detail = f"Its backend does not answer. The lock is free by itself within {lease:g} s."
    return Diagnostic(
        "state_left_locked", f"The lock was not given back: {place}", detail, severity=Severity.WARNING
    )


def unlockable(place: str) -> BackendError:
    detail = "No lock address is set, so nothing keeps a second apply from running beside this one."
    hint = (
        "Set lock_address (or TF_HTTP_LOCK_ADDRESS), or accept that double starts are possible: --lock=false"
    )
    return BackendError(Diagnostic("state_no_lock", f"The state cannot be locked: {place}", detail, hint))


def untrue(place: str, lie: str, hint: str) -> BackendError:
    """The server does not do what the backend relies on."""
    summary = f"This server cannot keep state safely: {place}"
    return BackendError(Diagnostic("state_backend_unsafe", summary, lie, hint))


def refusal(error: BackendError) -> Refused:
    """The same at the front door, with its exit code."""
    return Refused([error.problem], exit_code=4 if isinstance(error, Locked | LockLost) else 1)
