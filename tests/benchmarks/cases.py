"""What is measured: for a number of declarations, the same question to both tools."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from measuring import Cost
from repositories import write_ours, write_theirs, write_workflows
from served import Served
from tools import ours, script, theirs

THEIR_APPLY_MAX = 1000
"""Terraform's apply grows with the square of the number: 10,000 took it 25 minutes."""
THEIR_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `theirs` is None where Terraform is not asked. `served`: calls are counted there."""

    name: str
    count: int
    ours: Callable[[], Cost]
    theirs: Callable[[], Cost] | None
    expects: str = ""


def cases(place: Path, count: int, served: Served, with_terraform: bool) -> Iterator[Case]:
    """Writes each repository just before it is measured."""
    made = _Repositories(place / str(count), count, served)
    asked = with_terraform and count <= THEIR_MAX
    yield _same("validate", count, made.new(), made.their_new() if asked else None, "validate", "valid")
    words = f"{count} to add"
    yield _same("plan, all new", count, made.new(), made.their_new() if asked else None, "plan", words)
    finished, theirs_applied = made.finished(0), made.their_applied(0) if asked else None
    yield _same("plan, nothing to do", count, finished, theirs_applied, "plan", "No changes")
    changed = max(1, count // 100)
    finished, theirs_applied = made.finished(changed), made.their_applied(changed) if asked else None
    yield _same("plan, 1 % changed", count, finished, theirs_applied, "plan", "Plan:")
    if count in (1000, 10_000):
        yield made.apply(asked and count <= THEIR_APPLY_MAX)


def _same(name: str, count: int, here: Path, there: Path | None, word: str, expects: str) -> Case:
    return Case(
        name, count, lambda: ours(here, word), None if there is None else lambda: theirs(there, word), expects
    )


@dataclass(frozen=True, slots=True)
class _Repositories:
    place: Path
    count: int
    served: Served

    def new(self) -> Path:
        """On the embedded engine, where nothing was started yet: no call, as with Terraform's own resource."""
        folder = self.place / "new"
        write_ours(folder, self.count, write_workflows(folder))
        return folder

    def finished(self, changed: int) -> Path:
        """On the served engine, every one finished; then the first `changed` are declared differently."""
        folder = self.place / f"finished-{changed}"
        write_ours(folder, self.count, self.served.workflows, self.served.url)
        script("finished.py", folder, str(folder), self.served.url)
        write_ours(folder, self.count, self.served.workflows, self.served.url, changed)
        return folder

    def their_new(self) -> Path:
        return self._theirs("their-new", 0, applied=False)

    def their_applied(self, changed: int) -> Path:
        return self._theirs(f"their-{changed}", changed, applied=True)

    def _theirs(self, name: str, changed: int, applied: bool) -> Path:
        folder = self.place / name
        write_theirs(folder, self.count, changed, applied)
        theirs(folder, "init", "-input=false")
        return folder

    def apply(self, with_terraform: bool) -> Case:
        here = self.place / "apply"
        write_ours(here, self.count, self.served.workflows, self.served.url)
        there = self._theirs("their-apply", 0, applied=False) if with_terraform else None
        return Case(
            "apply",
            self.count,
            lambda: _afresh(
                here, ".declarative", lambda: ours(here, "apply", "--auto-approve", "--new-state")
            ),
            None
            if there is None
            else lambda: _afresh(there, "terraform.tfstate", lambda: theirs(there, "apply", "-auto-approve")),
        )


def _afresh(folder: Path, state: str, apply: Callable[[], Cost]) -> Cost:
    """What a run before left behind is gone, so that every run starts everything."""
    found = folder / state
    shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)
    return apply()
