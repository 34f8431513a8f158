"""Sessions as text: files, commands and what they answered, read from one file and written back to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = "+++"
SAME_PLAN = "| (the same plan)"


@dataclass(slots=True)
class Remark:
    """A line that is neither: a blank one, or words for the reader."""

    line: str

    def lines(self) -> Iterator[str]:
        yield self.line


@dataclass(slots=True)
class Written:
    """A file as the story's person writes it: `+++ path`, its lines, `+++`."""

    path: str
    text: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"{FENCE} {self.path}"
        yield from self.text
        yield FENCE


@dataclass(slots=True)
class Command:
    """`$ words`, then its stdout (`|`), its stderr (`!`) and its exit code (`=`)."""

    words: str
    answer: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"$ {self.words}"
        yield from self.answer


Part = Remark | Written | Command


def read_story(text: str) -> list[Part]:
    """Raises ValueError for a line that belongs nowhere."""
    parts: list[Part] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"{FENCE} "):
            parts.append(Written(line.removeprefix(f"{FENCE} "), list(_until_fence(lines))))
        elif line.startswith("$ "):
            parts.append(Command(line.removeprefix("$ ")))
        elif line[:1] in ("|", "!", "="):
            _last_command(parts, line).answer.append(line)
        elif not line or line.startswith("#"):
            parts.append(Remark(line))
        else:
            raise ValueError(f"neither command nor answer nor remark: {line}")
    return parts


def story_text(parts: list[Part]) -> str:
    return "".join(f"{line}\n" for part in parts for line in part.lines())


def answer_lines(stdout: str, stderr: str, code: int) -> list[str]:
    """What a command answered, as a story writes it."""
    said = [f"| {line}".rstrip() for line in stdout.splitlines()]
    complained = [f"! {line}".rstrip() for line in stderr.splitlines()]
    return [*said, *complained, f"= {code}"]


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == FENCE:
            return
        yield line
    raise ValueError("a file is not closed")


def _last_command(parts: list[Part], line: str) -> Command:
    if parts and isinstance(parts[-1], Command):
        return parts[-1]
    raise ValueError(f"an answer without a command: {line}")


_EVENT = re.compile(r"\| \S+: .*\[id=")
_FLEETING = re.compile(
    r"\| \S+: RUNNING \[id=|\| Still |\| Observed with |\| Locked the state at |\| State is written "
    r"|\| 0 starts and 0 stops "
)
"""What depends on how fast the engine was. Stops that act one after the other make a write of state each."""


@dataclass(slots=True)
class Filter:
    """Takes out of an answer what differs from run to run. An id keeps its number through a whole story."""

    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    _plan: list[str] = field(default_factory=list)

    def answer(self, lines: list[str]) -> list[str]:
        kept = [line for line in lines if not _FLEETING.match(line)]
        return self._without_plan([self._plain(line) for line in _sorted_events(kept)])

    def _without_plan(self, lines: list[str]) -> list[str]:
        """An apply shows its plan before it acts; the one that was just shown is not told twice."""
        length = len(self._plan)
        if length and lines[:length] == self._plan:
            return [SAME_PLAN, *lines[length:]]
        is_plan = any(line.startswith("| Plan: ") for line in lines)
        self._plan = _upto_executions(lines) if is_plan else []
        return lines

    def _plain(self, line: str) -> str:
        line = line.replace(str(self.folder), "<folder>")
        line = _ID.sub(lambda found: self._name("execution", found[0]), line)
        for pattern, name in _PATTERNS:
            line = pattern.sub(name, line)
        return re.sub(r"(?<=[^\s|]) {2,}", "  ", line)

    def _name(self, kind: str, found: str) -> str:
        return self.ids.setdefault(found, f"<{kind} {len(self.ids) + 1}>")


_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(f"emb[a-z0-9]{{17}}-{_UUID}")
_PATTERNS = (
    (re.compile(_UUID), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<when>"),
    (re.compile(r"\b1:[0-9a-f]{64}"), "<digest>"),
    (re.compile(r"\S+@\S+ \(process \d+\)"), "<who>"),
    (re.compile(r"(?<=state serial )\d+"), "<n>"),
    (re.compile(r"(?<=after )\d+(\.\d+)?s\b"), "<time>"),
    (re.compile(r"\b\d+s ago|\bjust now"), "<ago>"),
    (re.compile(r"(?<=  )\d+(\.\d+)?s(?=  |$)"), "<time>"),
    (re.compile(r"(?<=duration: )[\d.e-]+"), "<time>"),
)


def _upto_executions(lines: list[str]) -> list[str]:
    plan = next(index for index, line in enumerate(lines) if line.startswith("| Plan: "))
    return lines[: plan + 2]


def _sorted_events(lines: list[str]) -> Iterator[str]:
    """Executions that go on side by side may tell their news in any order."""
    batch: list[str] = []
    for line in lines:
        if _EVENT.match(line):
            batch.append(line)
            continue
        yield from sorted(batch, key=_address)
        batch.clear()
        yield line
    yield from sorted(batch, key=_address)


def _address(line: str) -> str:
    return line.split(": ")[0]
