"""`for_each`: a list, a map, dates or a matrix -> ordered instance keys and their values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

from declarative.config import dates
from declarative.config.expressions import compile_value, literal, sensitive_not_allowed
from declarative.config.scope import Scope
from declarative.diagnostics import Diagnostic, Severity, did_you_mean
from declarative.model.address import KEY_LENGTH_MAX
from declarative.model.desired import InputPath
from declarative.model.json import Json, canonical
from declarative.source import Document

INSTANCES_MAX = 100_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Also what turns the direction of writing: an address must read as what it is."""
PROBLEMS_MAX = 20

Pairs = Iterable[tuple[str, Json, InputPath]]
"""Key, value, and where in the specification it comes from."""


def expand(
    spec: Json, path: tuple[str | int, ...], document: Document, scope: Scope, now: float
) -> tuple[dict[str, Json], list[Diagnostic]]:
    """Key -> each.value, in order. `scope.executions` must be without upstream. `now` is Unix time."""
    value, problems = _evaluated(spec, path, document, scope)
    if any(problem.is_error for problem in problems):
        return {}, problems
    written = _form(spec)
    reading = _Reading(document, path, now, problems)
    try:
        return reading.checked(reading.pairs(value, written)), problems
    except _Wrong as wrong:
        span = document.span((*path, *wrong.path))
        return {}, [*problems, Diagnostic("for_each", str(wrong), hint=wrong.hint, span=span)]


def _evaluated(
    spec: Json, path: InputPath, document: Document, scope: Scope
) -> tuple[Json, list[Diagnostic]]:
    template, problems = compile_value(spec, path, document)
    if template is None:
        return literal(spec), problems
    evaluated = template.evaluate(scope)
    if evaluated.problem is not None:
        return None, [*problems, evaluated.problem]
    return evaluated.value, [*problems, *sensitive_not_allowed(template, evaluated, "for_each")]


def _form(spec: Json) -> str:
    """What is written decides: data that happens to have a key `dates` is a map."""
    if not isinstance(spec, dict):
        return "values"
    if "matrix" in spec and set(spec) <= {"matrix", "exclude"}:
        return "matrix"
    return "dates" if set(spec) == {"dates"} else "values"


class _Wrong(Exception):
    def __init__(self, summary: str, path: InputPath = (), hint: str = "") -> None:
        self.path = path
        self.hint = hint
        super().__init__(summary)


@dataclass(frozen=True, slots=True)
class _Reading:
    document: Document
    path: InputPath
    now: float
    problems: list[Diagnostic]

    def pairs(self, value: Json, form: str) -> Pairs:
        match form, value:
            case "matrix", dict():
                return self._matrix(value["matrix"], value.get("exclude", []))
            case "dates", dict():
                periods = self._periods(value["dates"], ("dates",))
                return ((period.key, period.value, ()) for period in periods)
        if isinstance(value, dict):
            return ((key, item, (key,)) for key, item in value.items())
        if isinstance(value, list):
            return ((_key(item, (index,)), item, (index,)) for index, item in enumerate(value))
        hint = "Also {dates: {from: ..., to: ...}} and {matrix: {axis: [...]}}."
        raise _Wrong(f"for_each takes a list or a map, not {_kind(value)}", hint=hint)

    def checked(self, pairs: Pairs) -> dict[str, Json]:
        found: dict[str, Json] = {}
        wrong = 0
        for key, value, path in pairs:
            summary = f'The key "{key:.80}" is there twice' if key in found else _unfit(key)
            if summary and (wrong := wrong + 1) <= PROBLEMS_MAX:
                span = self.document.span((*self.path, *path))
                self.problems.append(Diagnostic("for_each", summary, hint=_KEYS, span=span))
            found[key] = value
            if len(found) > INSTANCES_MAX:
                raise _Wrong(f"for_each makes more than {INSTANCES_MAX:,} instances")
        return found

    def _periods(self, spec: Json, path: InputPath) -> Iterator[dates.Period]:
        if not isinstance(spec, dict):
            raise _Wrong("dates is a map with from and to", path)
        try:
            return dates.periods(spec, self.now)
        except dates.WrongDates as wrong:
            raise _Wrong(wrong.summary, (*path, wrong.key), wrong.hint) from None

    def _matrix(self, axes: Json, exclude: Json) -> Pairs:
        if not isinstance(axes, dict) or not axes:
            raise _Wrong("matrix is a map of axes to lists", ("matrix",))
        values = {name: self._axis(axis, ("matrix", name)) for name, axis in axes.items()}
        if prod(map(len, values.values())) > INSTANCES_MAX:
            raise _Wrong(f"matrix makes more than {INSTANCES_MAX:,} instances", ("matrix",))
        return self._combined(values, _Excluded(exclude, values))

    def _axis(self, axis: Json, path: InputPath) -> list[tuple[str, Json]]:
        if isinstance(axis, dict) and set(axis) == {"dates"}:
            periods = itertools.islice(self._periods(axis["dates"], (*path, "dates")), INSTANCES_MAX + 1)
            return [(period.key, period.key) for period in periods]
        if not isinstance(axis, list):
            hint = "The keys of a map are ${... | list}." if isinstance(axis, dict) else ""
            raise _Wrong(f"An axis of matrix is a list, not {_kind(axis)}", path, hint)
        return [(_key(item, (*path, index)), item) for index, item in enumerate(axis)]

    def _combined(self, values: dict[str, list[tuple[str, Json]]], excluded: _Excluded) -> Pairs:
        for combination in itertools.product(*values.values()):
            keys = [key for key, _ in combination]
            if not excluded.drops(keys):
                yield "/".join(keys), dict(zip(values, (item for _, item in combination), strict=True)), ()
        for index in excluded.unused():
            self._warn("This excludes nothing", ("exclude", index))

    def _warn(self, summary: str, path: InputPath) -> None:
        span = self.document.span((*self.path, *path))
        self.problems.append(Diagnostic("for_each", summary, severity=Severity.WARNING, span=span))


class _Excluded:
    """Combinations to leave out; a rule drops those that agree with it on every axis that it names."""

    def __init__(self, rules: Json, axes: dict[str, list[tuple[str, Json]]]) -> None:
        if not isinstance(rules, list):
            raise _Wrong("exclude is a list of maps", ("exclude",))
        names = list(axes)
        self.rules = [self._rule(rule, names, ("exclude", index)) for index, rule in enumerate(rules)]
        self.used: set[int] = set()

    def drops(self, keys: list[str]) -> bool:
        rules = enumerate(self.rules)
        hits = {index for index, rule in rules if all(keys[axis] == key for axis, key in rule.items())}
        self.used |= hits
        return bool(hits)

    def unused(self) -> Iterator[int]:
        return (index for index in range(len(self.rules)) if index not in self.used)

    @staticmethod
    def _rule(rule: Json, names: list[str], path: InputPath) -> dict[int, str]:
        if not isinstance(rule, dict) or not rule:
            raise _Wrong("exclude is a list of maps of axes to values", path)
        for name in rule:
            if name not in names:
                raise _Wrong(f'matrix has no axis "{name}"', (*path, name), did_you_mean(name, names))
        return {names.index(name): _key(value, (*path, name)) for name, value in rule.items()}


def _key(value: Json, path: InputPath) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, dict)):
        hint = "Write a map of keys to these values." if value is not None else ""
        raise _Wrong(
            f"An item of a list is its instance's key: text or a number, not {_kind(value)}", path, hint
        )
    return canonical(value)


def _unfit(key: str) -> str:
    if not key:
        return "A key is not empty"
    if len(key) > KEY_LENGTH_MAX:
        return f'The key "{key:.40}…" is longer than {KEY_LENGTH_MAX} characters'
    return f"The key {key!r:.80} holds control characters" if _CONTROL.search(key) else ""


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a map"
    return "a number"


_KEYS = "The keys of instances are unique texts."
