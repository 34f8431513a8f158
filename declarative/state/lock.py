"""Who holds a lock: made for ourselves, written as Terraform's LockInfo, read back from strangers."""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from declarative import __version__
from declarative.model.moment import format_moment
from declarative.protocols import Clock, LockInfo

LEASE = 60.0
"""Seconds after which a lock that was not renewed may be taken over."""

HEARTBEAT = 10.0
"""Seconds between two renewals."""

_TEXT_LENGTH_MAX = 256
_JOB_ADDRESSES = ("CI_JOB_URL", "BUILD_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL")

_KEYS = {
    "id": "ID",
    "operation": "Operation",
    "info": "Info",
    "who": "Who",
    "version": "Version",
    "created": "Created",
    "path": "Path",
    "expires_at": "expires_at",
}
"""Terraform's names; `expires_at` is ours."""


def new_lock(operation: str, place: str, clock: Clock, environ: Mapping[str, str]) -> LockInfo:
    """A lock to ask for, in the name of this process."""
    return LockInfo(
        id=str(uuid.uuid4()),
        operation=operation,
        who=f"{_user()}@{socket.gethostname()} (process {os.getpid()})",
        created=format_moment(clock.now()),
        info=_job(environ),
        version=__version__,
        path=place,
    )


def leased(info: LockInfo, until: float) -> LockInfo:
    """The same lock with the time (epoch seconds) at which it runs out, for people: takers measure."""
    return replace(info, expires_at=format_moment(until))


def lock_json(info: LockInfo) -> bytes:
    """Every key of Terraform's is written, empty ones too: GitLab asks for all of them."""
    named = {key: getattr(info, field) for field, key in _KEYS.items() if field != "expires_at"}
    if info.expires_at:
        named["expires_at"] = info.expires_at
    return json.dumps(named, ensure_ascii=False).encode()


def read_lock(content: bytes) -> LockInfo | None:
    """A holder as others wrote it: untrusted. None where the content is no lock, or a free one."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not _text(found.get("ID")):
        return None
    return LockInfo(**{field: _text(found.get(key)) for field, key in _KEYS.items()})


FREE = lock_json(LockInfo(id="", operation="", who="", created=""))
"""A lock object that nobody holds: released ones are overwritten, never removed."""


def is_free(content: bytes) -> bool:
    """Whether it is a released lock. What cannot be understood is not free."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("ID") == ""


def holder_text(holder: LockInfo | None) -> str:
    """The holder in one line."""
    if holder is None:
        return "somebody who left no name"
    since = f" since {holder.created}" if holder.created else ""
    where = f", {holder.info}" if holder.info else ""
    return f"{holder.who or 'somebody'} ({holder.operation or 'unknown operation'}{since}{where})"


def printable(text: str, length_max: int = _TEXT_LENGTH_MAX) -> str:
    """Text from outside, on one line and without control characters."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text[: 4 * length_max]).split())
    return line if len(line) <= length_max else line[: length_max - 1] + "…"


def _text(value: Any) -> str:
    return printable(value) if isinstance(value, str) else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user often has no name.
        return str(os.getuid())


def _job(environ: Mapping[str, str]) -> str:
    """The address of the CI job, so that who finds the lock finds its log."""
    for name in _JOB_ADDRESSES:
        if environ.get(name):
            return printable(environ[name])
    if environ.get("GITHUB_RUN_ID"):
        server, repository = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_REPOSITORY", "")
        return printable(f"{server}/{repository}/actions/runs/{environ['GITHUB_RUN_ID']}")
    return ""
