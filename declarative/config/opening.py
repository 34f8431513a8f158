"""The text of one file of the configuration, and nothing else: a regular file, inside the folder, in UTF-8.

A merge request's plan runs with credentials on somebody's YAML, and a problem shows the line it is about.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from declarative.source import TEXT_MAX_BYTES

_PRIVATE = frozenset({".git", ".declarative"})
"""A checkout's .git often holds the job's token; .declarative holds state."""


class Unreadable(Exception):
    """Why a file is not read: a code, words, and for an encoding its line and column (from 1)."""

    def __init__(self, code: str, words: str, place: tuple[int, int] | None = None) -> None:
        self.code = code
        self.place = place
        super().__init__(words)


def inside(root: Path, path: Path) -> Path:
    """The real path, links resolved. `root` is one already. Raises Unreadable."""
    real = path.resolve()
    if not real.is_relative_to(root):
        raise Unreadable("outside_folder", "is outside the configuration's folder")
    if _PRIVATE.intersection(real.relative_to(root).parts):
        raise Unreadable("outside_folder", "is not a file of the configuration")
    return real


def text(real: Path) -> str:
    """Raises Unreadable."""
    content = _content(real)
    if len(content) > TEXT_MAX_BYTES:
        raise Unreadable("file_too_large", "is larger than 64 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        before = content[content.rfind(b"\n", 0, error.start) + 1 : error.start]
        place = line, len(before.decode(errors="replace")) + 1
        raise Unreadable("encoding", "is not UTF-8 text", place) from None


def _content(real: Path) -> bytes:
    try:
        # A FIFO would block for ever, and a link may have replaced the file since it was resolved.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable("file_unreadable", f"cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unreadable("file_unreadable", "is not a regular file")
    with os.fdopen(handle, "rb") as file:
        return file.read(TEXT_MAX_BYTES + 1)
