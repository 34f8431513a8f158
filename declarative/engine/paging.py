"""How executions and workflows are asked for: the service's filter grammar, and page tokens.

A filter is `field (=|<|>) value`, several joined by AND; values may stand in double quotes. The service
documents one condition; AND is accepted because other pages of it show that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from declarative.engine.errors import InvalidArgument
from declarative.engine.timestamps import nanoseconds
from declarative.model.execution import Status

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1000
PAGE_SIZE_ASKED_MAX = 2**31 - 1

Value: TypeAlias = str | int

_CONDITION = re.compile(
    r'\s*(?P<field>\w+)\s*(?P<operator>[=<>])\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))'
)
_AND = re.compile(r'(?:(?<=")\s*|\s+)AND\b', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """`value` is text, or nanoseconds since the epoch where the field is a time."""

    field: str
    operator: str
    value: Value


ReadValue: TypeAlias = Callable[[str, str], Value]
"""The operator and the text of a value -> what to compare with. Raises InvalidArgument."""


def execution_filter(text: str) -> tuple[Condition, ...]:
    return _parsed(text, {"status": _status, "started_at": _time, "finished_at": _time})


def workflow_filter(text: str) -> tuple[Condition, ...]:
    return _parsed(text, {"name": _text, "created_at": _time})


def page_size(asked: int) -> int:
    """How many rows to answer with: 0 means the default, more than the maximum means the maximum."""
    if not 0 <= asked <= PAGE_SIZE_ASKED_MAX:
        raise InvalidArgument(f"pageSize must be from 0 to {PAGE_SIZE_ASKED_MAX}", "pageSize")
    return min(asked or PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)


def token(place: Value, *query: str) -> str:
    """Where the next page begins. It names a row, not a count, so it survives what is started meanwhile."""
    packed = json.dumps([place, _digest(query)], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place(text: str, *query: str) -> Value | None:
    """What a token stands for; None for the first page. Raises InvalidArgument for one of another query."""
    if not text:
        return None
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidArgument("pageToken is not one of this service's", "pageToken") from error
    match found:
        case [str() | int() as value, str() as digest]:
            if digest == _digest(query):
                return value
            raise InvalidArgument("pageToken belongs to a list of something else", "pageToken")
        case _:
            raise InvalidArgument("pageToken is not one of this service's", "pageToken")


def _digest(query: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(query).encode()).hexdigest()[:16]


def _parsed(text: str, fields: Mapping[str, ReadValue]) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    position = 0
    while position < len(text.rstrip()):
        if conditions:
            position = _matched(_AND, text, position).end()
        found = _matched(_CONDITION, text, position)
        conditions.append(_condition(found, fields))
        position = found.end()
    return tuple(conditions)


def _matched(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    found = pattern.match(text, position)
    if found is None:
        expected = 'expected: field, one of = < >, value ("in quotes" where it has spaces), joined by AND'
        raise InvalidArgument(f"filter cannot be read at character {position + 1}; {expected}", "filter")
    return found


def _condition(found: re.Match[str], fields: Mapping[str, ReadValue]) -> Condition:
    field, operator = found["field"], found["operator"]
    if field not in fields:
        raise InvalidArgument(f'filter: there is no field "{field}", only {", ".join(fields)}', "filter")
    value = found["quoted"] if found["quoted"] is not None else found["bare"]
    return Condition(field, operator, fields[field](operator, value))


def _status(operator: str, value: str) -> Value:
    name = value.upper()
    if operator != "=" or name not in set(Status) - {Status.UNKNOWN}:
        raise InvalidArgument(f'filter: status needs "=" and a status, not "{operator}{value}"', "filter")
    return name


def _text(operator: str, value: str) -> Value:
    if operator != "=":
        raise InvalidArgument('filter: name needs "="', "filter")
    return value


def _time(_operator: str, value: str) -> Value:
    found = nanoseconds(value)
    if found is None:
        raise InvalidArgument(f'filter: "{value}" is not an RFC 3339 time', "filter")
    return found
