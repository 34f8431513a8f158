"""The last resort: a state that could not be written where it belongs is kept beside the user."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_COPIES_MAX = 1000


class ErroredState:
    """`errored.state.json` in a folder. An earlier one is never overwritten: it may be all there is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours: Path | None = None

    def keep(self, content: bytes) -> Path:
        """Where it was written, readable by its owner only. Raises OSError."""
        path = self._ours or self._unused()
        spare = path.with_name(f"{path.name}.tmp")
        descriptor = os.open(
            spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        spare.replace(path)
        self._ours = path
        return path

    def drop(self) -> None:
        """After all it was written where it belongs: ours must not be pushed over it later."""
        if self._ours is not None:
            with suppress(OSError):
                self._ours.unlink(missing_ok=True)
            self._ours = None

    def _unused(self) -> Path:
        path = self._folder / "errored.state.json"
        for copy in range(2, _COPIES_MAX):
            if not path.exists():
                break
            path = self._folder / f"errored-{copy}.state.json"
        return path
