"""The one directory an engine lives in, and who may read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EngineDirectory:
    """The places of an engine's files. `path` is absolute: the runner works from another directory."""

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> EngineDirectory:
        return cls(Path(path).absolute())

    @property
    def database(self) -> Path:
        return self.path / "engine.sqlite3"

    @property
    def lock(self) -> Path:
        """Held by the runner, for as long as it lives."""
        return self.path / "runner.lock"

    @property
    def turn(self) -> Path:
        """Held by whoever writes, for one transaction."""
        return self.path / "writer.lock"

    @property
    def bell(self) -> Path:
        return self.path / "runner.bell"

    @property
    def log(self) -> Path:
        return self.path / "runner.log"

    def create(self) -> None:
        """Makes what is missing, for this user alone: inputs and results are in these files."""
        for missing in reversed([p for p in (self.path, *self.path.parents) if not p.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        self._ignore()

    def _ignore(self) -> None:
        try:
            place = os.open(self.path / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(place, "w") as file:
            file.write("*\n")
