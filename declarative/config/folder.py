"""The configuration's folder, as `file()` may read it: nothing outside, nothing large, nothing of ours."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from declarative.config.bounds import Fault

FILE_MAX_BYTES = 1024 * 1024
_PRIVATE = frozenset({".git", ".declarative"})
"""A checkout's .git often holds the job's token; .declarative holds state."""


class Folder:
    """One per configuration: what was read is kept, so that all instances see the same text."""

    __slots__ = ("_read", "root")

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._read: dict[str, str] = {}

    def text(self, path: str) -> str:
        """The file's text. Raises Fault."""
        if path not in self._read:
            self._read[path] = _decoded(path, _bytes(path, self._inside(path)))
        return self._read[path]

    def _inside(self, path: str) -> Path:
        try:
            found = (self.root / path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
            raise Fault("file_unreadable", f'file("{path}") cannot be read: {reason}', _RELATIVE) from None
        if not found.is_relative_to(self.root):
            raise Fault("file_outside", f'file("{path}") is outside the configuration\'s folder', _INSIDE)
        if _PRIVATE.intersection(found.relative_to(self.root).parts):
            raise Fault("file_outside", f'file("{path}") is not a file of the configuration', _INSIDE)
        return found


def _bytes(path: str, found: Path) -> bytes:
    try:
        # Opening a FIFO would block for ever, and a link may have replaced the file since it was resolved.
        handle = os.open(found, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Fault("file_unreadable", f'file("{path}") cannot be read: {error.strerror}') from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Fault("file_unreadable", f'file("{path}") is not a regular file')
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(FILE_MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(content) > FILE_MAX_BYTES:
        raise Fault("file_too_large", f'file("{path}") is larger than 1 MiB')
    return content


def _decoded(path: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Fault("file_not_text", f'file("{path}") is not UTF-8 text') from None


_RELATIVE = "The path is relative to the configuration's folder."
_INSIDE = "file() reads only inside the configuration's folder, links resolved."
