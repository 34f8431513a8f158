"""A live display for a terminal: a few lines at the bottom that change, and lasting lines that scroll above.

A few lines of escape codes instead of a library: the first output must not wait for its import. What a person
has to see again later (failures, refusals, warnings) becomes a lasting line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from declarative.model.address import Address
from declarative.model.event import (
    Ended,
    Event,
    LockTaken,
    Moved,
    Recovered,
    Started,
    StartRefused,
    StartUnknown,
    StopAsked,
    StopPending,
    StopRefused,
)
from declarative.render.events import ERROR, INFO, said
from declarative.render.style import Style
from declarative.render.words import clean, duration, shorten, width_of

INTERVAL_SECONDS = 0.1
ROWS_MAX = 8
LASTING_MAX = 100
"""Applies of up to this many changes keep a line for every event; larger ones only for what went wrong."""


class Terminal(Protocol):
    """Where the display is drawn."""

    def write(self, text: str) -> None: ...

    def size(self) -> tuple[int, int]:
        """Columns and rows, as they are now."""


class Live:
    """Safe to be called from several threads. `total`: changes the plan has; `now`: monotonic seconds.

    Drawn at most every INTERVAL_SECONDS; whoever owns it calls `tick` a few times a second, so that the last
    event before a silence is seen too.
    """

    def __init__(self, terminal: Terminal, now: Callable[[], float], style: Style, total: int) -> None:
        self._terminal = terminal
        self._now = now
        self._style = style
        self._total = total
        self._lock = threading.Lock()
        self._began = now()
        self._drawn_at = float("-inf")
        self._drawn: list[str] = []
        self._lasting: list[str] = []
        self._active: dict[Address, tuple[str, float]] = {}
        self._counts = {"started": 0, "ended": 0, "failed": 0}

    def see(self, event: Event) -> None:
        with self._lock:
            self._note(event)
            told = said(event)
            if told.level != INFO or self._total <= LASTING_MAX or isinstance(event, LockTaken):
                line = clean(told.message)
                self._lasting.append(self._style.red(line) if told.level == ERROR else line)
            self._redraw()

    def say(self, text: str) -> None:
        """Lasting text from elsewhere, such as a problem with its box; it is written as it is."""
        with self._lock:
            self._lasting.extend(text.rstrip("\n").split("\n"))
            self._redraw()

    def tick(self) -> None:
        """Lets the clock of the display go on while nothing happens."""
        with self._lock:
            self._redraw()

    def close(self) -> None:
        """Takes the moving lines away; what lasts stays."""
        with self._lock:
            self._terminal.write(self._erase() + "".join(f"{line}\n" for line in self._lasting))
            self._drawn, self._lasting = [], []

    def _note(self, event: Event) -> None:
        match event:
            case Started():
                self._counts["started"] += 1
                self._active[event.address] = ("started", self._now())
            case Moved():
                _, since = self._active.get(event.address, ("", self._now()))
                self._active[event.address] = (event.status.value, since)
            case StopAsked():
                self._active[event.address] = ("stopping", self._now())
            case Ended():
                self._counts["ended"] += 1
                self._counts["failed"] += said(event).level == ERROR
                self._active.pop(event.address, None)
            case StartRefused() | StartUnknown() | StopRefused() | StopPending() | Recovered():
                self._active.pop(event.address, None)
            case _:
                pass

    def _redraw(self) -> None:
        now = self._now()
        if now - self._drawn_at < INTERVAL_SECONDS:
            return
        columns, rows = self._terminal.size()
        lines = self._lines(now, max(columns - 1, 1), max(rows - 2, 1))
        lasting = "".join(f"{line}\n" for line in self._lasting)
        self._terminal.write(self._erase() + lasting + "".join(f"{line}\n" for line in lines))
        self._drawn_at, self._drawn, self._lasting = now, lines, []

    def _erase(self) -> str:
        """Up to the first moving line, and away with it all; a line may have wrapped since it was drawn."""
        columns = max(self._terminal.size()[0], 1)
        height = sum(max(1, -(-width_of(line) // columns)) for line in self._drawn)
        return f"\x1b[{height}F\x1b[J" if height else ""

    def _lines(self, now: float, width: int, rows: int) -> list[str]:
        lines = [self._head(now)]
        shown = min(ROWS_MAX, rows - 1)
        for address, (doing, since) in list(self._active.items())[: max(shown, 0)]:
            lines.append(f"  {clean(str(address))}: {doing} {duration(now - since)}")
        if len(self._active) > shown > 0:
            lines[-1] = f"  … {len(self._active) - shown + 1} more"
        return [shorten(line, width) for line in lines]

    def _head(self, now: float) -> str:
        failed = f", {self._counts['failed']} failed" if self._counts["failed"] else ""
        counts = f"{self._counts['started']} started, {self._counts['ended']} ended{failed}"
        return f"{counts} [{duration(now - self._began)} elapsed]"
