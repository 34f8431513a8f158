"""What may go wrong, and who decides when: by script for exhaustive schedules, by seed for random ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar

P = TypeVar("P")


class Fault(StrEnum):
    """What befalls one touch of the outside world."""

    CRASH = "crash"
    """The process dies before anything happens."""
    CRASH_LATE = "crash_late"
    """The request is on its way, takes effect later, and the process dies at once."""
    PAUSE = "pause"
    """The process is suspended for a while, with its heartbeat, and then goes on."""
    INTERRUPT = "interrupt"
    """Ctrl-C."""
    LOST_BEFORE = "lost_before"
    """No effect, no answer."""
    LOST_AFTER = "lost_after"
    """The effect took place, the answer was lost."""
    LATE = "late"
    """No answer; the effect takes place later, as late as the engine's promise allows."""
    UNAVAILABLE = "unavailable"
    """503 without effect, which the caller cannot know."""
    UNAVAILABLE_AFTER = "unavailable_after"
    """503, and the effect took place."""
    THROTTLED = "throttled"
    """429 with proof that nothing happened."""
    UNREACHABLE = "unreachable"
    """No connection: proof that nothing happened."""
    REFUSED = "refused"
    """Backends: a plain error, nothing written, not worth another try."""


SELF = (Fault.CRASH, Fault.PAUSE, Fault.INTERRUPT)
FAULTS_OF: Mapping[str, tuple[Fault, ...]] = {
    "start": (
        *SELF,
        Fault.CRASH_LATE,
        Fault.LOST_BEFORE,
        Fault.LOST_AFTER,
        Fault.LATE,
        Fault.UNAVAILABLE,
        Fault.UNAVAILABLE_AFTER,
        Fault.THROTTLED,
        Fault.UNREACHABLE,
    ),
    "stop": (*SELF, Fault.CRASH_LATE, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.THROTTLED),
    "terminate": (*SELF, Fault.CRASH_LATE, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.THROTTLED),
    "get": (*SELF, Fault.UNAVAILABLE),
    "list": (*SELF, Fault.UNAVAILABLE),
    "resolve": (*SELF, Fault.UNAVAILABLE),
    "read": (*SELF, Fault.REFUSED),
    "write": (*SELF, Fault.CRASH_LATE, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.REFUSED),
    "lock": (*SELF, Fault.REFUSED),
    "unlock": (*SELF, Fault.LOST_BEFORE),
    "renew": (Fault.LOST_BEFORE,),
    "sleep": SELF,
}
"""By kind of touch."""


class Adversary:
    """Without any script: a world in which all goes well, and everything is as late as it may be."""

    def fault(self, process: str, touch: int, kind: str) -> Fault | None:
        return None

    def pause(self) -> float:
        """Seconds of a suspension."""
        return 90.0

    def hangs(self) -> bool:
        """Whether a lost answer is waited for until the deadline, or the connection is reset at once."""
        return True

    def share(self) -> float:
        """Which part of the lateness that is allowed an effect makes use of."""
        return 1.0

    def skew(self) -> float:
        return 0.0

    def switches(self, process: str, touch: int) -> bool:
        """Whether another process goes on here."""
        return False

    def begins_together(self) -> bool:
        """Whether two applies begin at the same time, or the second when the first is switched from."""
        return True

    def pick(self, able: list[P], current: P | None) -> P:
        """Who goes on."""
        return able[0]


@dataclass(frozen=True, slots=True)
class Scripted(Adversary):
    """`faults`: by process and touch. `switch_at`: where a process lets the other go on."""

    faults: Mapping[tuple[str, int], Fault]
    pause_seconds: float = 90.0
    hang: bool = True
    switch_at: frozenset[tuple[str, int]] = frozenset()

    def fault(self, process: str, touch: int, kind: str) -> Fault | None:
        fault = self.faults.get((process, touch))
        return fault if fault in FAULTS_OF[kind] else None

    def pause(self) -> float:
        return self.pause_seconds

    def hangs(self) -> bool:
        return self.hang

    def switches(self, process: str, touch: int) -> bool:
        return (process, touch) in self.switch_at

    def begins_together(self) -> bool:
        return False

    def pick(self, able: list[P], current: P | None) -> P:
        return next(one for one in able if one is not current)


class AtFirst(Adversary):
    """`faults`: by process and kind of touch; each befalls the first such touch, those of `always` each one."""

    def __init__(
        self, faults: Mapping[tuple[str, str], Fault], always: Mapping[tuple[str, str], Fault] | None = None
    ) -> None:
        self.left = dict(faults)
        self.always = always or {}

    def fault(self, process: str, touch: int, kind: str) -> Fault | None:
        return self.left.pop((process, kind), None) or self.always.get((process, kind))


class Seeded(Adversary):
    """Faults by chance, the same for the same seed. `calm`: nothing goes wrong any more."""

    def __init__(self, seed: int, rate: float) -> None:
        self.random = Random(seed)
        self.rate = rate
        self.calm = False

    def fault(self, process: str, touch: int, kind: str) -> Fault | None:
        if self.calm or self.random.random() >= self.rate:
            return None
        return self.random.choice(FAULTS_OF[kind])

    def pause(self) -> float:
        return self.random.choice((1.0, 4.0, 20.0, 70.0, 200.0))

    def hangs(self) -> bool:
        return self.random.random() < 0.5

    def share(self) -> float:
        return self.random.random()

    def skew(self) -> float:
        return 0.0 if self.calm else self.random.choice((0.0, 0.0, 1.0, -1.0, 300.0, -300.0))

    def switches(self, process: str, touch: int) -> bool:
        return not self.calm and self.random.random() < 0.3

    def pick(self, able: list[P], current: P | None) -> P:
        return self.random.choice(able)
