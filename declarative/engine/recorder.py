"""The journal of one run, kept in the store."""

from __future__ import annotations

from collections.abc import Iterable

from declarative.engine.journal import Entry
from declarative.engine.rows import Note
from declarative.engine.store import Store


class Recorder:
    """The Journal the interpreter writes to. Entries keep the places in which their steps were begun."""

    def __init__(self, store: Store, execution: int, notes: Iterable[Note]) -> None:
        self._store = store
        self._execution = execution
        self._notes = {note.entry.path: note for note in notes}

    def recall(self, path: str) -> Entry | None:
        note = self._notes.get(path)
        return note.entry if note is not None else None

    async def begin(self, entry: Entry) -> None:
        await self._write(entry)

    async def finish(self, entry: Entry) -> None:
        await self._write(entry)

    async def _write(self, entry: Entry) -> None:
        known = self._notes.get(entry.path)
        note = Note(len(self._notes) if known is None else known.position, entry)
        self._notes[entry.path] = note
        await self._store.note(self._execution, note)
