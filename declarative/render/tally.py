"""Counts what an apply did, event by event, and says it at the end; the third listener of the stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from declarative.model.address import Address
from declarative.model.change import Action
from declarative.model.event import (
    Ended,
    Event,
    Noted,
    Recovered,
    Started,
    StartRefused,
    StartUnknown,
    StopPending,
    StopRefused,
)
from declarative.model.record import Outcome
from declarative.render.dump import JsonObject
from declarative.render.style import PLAIN, Style

_TROUBLED = frozenset({Outcome.FAILED, Outcome.STOPPED_OUTSIDE, Outcome.LOST})


@dataclass(frozen=True, slots=True)
class Left:
    """What the apply did not get to, as the plan stands at its end. `unstarted`: nothing stood in the way,
    and yet it did not come to be. `blind`: something could not be read."""

    in_progress: int = 0
    deferred: int = 0
    held: int = 0
    blocked: int = 0
    unstarted: int = 0
    blind: bool = False

    @property
    def waits(self) -> bool:
        return bool(self.in_progress or self.deferred or self.held)


@dataclass(slots=True)
class Tally:
    """`see` every event, then ask for the text. `operation`: apply or destroy. `lost`: addresses whose start
    has no known outcome; one that is found out later is lost no more."""

    operation: str = "apply"
    started: int = 0
    stopped: int = 0
    changed: int = 0
    adopted: int = 0
    forgotten: int = 0
    finished: int = 0
    failed: int = 0
    refused: int = 0
    stopping: int = 0
    lost: set[Address] = field(default_factory=set)

    @property
    def unknown(self) -> int:
        return len(self.lost)

    def see(self, event: Event) -> None:
        match event:
            case Started():
                self.started += 1
            case Ended():
                self._ended(event.outcome)
            case Noted():
                self._noted(event.change.action)
            case Recovered():
                self._recovered(event)
            case StartUnknown():
                self.lost.add(event.address)
            case StopRefused():
                self.refused += 1
            case StartRefused(held=False):
                self.refused += 1
            case StopPending():
                self.stopping += 1
            case _:
                pass

    def document(self) -> JsonObject:
        """In the keys of a plan's summary where it has them."""
        return {
            "add": self.started,
            "change": self.changed,
            "remove": self.stopped,
            "import": self.adopted,
            "forget": self.forgotten,
            "finished": self.finished,
            "failed": self.failed,
            "refused": self.refused,
            "unknown": self.unknown,
            "stopping": self.stopping,
            "operation": self.operation,
        }

    def text(self, left: Left, style: Style = PLAIN, *, interrupted: bool = False) -> str:
        """Terraform's last line, ours below it, and what to run next."""
        lines = [self._first(style, interrupted, left.blind), *self._ours(), *_next(left)]
        return "".join(f"{line}\n" for line in lines)

    def _ended(self, outcome: Outcome) -> None:
        if outcome is Outcome.STOPPED_BY_US:
            self.stopped += 1
        elif outcome in _TROUBLED:
            self.failed += 1
        else:
            self.finished += 1

    def _recovered(self, event: Recovered) -> None:
        if event.finding in ("ambiguous", "unknown"):
            self.lost.add(event.address)
            return
        self.lost.discard(event.address)
        self.adopted += event.finding == "adopted"

    def _noted(self, action: Action) -> None:
        match action:
            case Action.UPDATE:
                self.changed += 1
            case Action.ADOPT:
                self.adopted += 1
            case Action.RETIRE | Action.ABANDON:
                self.forgotten += 1
            case _:
                pass

    def _first(self, style: Style, interrupted: bool, blind: bool) -> str:
        word = self.operation.capitalize()
        troubled = bool(interrupted or blind or self.refused or self.unknown)
        ended = "interrupted" if interrupted else "incomplete" if troubled else "complete"
        counts = f"{self.started} added, {self.changed} changed, {self.stopped} destroyed."
        if word == "Destroy" and not troubled:
            counts = f"{self.stopped} destroyed."
        paint = style.yellow if troubled or self.failed else style.green
        return style.bold(paint(f"{word} {ended}!")) + f" Resources: {counts}"

    def _ours(self) -> list[str]:
        parts = (
            (self.adopted, "adopted"),
            (self.forgotten, "retired"),
            (self.finished, "finished"),
            (self.failed, "failed"),
            (self.refused, "refused"),
            (self.unknown, "with an unknown outcome"),
            (self.stopping, "still stopping"),
        )
        said = ", ".join(f"{number} {words}" for number, words in parts if number)
        return [f"Executions: {said}."] if said else []


def _next(left: Left) -> list[str]:
    parts = (
        (left.unstarted, "not started"),
        (left.in_progress, "in progress"),
        (left.deferred, "deferred"),
        (left.held, "held"),
        (left.blocked, "blocked"),
    )
    said = ", ".join(f"{number} {words}" for number, words in parts if number)
    lines = [f"Left: {said}."] if said else []
    if left.deferred or left.held:
        lines.append(
            "Run declarative apply again to go on, or declarative apply --wait to follow it to the end."
        )
    elif left.unstarted:
        lines.append("Run declarative apply again to go on.")
    elif left.in_progress:
        lines.append("Run declarative wait to follow them to their end.")
    return lines
