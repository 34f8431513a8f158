"""The workflow files below a root folder: their ids, and what they say now."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

from declarative.diagnostics import Diagnostic
from declarative.engine import spec, writes
from declarative.engine.errors import FailedPrecondition, InvalidArgument, NotFound
from declarative.engine.rows import WorkflowRow
from declarative.engine.store import Store
from declarative.engine.workflow import Workflow

FILE_BYTES_MAX = 1 << 20

_ALPHABET = "abcdefghijklmnopqrstuvwxyz012345"


def workflow_id(relative_path: str) -> str:
    """20 characters, as the service's ids have, that depend on nothing but the path."""
    path = PurePosixPath(os.path.normpath(relative_path))
    number = int.from_bytes(hashlib.sha256(str(path).encode()).digest())
    return "emb" + "".join(_ALPHABET[number >> 5 * place & 31] for place in range(17))


def new_execution_id(workflow: str) -> str:
    """In the shape of the service's."""
    return f"{workflow}-{uuid.uuid4()}"


@lru_cache(maxsize=64)
def checked(text: str, file: str) -> tuple[Workflow | None, tuple[Diagnostic, ...]]:
    """`spec.read_workflow`, once for each text."""
    workflow, problems = spec.read_workflow(text, file)
    return workflow, tuple(problems)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when it was last read."""

    stamp: tuple[int, int, int]
    row: WorkflowRow


class Catalogue:
    """`aliases`: other names of workflows -> their paths."""

    def __init__(self, store: Store, root: Path, aliases: Mapping[str, str]) -> None:
        self._store = store
        self._root = root
        self._aliases = aliases
        self._seen: dict[str, _Seen] = {}

    def register(self, path: str) -> WorkflowRow:
        """Makes the engine know the workflow in a file. Raises NotFound, InvalidArgument."""
        try:
            stamp = _stamp(self._root / path)
            seen = self._seen.get(path)
            if seen is None or seen.stamp != stamp:
                seen = self._seen[path] = _Seen(stamp, self._read(self._relative(path)))
        except OSError as error:
            raise NotFound(f"workflow {path}: {error.strerror or error}", "workflowId") from error
        return seen.row

    def current(self, workflow: str) -> WorkflowRow:
        """A workflow that was registered, as its file is now. Raises NotFound, InvalidArgument."""
        known = self._store.workflow(workflow)
        if known is None:
            raise NotFound(f"workflow {workflow} not found", "workflowId")
        return self.register(known.path)

    def find(self, name: str) -> WorkflowRow:
        """What a `workflow` step means by a name: an alias, an id, or a path. Raises LookupError."""
        try:
            if name in self._aliases:
                return self.register(self._aliases[name])
            if self._store.workflow(name) is not None:
                return self.current(name)
            return self.register(name)
        except NotFound as error:
            raise LookupError(error.message) from error

    def _relative(self, path: str) -> str:
        """The path below the root; a link may not lead out of it either."""
        place = Path(os.path.normpath(self._root / path))
        if not place.is_relative_to(self._root) or not place.resolve().is_relative_to(self._root.resolve()):
            raise InvalidArgument(f"workflow {path} is outside of {self._root}", "workflowId")
        return place.relative_to(self._root).as_posix()

    def _read(self, relative: str) -> WorkflowRow:
        place = self._root / relative
        text = _text(place, relative)
        known = self._store.workflow(workflow_id(relative))
        if known is not None and known.text == text:
            return known
        created_at = time.time_ns() if known is None else known.created_at
        row = WorkflowRow(workflow_id(relative), place.stem, relative, text, created_at)
        self._store.write(partial(writes.know, workflow=row))
        return row


def check_valid(row: WorkflowRow) -> None:
    """Raises FailedPrecondition with what is wrong with the file."""
    workflow, problems = checked(row.text, row.path)
    if workflow is None:
        raise FailedPrecondition(f"workflow {row.path} is not valid: {in_words(problems)}", "workflowId")


def in_words(problems: tuple[Diagnostic, ...]) -> str:
    """The first few errors on one line."""
    errors = [problem for problem in problems if problem.is_error]
    shown = [f"{p.summary} (line {p.span.line})" if p.span else p.summary for p in errors[:3]]
    return "; ".join(shown) + (f"; and {len(errors) - 3} more" if len(errors) > 3 else "")


def _stamp(place: Path) -> tuple[int, int, int]:
    found = place.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text(place: Path, relative: str) -> str:
    with place.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise InvalidArgument(f"workflow {relative} is larger than {FILE_BYTES_MAX} bytes", "workflowId")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"workflow {relative} is not UTF-8 text", "workflowId") from error
