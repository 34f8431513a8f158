"""Time, processes and who moves next: everything that is not the tool, under one virtual clock.

Nothing sleeps. A process is one run of the tool; two of them take turns under a baton, one alone needs none.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from sim_faults import Adversary, Fault

from declarative.model.desired import Instance

EPOCH = 1_795_000_000.0
NEVER = 1e18
TOUCHES_MAX = 4000


class Crash(BaseException):
    """The process is gone: nothing of it may catch this, and nothing in its memory survives."""


class Violation(BaseException):
    """A promise was broken. Not an Exception, so that no handler of the tool swallows it."""


class Beating(Protocol):
    """A lock's heartbeat: it beats while time passes, unless its process is dead or frozen."""

    def beat(self) -> None: ...


@dataclass(eq=False)
class Process:
    """One run of the tool. `skew`: seconds its wall clock is wrong by. `wish`: what it applies, in one text.
    `settles`: addresses that a person wants to run again, whatever is pending there. `wanted`: instances by
    address. `interrupted_at`: the touch of its Ctrl-C.

    What it could know of its lock and its writes (on `mono`): `read_at`, when it first read state;
    `entered_at`, when its present call began; `holds_until`, when its lock runs out; `fenced_at`, when its
    last confirmed write was sent. `undisturbed`: nothing has befallen it.
    """

    world: World
    name: str
    skew: float = 0.0
    wish: str = ""
    settles: tuple[str, ...] = ()
    wanted: Mapping[str, Instance] = field(default_factory=dict)
    read_at: float = -1.0
    entered_at: float = 0.0
    holds_until: float = 0.0
    fenced_at: float = 0.0
    undisturbed: bool = True
    touches: int = 0
    dead: bool = False
    frozen: bool = False
    interrupted: bool = False
    interrupted_at: int = 0
    wake: float = NEVER
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def touch(self, kind: str) -> Fault | None:
        """One contact with the outside world, at which anything may happen. The fault is the caller's to act
        out, but for those that befall the process itself."""
        self._live()
        self.touches += 1
        self.entered_at = self.world.mono
        if self.touches > TOUCHES_MAX:
            self.world.violated(f"{self.name} does not come to an end")
        self.world.maybe_switch(self)
        self._live()
        fault = self.world.adversary.fault(self.name, self.touches, kind)
        self.world.note(self.name, self.touches, kind, fault)
        self.undisturbed = self.undisturbed and fault is None
        if fault is Fault.CRASH:
            self.die()
        if fault is Fault.PAUSE:
            self.freeze(self.world.adversary.pause())
            return None
        if fault is Fault.INTERRUPT:
            self.interrupt()
            return None
        return fault

    def die(self) -> None:
        self.dead = True
        raise Crash

    def interrupt(self) -> None:
        if not self.interrupted:
            self.interrupted, self.interrupted_at = True, self.touches

    def freeze(self, seconds: float) -> None:
        """Suspended as a whole, its heartbeat too, while the world goes on."""
        self.frozen = True
        self.world.wait(self, self.world.mono + seconds)
        self.frozen = False
        self._live()

    def spend(self, seconds: float) -> None:
        """A call takes time; other threads of the process go on."""
        self.world.wait(self, self.world.mono + seconds)
        self._live()

    def _live(self) -> None:
        if self.dead or self.world.broken:
            self.dead = True
            raise Crash

    # ── the tool's Clock ───────────────────────────────────────────────────────────────────────────────

    def now(self) -> float:
        return EPOCH + self.world.mono + self.skew

    def monotonic(self) -> float:
        return self.world.mono

    def sleep(self, seconds: float) -> None:
        """Returns at once when the process was asked to end, as the real clock does."""
        self.touch("sleep")
        if not self.interrupted:
            self.spend(max(seconds, 0.001))


class World:
    """One schedule's world. `mono`: seconds on the clock that never goes back. `trace`: what happened."""

    def __init__(self, adversary: Adversary) -> None:
        self.adversary = adversary
        self.mono = 1000.0
        self.trace: list[tuple[str, int, str, str]] = []
        self.broken = ""
        self.bug: Exception | None = None
        self.processes: list[Process] = []
        self._beats: dict[int, tuple[Process, Beating, list[float]]] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._together = False
        self._late: list[Process] = []
        self._done = threading.Semaphore(0)

    @property
    def service_time(self) -> float:
        """The engine's clock, which is right by definition."""
        return EPOCH + self.mono

    def violated(self, words: str) -> None:
        self.broken = self.broken or words
        raise Violation(words)

    def note(self, name: str, number: int, kind: str, fault: Fault | None) -> None:
        self.trace.append((name, number, kind, fault.value if fault else ""))

    def process(self, name: str) -> Process:
        made = Process(self, name, skew=self.adversary.skew())
        self.processes.append(made)
        return made

    # ── time ───────────────────────────────────────────────────────────────────────────────────────────

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        """What happens by itself at a moment (on `mono`)."""
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def beats(self, process: Process, heart: Beating, every: float) -> int:
        number = next(self._order)
        self._beats[number] = (process, heart, [self.mono + every, every])
        return number

    def beats_no_more(self, number: int) -> None:
        self._beats.pop(number, None)

    def advance(self, until: float) -> None:
        """Lets time pass; events and heartbeats happen in their order."""
        while True:
            due, number = self._next_beat()
            moment = self._events[0][0] if self._events else until + 1
            if min(due, moment) > until:
                break
            if moment <= due:
                moment, _, happen = heapq.heappop(self._events)
                self.mono = max(self.mono, moment)
                happen()
            else:
                self._beat(due, number)
        self.mono = max(self.mono, until)

    def _next_beat(self) -> tuple[float, int]:
        return min(((times[0], number) for number, (_, _, times) in self._beats.items()), default=(NEVER, 0))

    def _beat(self, due: float, number: int) -> None:
        process, heart, times = self._beats[number]
        self.mono = max(self.mono, due)
        times[0] = due + times[1]
        if process.dead:
            self.beats_no_more(number)
        elif not process.frozen:
            heart.beat()

    # ── whose turn it is ───────────────────────────────────────────────────────────────────────────────

    def wait(self, process: Process, until: float) -> None:
        if not self._together:
            self.advance(until)
            return
        process.wake = until
        self._hand_over(process)

    def maybe_switch(self, process: Process) -> None:
        if self._together and self.adversary.switches(process.name, process.touches):
            process.wake = self.mono
            self._wake_the_late()
            self._hand_over(process)

    def together(self, bodies: list[tuple[Process, Callable[[], None]]]) -> None:
        """Runs several processes, one at a time, until all have ended."""
        self._together = True
        threads = [threading.Thread(target=self._body, args=one, daemon=True) for one in bodies]
        first, *others = [process for process, _ in bodies]
        first.wake = self.mono
        self._late = others
        if self.adversary.begins_together():
            self._wake_the_late()
        for thread in threads:
            thread.start()
        self._pick([first, *others] if not self._late else [first]).turn.release()
        self._done.acquire()
        self._together = False

    def _body(self, process: Process, body: Callable[[], None]) -> None:
        process.turn.acquire()
        try:
            body()
        finally:
            process.wake = NEVER
            self._wake_the_late()
            others = [one for one in self.processes if one.wake < NEVER]
            (self._pick(others).turn if others else self._done).release()

    def _wake_the_late(self) -> None:
        """Those who come only when the first one lets somebody else go on."""
        for process in self._late:
            process.wake = self.mono
        self._late = []

    def _hand_over(self, process: Process) -> None:
        following = self._pick([one for one in self.processes if one.wake < NEVER], process)
        if following is not process:
            following.turn.release()
            process.turn.acquire()

    def _pick(self, waiting: list[Process], current: Process | None = None) -> Process:
        """Among those whose time has come; if there is none, time passes."""
        if self.broken:
            return waiting[0]
        soonest = min(one.wake for one in waiting)
        if soonest > self.mono:
            self.advance(soonest)
        able = [one for one in waiting if one.wake <= self.mono]
        return able[0] if len(able) == 1 else self.adversary.pick(able, current)
