"""Chains of mishaps that chance meets too seldom, each told once: what engine, who does what, what goes wrong.

Every one must come to rest, with nothing left but what only a person can settle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sim_backend import PlaceKind
from sim_desired import Entry, declared
from sim_engine import EngineKind, SimEngine, as_doubles, nothing
from sim_faults import AtFirst, Fault
from sim_operator import Run
from sim_random import WORKFLOWS
from sim_schedule import Deed, Happening, Schedule

from declarative.model.change import Code
from declarative.model.desired import Duplicates, End, Policies
from declarative.model.desired import Run as Lasting

_SECOND = ("apply 2", "start")
_FIRST = ("apply 1", "start")
_UNKNOWN = frozenset({Code.START_UNKNOWN})
_AMBIGUOUS = frozenset({Code.AMBIGUOUS_START, Code.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Story:
    """`versions`: the YAML of each apply, `after` seconds after the one before. `by_hand`: (moment since the
    beginning, workflow, input) of what somebody starts. `targets`: of each apply, if any."""

    name: str
    versions: tuple[tuple[Entry, ...], ...]
    faults: Mapping[tuple[str, str], Fault]
    after: float = 30.0
    always: Mapping[tuple[str, str], Fault] | None = None
    by_hand: tuple[tuple[float, str, str], ...] = ()
    targets: tuple[tuple[str, ...], ...] = ()
    engine: EngineKind = EngineKind()
    place: PlaceKind = PlaceKind.KERNEL
    blocks: frozenset[Code] = frozenset()
    wait: bool = False

    def schedule(self) -> Schedule:
        happenings = [Happening(at, starts(workflow, text)) for at, workflow, text in self.by_hand]
        targets = self.targets or ((),) * len(self.versions)
        deeds = [
            Deed((Run(declared(version), self.wait, targets=target, lock_timeout=100.0),), self.after)
            for version, target in zip(self.versions, targets, strict=True)
        ]
        return Schedule(
            AtFirst(self.faults, self.always),
            WORKFLOWS,
            tuple(deeds),
            declared(self.versions[-1]),
            self.engine,
            self.place,
            tuple(happenings),
            self.blocks,
        )


def starts(workflow: str, text: str) -> Callable[[SimEngine], None]:
    def start(engine: SimEngine) -> None:
        engine.started_by_hand(workflow, text)

    return start


_A = Entry("a", "long")
_B = Entry("b", "long", 2)
_TWIN = replace(_A, name="b")
_SHORT = Entry("a", "short")
_INSTANT = Entry("a", "instant")
_FORGETFUL = EngineKind(retention=20.0, retention_min=20.0)
_NULL = Entry("a", "long", None)
_PATIENT = Entry("a", "stubborn", policies=Policies(stop_grace=75.0, stop_timeout=120.0))
_ALLOWED = Policies(duplicates=Duplicates.ALLOW)
_ALWAYS = Policies(run=Lasting.ALWAYS, rerun_on=frozenset({End.FINISHED, End.FAILED, End.STOPPED}))

STORIES = (
    Story(
        "the engine forgot what had started and ended",
        ((_SHORT,), (_SHORT,)),
        {_FIRST: Fault.LOST_AFTER, ("apply 1", "sleep"): Fault.CRASH},
        after=100.0,
        engine=_FORGETFUL,
        blocks=_UNKNOWN,
    ),
    Story(
        "the engine hides what runs",
        ((_A,), (_A, _B)),
        {_SECOND: Fault.LOST_AFTER},
        engine=EngineKind(hides=True),
        blocks=_UNKNOWN,
    ),
    Story(
        "the engine has lost the input",
        ((_A,), (_A, _B)),
        {_SECOND: Fault.LOST_AFTER},
        engine=EngineKind(echo=nothing),
        blocks=_UNKNOWN,
    ),
    Story(
        "the engine has lost the input, and the next apply sees it first",
        ((_A,), (_A, _B), (_A, _B)),
        {_SECOND: Fault.LOST_AFTER, ("apply 2", "sleep"): Fault.CRASH},
        engine=EngineKind(echo=nothing),
        blocks=_UNKNOWN,
    ),
    Story(
        "only nearly the same",
        ((_NULL,), (_NULL,)),
        {_FIRST: Fault.LOST_BEFORE},
        by_hand=((31.0, "long", "{}"),),
        blocks=_AMBIGUOUS,
    ),
    Story(
        "nearly the same is what was started",
        ((_NULL,), (_NULL,)),
        {_FIRST: Fault.LOST_AFTER},
        engine=EngineKind(echo=as_doubles),
        blocks=_AMBIGUOUS,
    ),
    Story(
        "two that may be it",
        ((_A,), (_A,)),
        {_FIRST: Fault.LOST_AFTER},
        by_hand=((30.17, "long", '{"n":1}'),),
        blocks=_AMBIGUOUS,
    ),
    Story(
        "another one's, a moment before",
        ((_INSTANT,), (_INSTANT,)),
        {_FIRST: Fault.LOST_BEFORE},
        by_hand=((20.0, "instant", '{"n":1}'),),
    ),
    Story(
        "another one's, long before",
        ((_INSTANT,), (_INSTANT,)),
        {_FIRST: Fault.LOST_BEFORE},
        after=100.0,
        by_hand=((1.0, "instant", '{"n":1}'),),
    ),
    Story(
        "an apply of something else comes first",
        ((_A, _B), (_A, _B)),
        {_FIRST: Fault.CRASH_LATE},
        targets=(("a",), ("b",)),
    ),
    Story(
        "its declaration is gone meanwhile",
        ((_A, _B), (_B,)),
        {_FIRST: Fault.CRASH_LATE},
        after=1.0,
    ),
    Story(
        "twins, and one start is lost",
        ((_A, _TWIN), (_A, _TWIN)),
        {_FIRST: Fault.LOST_AFTER},
    ),
    Story(
        "a twin was bound and replaced meanwhile",
        (
            (_INSTANT,),
            (_INSTANT, replace(_INSTANT, name="b")),
            (_INSTANT, replace(_INSTANT, name="b", input=2)),
        ),
        {_FIRST: Fault.CRASH, ("apply 2", "sleep"): Fault.CRASH, ("apply 3", "sleep"): Fault.CRASH},
        after=0.2,
    ),
    Story(
        "the watermark of a twin has seen it",
        ((_A,), (_A, replace(_TWIN, policies=_ALLOWED)), (_A, replace(_TWIN, policies=_ALLOWED))),
        {_FIRST: Fault.CRASH_LATE, _SECOND: Fault.CRASH},
        after=6.0,
    ),
    Story(
        "the engine has no room at first",
        ((_A,),),
        {_FIRST: Fault.THROTTLED, ("apply 1", "sleep"): Fault.INTERRUPT},
    ),
    Story(
        "what is to stay up ends again and again",
        ((replace(_SHORT, policies=_ALWAYS),),),
        {},
        blocks=frozenset({Code.FAILED}),
        wait=True,
    ),
    Story(
        "a candidate cannot be read",
        ((_A,), (_A,)),
        {_FIRST: Fault.CRASH_LATE, ("apply 2", "get"): Fault.UNAVAILABLE},
    ),
    Story(
        "what was started is on the last page",
        ((_A,), (_A,)),
        {_FIRST: Fault.CRASH_LATE},
        by_hand=tuple((32.0 + n, "long", f'{{"n":{n}}}') for n in range(7, 10)),
        engine=EngineKind(page_size_max=1),
    ),
    Story(
        "again at once after a crash",
        ((_A,), (_A,)),
        {_FIRST: Fault.CRASH_LATE},
        after=0.2,
    ),
    Story(
        "an engine that knows the attempt, again at once",
        ((_A,), (_A,)),
        {_FIRST: Fault.CRASH_LATE},
        after=0.2,
        engine=EngineKind(idempotent=True),
    ),
    Story(
        "nobody hears that the lock is renewed",
        ((_PATIENT,), (), ()),
        {},
        always={("apply 2", "renew"): Fault.LOST_BEFORE},
        place=PlaceKind.LEASED,
    ),
    Story(
        "frozen while the stop is written",
        ((_A,), (), ()),
        {("apply 2", "write"): Fault.PAUSE},
        place=PlaceKind.LEASED,
    ),
    Story(
        "frozen between the intent and the start",
        ((_A,), (_A,)),
        {_FIRST: Fault.PAUSE},
        place=PlaceKind.LEASED,
    ),
    Story(
        "frozen while the intent is written",
        ((_A,), (_A,)),
        {("apply 1", "write"): Fault.PAUSE},
        place=PlaceKind.KERNEL,
    ),
)


def stories() -> Iterator[tuple[str, Schedule]]:
    for story in STORIES:
        yield f"story: {story.name}", story.schedule()
