"""The decision table's case files: YAML in, the questions and the expected answers out.

A case names its place in the table (record, observed, run, digest) by one word or a list of words, and stands
for every combination of them; group words (`ended`, `any`, ...) keep the files short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from declarative import source
from declarative.model.desired import End, OnChange, OnRemove, Policies, Run
from declarative.model.record import (
    Applied,
    Bound,
    Cause,
    Deposed,
    Outcome,
    Pending,
    Record,
    StopMode,
    Stopping,
    Suspended,
    applied_from,
)
from declarative.planning.case import Case, Compared, Condition, DeposedCase

HERE = Path(__file__).parent

ENDED = ("finished", "failed", "stopped_outside", "stopped_by_us", "lost")
FORGOTTEN = ("forgotten_finished", "forgotten_failed", "forgotten_stopped_outside", "forgotten_stopped_by_us")

RECORDS = ("none", "unbound", "retired", "pending", "pending_blocked", "stopping", "bound", "suspended")
OBSERVED = ("unread", "absent", "active", "paused", *ENDED, *FORGOTTEN)
RUNS = ("once", "always", "never", "gone")
DIGESTS = ("same", "other", "unknown")

_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "record": {"bindings": ("bound", "stopping")},
    "observed": {"any": OBSERVED, "ended": ENDED, "forgotten": FORGOTTEN, "live": ("active", "paused")},
    "run": {"any": RUNS, "wanted": ("once", "always"), "declared": ("once", "always", "never")},
    "digest": {"any": DIGESTS, "known": ("same", "other")},
}
_LEGAL: Mapping[str, tuple[str, ...]] = {
    "record": RECORDS,
    "observed": OBSERVED,
    "run": RUNS,
    "digest": DIGESTS,
}
_ALWAYS_REPAIRS = frozenset({End.FINISHED, End.FAILED, End.STOPPED})
_POLICY_TYPES: Mapping[str, Any] = {
    "rerun_on": lambda ends: frozenset(End(end) for end in ends),
    "on_change": OnChange,
    "on_remove": OnRemove,
}


class Place(NamedTuple):
    """One combination of the table's four axes."""

    record: str
    observed: str
    run: str
    digest: str

    def __str__(self) -> str:
        return " · ".join(self)


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Strict):
    """A block of the table: the product of its words."""

    record: Words
    observed: Words
    run: Words
    digest: Words = ("same",)

    def places(self) -> Iterator[Place]:
        axes = (_expanded(axis, getattr(self, axis)) for axis in Place._fields)
        return (Place(*words) for words in product(*axes))


class ImpossibleArea(Area):
    """A block that cannot occur, and why."""

    reason: str


class Expected(_Strict):
    """The verdict; several words mean that the contract leaves the choice. What is None is not looked at."""

    row: Annotated[tuple[int, ...], BeforeValidator(_listed)]
    action: Words
    code: Words
    gate: Words = ("ready",)
    gate_code: Annotated[tuple[str | None, ...], BeforeValidator(_listed)] = (None,)
    may_rerun: Annotated[tuple[bool, ...], BeforeValidator(_listed)] = (False,)
    cause: Words | None = None
    mode: Words | None = None
    has_note: bool | None = None


class Asked(_Strict):
    """A stop of ours that is under way."""

    cause: Cause = Cause.CHANGED
    mode: StopMode = StopMode.GRACEFUL
    asked_at: float = 0.0


class TableCase(Area):
    """Cases of one kind. `applied` overrides what was recorded of the policies; `failures` and `not_before`
    stand in the record, `now` and `not_before` are epoch seconds, `age` is seconds."""

    name: str
    expect: Expected
    policies: Mapping[str, Any] = {}
    applied: Mapping[str, Any] = {}
    stopping: Asked = Asked()
    reason: str = "start_unknown"
    suspended: bool = False
    failures: int = 0
    not_before: float | None = None
    now: float = 0.0
    revised: bool = False
    requested: bool = False
    age: float | None = None
    unprotected: bool = False

    @property
    def is_plain(self) -> bool:
        """Nothing but its place in the table decides: default policies, nobody asks for anything."""
        return self.model_fields_set <= {*Area.model_fields, "name", "expect"}

    def case(self, place: Place) -> Case:
        policies = self._policies(place.run)
        return Case(
            policies=policies,
            record=self._record(place, policies),
            condition=Condition(place.observed.removeprefix("forgotten_")),
            compared=Compared(place.digest),
            now=self.now,
            revised=self.revised,
            requested=self.requested,
            forgotten=place.observed in FORGOTTEN,
            age=self.age,
            unprotected=self.unprotected,
        )

    def _policies(self, run: str) -> Policies | None:
        if run == "gone":
            return None
        repairs = _ALWAYS_REPAIRS if run == "always" else frozenset[End]()
        return replace(Policies(run=Run(run), rerun_on=repairs), **_typed(self.policies))

    def _record(self, place: Place, policies: Policies | None) -> Record | None:
        if place.record == "none":
            return None
        pending = place.record in ("pending", "pending_blocked")
        reason = self.reason if place.record == "pending_blocked" else None
        is_suspended = self.suspended or place.record == "suspended"
        return Record(
            current=None if place.observed == "absent" else self._bound(place, policies),
            pending=intent(reason) if pending else None,
            retired=place.record == "retired",
            generation=1,
            failures=self.failures,
            not_before=self.not_before,
            suspended=Suspended("maintenance", 0.0) if is_suspended else None,
        )

    def _bound(self, place: Place, policies: Policies | None) -> Bound:
        recorded = applied_from(policies) if policies else Applied()
        asked = self.stopping
        stopping = Stopping(asked.cause, asked.mode, asked.asked_at) if place.record == "stopping" else None
        return binding(
            outcome=None if place.record == "stopping" else outcome_of(place.observed),
            stopping=stopping,
            applied=replace(recorded, **_typed(self.applied)),
        )


class Old(_Strict):
    """What is recorded of an old execution beside the current one."""

    cause: Cause = Cause.CHANGED
    stop_grace: float | None = None
    stopping: Asked | None = None


class DeposedRow(_Strict):
    """Cases of row 4. `old`: the old execution, active or ended; `ran`: the new one was seen RUNNING."""

    name: str
    old: Words = ("active",)
    successor: Words
    ran: Annotated[tuple[bool, ...], BeforeValidator(_listed)] = (False,)
    declared: Annotated[tuple[bool, ...], BeforeValidator(_listed)] = (True,)
    deposed: Old = Old()
    expect: Expected | None

    def cases(self) -> Iterator[DeposedCase]:
        successors = _expanded("observed", self.successor)
        for old, successor, ran, declared in product(self.old, successors, self.ran, self.declared):
            yield DeposedCase(self._deposed(), old == "active", Condition(successor), ran, declared)

    def _deposed(self) -> Deposed:
        asked = self.deposed.stopping
        stopping = Stopping(asked.cause, asked.mode, asked.asked_at) if asked else None
        return Deposed("old", "p", self.deposed.cause, stopping, self.deposed.stop_grace)


def binding(outcome: Outcome | None, stopping: Stopping | None, applied: Applied) -> Bound:
    return Bound(
        id="run-1",
        spec="spec",
        generation=1,
        provider="p",
        workflow="load",
        workflow_id="w",
        revision="1",
        outcome=outcome,
        stopping=stopping,
        applied=applied,
    )


def intent(reason: str | None) -> Pending:
    return Pending(
        attempt="attempt",
        spec="spec",
        sent="sent",
        sent_loose="loose",
        generation=2,
        cause=Cause.DECLARED,
        provider="p",
        workflow="load",
        workflow_id="w",
        revision="1",
        fenced_at=0.0,
        reason=reason,
    )


def outcome_of(observed: str) -> Outcome | None:
    known = observed.removeprefix("forgotten_")
    return Outcome(known) if known in ENDED else None


def table_cases() -> list[tuple[str, TableCase]]:
    """(file, case) of every file but row 4's and the impossible ones."""
    files = sorted(HERE.glob("*.yaml"))
    tables = [f for f in files if f.stem not in ("row_04_deposed", "impossible")]
    return [(file.stem, TableCase.model_validate(item)) for file in tables for item in items(file)]


def deposed_rows() -> list[DeposedRow]:
    return [DeposedRow.model_validate(item) for item in items(HERE / "row_04_deposed.yaml")]


def impossible_areas() -> list[ImpossibleArea]:
    return [ImpossibleArea.model_validate(item) for item in items(HERE / "impossible.yaml")]


def items(file: Path) -> list[Any]:
    document, problems = source.read(file.read_text(), str(file))
    assert document is not None and not problems, problems
    assert isinstance(document.value, list), f"{file} is not a list"
    return document.value


def _expanded(axis: str, words: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(item for word in words for item in _WORDS[axis].get(word, (word,)))
    unknown = set(found) - set(_LEGAL[axis])
    assert not unknown, f"{axis} has no {unknown}"
    return found


def _typed(policies: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _POLICY_TYPES.get(key, lambda value: value)(value) for key, value in policies.items()}
