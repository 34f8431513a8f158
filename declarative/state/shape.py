"""Frozen dataclasses to plain JSON values and back, derived from their annotations.

Derived, because the records are what every feature adds a field to, and a hand-written twin would forget one.
Strict, because a field that is not understood must not be dropped by the next write.
Quick, because every plan reads ten thousand records.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

Read: TypeAlias = "Callable[[Any], Any]"
Write: TypeAlias = "Callable[[Any], Any]"
Fill: TypeAlias = "Callable[[Any, Any], None]"


class Malformed(ValueError):
    """A value that does not have the expected shape; the text names the field, from the outermost inwards."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field} {problem}" if field else problem)

    def within(self, outer: str) -> Malformed:
        return Malformed(f"{outer}.{self.field}" if self.field else outer, self.problem)


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """Values whose type is in `as_is` need no reading; others go through `read`. Raises Malformed."""

    as_is: frozenset[type]
    read: Read


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """How objects with the same keys in the same order become instances: steps for values, then defaults."""

    present: tuple[tuple[str, frozenset[type], Read, Fill], ...]
    absent: tuple[tuple[Fill, Any], ...]
    empty: tuple[Fill, ...]
    """Absent mappings: every instance gets its own."""


class Shape:
    """How one slotted dataclass is read and written. Fields that have their default are not written.

    Reading fills the slots itself, by one recipe per set of keys: a frozen dataclass's own constructor, given
    the same values as keywords, takes twice as long.
    """

    def __init__(self, kind: Any, own: Mapping[str, Read] | None = None) -> None:
        """Fields named in `own` are read by that function, which may raise Malformed."""
        hints = get_type_hints(kind, localns={"Json": Any})
        self._kind = kind
        self._fields = {field.name: field for field in dataclasses.fields(kind)}
        own_readers = {name: Reader(frozenset(), read) for name, read in (own or {}).items()}
        self._readers = {name: own_readers.get(name) or _reader(hints[name]) for name in self._fields}
        self._writers = [
            (name, _default(field), _writer(hints[name])) for name, field in self._fields.items()
        ]
        self._recipes: dict[tuple[str, ...], Recipe] = {}

    def build(self, plain: Any) -> Any:
        """An instance from plain JSON. Raises Malformed."""
        if type(plain) is not dict:
            raise Malformed("", "is not an object")
        keys = tuple(plain)
        recipe = self._recipes.get(keys)
        if recipe is None:
            recipe = self._recipes[keys] = self._recipe(keys)
        built = object.__new__(self._kind)
        name = ""
        try:
            # The name is for the refusal below.
            for item, (name, as_is, read, fill) in zip(plain.values(), recipe.present, strict=True):  # noqa: B007
                fill(built, item if type(item) in as_is else read(item))
        except Malformed as problem:
            raise problem.within(name) from None
        for fill, default in recipe.absent:
            fill(built, default)
        for fill in recipe.empty:
            fill(built, {})
        return built

    def plain(self, value: Any) -> dict[str, Any]:
        plain = {}
        for name, default, write in self._writers:
            item = getattr(value, name)
            if item is not default and item != default:
                plain[name] = item if write is None or item is None else write(item)
        return plain

    def _recipe(self, keys: tuple[str, ...]) -> Recipe:
        for name in keys:
            if name not in self._fields:
                raise Malformed(name, "is not a field that this version knows")
        absent = [(name, _default(field)) for name, field in self._fields.items() if name not in keys]
        for name, default in absent:
            if default is dataclasses.MISSING:
                raise Malformed(name, "is missing")
        return Recipe(
            tuple(self._step(name) for name in keys),
            tuple((self._fill(name), default) for name, default in absent if default != {}),
            tuple(self._fill(name) for name, default in absent if default == {}),
        )

    def _step(self, name: str) -> tuple[str, frozenset[type], Read, Fill]:
        return name, self._readers[name].as_is, self._readers[name].read, self._fill(name)

    def _fill(self, name: str) -> Fill:
        fill: Fill = getattr(self._kind, name).__set__
        return fill


@cache
def shape_of(kind: type) -> Shape:
    return Shape(kind)


def _default(field: dataclasses.Field[Any]) -> Any:
    return {} if field.default_factory is dict else field.default


def _reader(hint: Any) -> Reader:
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum_reader(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional_reader(parts)
    if origin is tuple:
        return _tuple_reader(parts)
    if origin is not None:
        return _mapping_reader(parts[1])
    return Reader(frozenset(), _as_it_is) if hint is Any else _SCALARS[hint]


def _optional_reader(parts: tuple[Any, ...]) -> Reader:
    """The records know no other union than something or nothing."""
    (kind,) = (part for part in parts if part is not type(None))
    reader = _reader(kind)
    return Reader(reader.as_is | {type(None)}, reader.read)


def _dataclass_reader(kind: Any) -> Reader:
    """Instances of one entry carry equal parts in a row: the last one read is handed out again."""
    shape = shape_of(kind)
    last: tuple[Any, Any] = (object(), None)

    def read(item: Any) -> Any:
        nonlocal last
        plain, built = last
        if item != plain:
            built = shape.build(item)
            last = (item, built)
        return built

    return Reader(frozenset(), read)


def _enum_reader(kind: type[Enum]) -> Reader:
    members = {member.value: member for member in kind}

    def read(item: Any) -> Any:
        member = members.get(item) if type(item) is str else None
        if member is None:
            raise Malformed("", f"is none of {', '.join(members)}")
        return member

    return Reader(frozenset(), read)


def _tuple_reader(parts: tuple[Any, ...]) -> Reader:
    if parts[-1] is Ellipsis:
        each = _each(_reader(parts[0]))
        return Reader(frozenset(), lambda item: tuple([each(one) for one in _list(item)]))
    reads = [_each(_reader(part)) for part in parts]

    def read(item: Any) -> Any:
        if len(_list(item)) != len(reads):
            raise Malformed("", f"has not {len(reads)} items")
        return tuple([read(one) for read, one in zip(reads, item, strict=True)])

    return Reader(frozenset(), read)


def _each(reader: Reader) -> Read:
    return lambda item: item if type(item) in reader.as_is else reader.read(item)


def _list(item: Any) -> list[Any]:
    if type(item) is not list:
        raise Malformed("", "is not a list")
    return item


def _mapping_reader(value_hint: Any) -> Reader:
    each = _each(_reader(value_hint))

    def read(item: Any) -> Any:
        if type(item) is not dict:
            raise Malformed("", "is not an object")
        return {key: each(one) for key, one in item.items()}

    return Reader(frozenset(), read)


def _refusing(problem: str) -> Read:
    def read(item: Any) -> Any:
        raise Malformed("", problem)

    return read


_SCALARS: Mapping[type, Reader] = {
    str: Reader(frozenset({str}), _refusing("is not a string")),
    int: Reader(frozenset({int}), _refusing("is not a whole number")),
    float: Reader(frozenset({int, float}), _refusing("is not a number")),
    bool: Reader(frozenset({bool}), _refusing("is not true or false")),
}


def _writer(hint: Any) -> Write | None:
    """None where the JSON encoder writes the value as it is (enumerations are strings)."""
    if dataclasses.is_dataclass(hint):
        return shape_of(cast(type, hint)).plain
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (kind,) = (part for part in parts if part is not type(None))
        return _writer(kind)
    if origin is tuple:
        return _tuple_writer(parts)
    if origin is not None:
        # A dict whatever mapping it was: the JSON encoder knows no other.
        each = _writer(parts[1]) or _as_it_is
        return lambda value: {key: each(item) for key, item in value.items()}
    return None


def _tuple_writer(parts: tuple[Any, ...]) -> Write | None:
    each = _writer(parts[0])
    if each is None:
        return None
    return lambda value: [each(item) for item in value]


def _as_it_is(value: Any) -> Any:
    return value
