"""`state list|pull|push|migrate|lock` and `force-unlock`: the document itself, handled with care."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from declarative.app.opening import opened_home, read_home, unlock
from declarative.app.setting import Setting
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.desired import BackendSettings
from declarative.model.state import State
from declarative.protocols import LockInfo
from declarative.state.codec import Encoder, decode
from declarative.state.store import Store


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was written where, and what stood there before (None: nothing)."""

    place: str
    serial: int
    replaced: int | None


def read_state(setting: Setting) -> State:
    """Raises Refused when there is none."""
    with opened_home(setting, read_home(setting)) as store:
        return present(store)


def pull(setting: Setting) -> bytes:
    """The document, as this version writes it."""
    return Encoder().encode(read_state(setting))


def push(setting: Setting, file: str, force: bool) -> Pushed:
    """Replaces the state by a file's. Refused for an older serial, another lineage or another owner, unless
    forced."""
    given = _from_file(file)
    with opened_home(setting, read_home(setting)) as store:
        if not force:
            store.refuse_foreign(given, file)
        store.lock("state push")
        try:
            return _replace(store, given, force)
        finally:
            unlock(store, setting)


def migrate(setting: Setting, backend: BackendSettings) -> Pushed:
    """Copies the state from `backend` to the configured place. Refused when another state is there."""
    home = read_home(setting)
    source = replace(home, backend=backend, owns_backend=False)
    with opened_home(replace(setting, backend_config={}), source) as old:
        old.lock("state migrate")
        try:
            given = present(old)
            with opened_home(setting, home) as store:
                if store.place == old.place:
                    raise Refused([Diagnostic("migrate_same", f"The state is at {store.place} already")])
                store.lock("state migrate")
                try:
                    return _replace(store, given, force=False)
                finally:
                    unlock(store, setting)
        finally:
            unlock(old, setting)


@dataclass(frozen=True, slots=True)
class LockSeen:
    """Whose lock it is (`holder` None: nobody's). `is_told`: false where the backend tells nobody but those
    who ask for the lock, so that nothing is known."""

    place: str
    holder: LockInfo | None
    is_told: bool = True


def lock_seen(setting: Setting) -> LockSeen:
    """Takes no lock."""
    with opened_home(setting, read_home(setting)) as store:
        backend = store.backend
        return LockSeen(store.place, backend.holder(), backend.abilities.shows_holder)


def force_unlock(setting: Setting, lock_id: str | None) -> LockInfo:
    """Frees the lock that somebody left; without an id, whichever is held. Raises Refused, Locked."""
    with opened_home(setting, read_home(setting)) as store:
        held = store.backend.holder() or _untold(store, lock_id)
        store.backend.force_unlock(lock_id or held.id)
        return held


def _untold(store: Store, lock_id: str | None) -> LockInfo:
    """The lock as far as it is known where the backend does not tell. Raises Refused."""
    if store.backend.abilities.shows_holder:
        raise Refused([Diagnostic("not_locked", f"Nobody holds the lock of {store.place}")])
    if lock_id is None:
        summary = f"{store.place} does not tell who holds its lock"
        hint = "Give the id: an apply that finds the lock taken shows it."
        raise Refused([Diagnostic("lock_untold", summary, hint=hint)])
    return LockInfo(id=lock_id, operation="", who="", created="")


def present(store: Store) -> State:
    """Raises Refused when there is none."""
    found = store.read()
    if found is None:
        raise Refused([Diagnostic("state_missing", f"There is no state at {store.place}")])
    return found


def _from_file(file: str) -> State:
    try:
        return decode(Path(file).read_bytes(), file)
    except OSError as error:
        raise Refused([Diagnostic("state_file", f"{file} cannot be read: {error.strerror}")]) from None


def _replace(store: Store, given: State, force: bool) -> Pushed:
    present = _readable(store) if force else store.read()
    if present is not None and not force:
        _check(present, given, store.place)
    written = store.write(given)
    return Pushed(store.place, written.serial, present.serial if present else None)


def _readable(store: Store) -> State | None:
    """A state that cannot be read may be what is to be replaced."""
    try:
        return store.read()
    except Refused:
        store.forget()
        return None


def _check(present: State, given: State, place: str) -> None:
    hint = "Look at what is there with `state pull`. If it is to be lost: state push --force FILE"
    if present.lineage != given.lineage:
        summary = f"The state at {place} has another lineage: it is not a version of this one"
        raise Refused([Diagnostic("other_lineage", summary, hint=hint)])
    if present.serial > given.serial:
        summary = f"The state at {place} is newer (serial {present.serial}, given {given.serial})"
        raise Refused([Diagnostic("older_serial", summary, hint=hint)])
