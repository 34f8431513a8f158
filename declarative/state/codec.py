"""State as bytes and back: one JSON document, one line a record, what has its default left out.

Unknown fields are refused, not kept: a writer that does not understand a field could break what it promises.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from declarative import __version__
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.json import NotJson, number
from declarative.model.record import Record
from declarative.model.state import State
from declarative.state.marks import Names, mark_of, put_back, taken_out, without_mark
from declarative.state.shape import Malformed, Shape, shape_of

VERSION = 1
WRITER = f"declarative {__version__}"

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[int, Upgrade] = {}
"""From a version to the next one; version 1 is the first there is."""

_RECORD = shape_of(Record)

_utf8 = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)


class Encoder:
    """Writes states, keeping each record's text: a write after one change costs little more than a copy.

    A record is known by identity; records are frozen, so the same object has the same text.
    """

    def __init__(self) -> None:
        self._texts: dict[Address, tuple[Record, bytes]] = {}
        self._names = Names()

    def encode(self, state: State) -> bytes:
        """The document, in UTF-8 and in the order of `state.records`."""
        known = self._texts
        texts = {}
        for address, record in state.records.items():
            entry = known.get(address)
            texts[address] = (
                entry
                if entry and entry[0] is record
                else (record, _record_text(address, record, self._names))
            )
        self._texts = texts
        body = b",\n".join([text for _, text in texts.values()])
        marks = self._names.table(state.records.values())
        return b"".join((_head(state, {"watermarks": marks} if marks else {}), body, b"\n]}\n"))


def _record_text(address: Address, record: Record, names: Names) -> bytes:
    named = {"name": address.name} if address.key is None else {"name": address.name, "key": address.key}
    plain = _RECORD.plain(without_mark(record))
    mark = mark_of(record)
    if mark is not None:
        plain["pending"]["watermark"] = names.of(mark)
    return _bytes({**named, **plain})


def _head(state: State, marks: Mapping[str, Any]) -> bytes:
    always = {"version": VERSION, "serial": state.serial, "written_by": WRITER}
    return _bytes({**always, **_STATE.plain(replace(state, records={})), **marks})[:-1] + b',"records":[\n'


def _bytes(value: Any) -> bytes:
    try:
        return _text(_utf8, value).encode()
    except UnicodeEncodeError:
        # An engine's words may hold a lone surrogate; written as an escape it survives.
        return _text(_ascii, value).encode()


def _text(encoder: json.JSONEncoder, value: Any) -> str:
    try:
        return encoder.encode(value)
    except TypeError:
        return _exact_text(encoder, value)


def _exact_text(encoder: json.JSONEncoder, value: Any) -> str:
    """For values that hold a Decimal, which the C encoder cannot print without a float on the way."""
    if isinstance(value, dict):
        pairs = (f"{encoder.encode(key)}:{_exact_text(encoder, item)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_exact_text(encoder, item) for item in value]) + "]"
    return str(value) if isinstance(value, Decimal) else encoder.encode(value)


def decode(content: bytes, place: str, upgrades: Mapping[int, Upgrade] = UPGRADES) -> State:
    """Reads a document of this version or an older one. Raises Refused; `place` is for its messages."""
    try:
        with _without_collection():
            return _state(_upgraded(_document(content), upgrades))
    except _Unusable as problem:
        raise Refused([problem.at(place)]) from None
    except Malformed as problem:
        raise Refused([_corrupt(str(problem)).at(place)]) from None


@contextmanager
def _without_collection() -> Iterator[None]:
    """Nothing here is garbage, yet looking for it doubles the time a hundred thousand records take."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Unusable(Exception):
    def __init__(self, code: str, summary: str, detail: str, hint: str) -> None:
        self.code, self.summary, self.detail, self.hint = code, summary, detail, hint
        super().__init__(summary)

    def at(self, place: str) -> Diagnostic:
        return Diagnostic(self.code, f"{self.summary}: {place}", self.detail, self.hint)


def _corrupt(detail: str) -> _Unusable:
    return _Unusable("state_corrupt", "The state cannot be read", detail, _RESTORE)


_RESTORE = (
    "Nothing was changed. Restore an earlier version of it (state.json.backup, the bucket's or GitLab's "
    "versions) with `declarative state push --force FILE`."
)


def _document(content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise _Unusable("state_empty", "The state is empty", "An empty document is no state.", _RESTORE)
    try:
        found = json.loads(content.decode(), parse_float=_number, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise _corrupt(f"It is not JSON: {problem}") from None
    if not isinstance(found, dict):
        raise _corrupt("It is not a JSON object.")
    if "terraform_version" in found:
        raise _corrupt("It is a state of Terraform or OpenTofu, not of this tool.")
    return found


def _upgraded(document: dict[str, Any], upgrades: Mapping[int, Upgrade]) -> dict[str, Any]:
    version = document.get("version")
    if type(version) is not int:
        raise Malformed("version", "is not a whole number")
    if version > VERSION:
        raise _newer(version, document.get("written_by"))
    while version < VERSION:
        if version not in upgrades:
            raise Malformed("version", f"is {version}, which never existed")
        document = upgrades[version](document)
        version += 1
    return document


def _newer(version: int, written_by: object) -> _Unusable:
    by = f", written by {written_by[:80]}" if isinstance(written_by, str) and written_by.isprintable() else ""
    detail = f"It has version {version}{by}; this is {WRITER}, which knows versions up to {VERSION}."
    hint = "Use the newer release everywhere. Nothing was changed."
    return _Unusable("state_newer", "The state is of a newer version", detail, hint)


def _state(document: dict[str, Any]) -> State:
    if type(document.get("serial")) is not int or type(document.get("records")) is not list:
        raise Malformed("serial and records", "are not both there")
    marks = taken_out(document)
    own = ("version", "written_by")
    built: State = _STATE.build({name: item for name, item in document.items() if name not in own})
    return replace(built, records=put_back(built.records, marks)) if marks else built


def _records(rows: Any) -> dict[Address, Record]:
    if type(rows) is not list:
        raise Malformed("", "is not a list")
    records = dict(map(_record, rows))
    if len(records) != len(rows):
        raise Malformed("", "names an address twice")
    return records


def _record(row: Any) -> tuple[Address, Record]:
    if type(row) is not dict or type(row.get("name")) is not str:
        raise Malformed("", "holds one without a name")
    address = Address(row.pop("name"), row.pop("key", None))
    if address.key is not None and type(address.key) is not str:
        raise Malformed(address.name, "has a key that is not a string")
    try:
        return address, _RECORD.build(row)
    except Malformed as problem:
        raise problem.within(str(address)) from None


_STATE = Shape(State, {"records": _records})


def _number(text: str) -> int | float | Decimal:
    near = float(text)
    return near if repr(near) == text else number(text)


def _refuse(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")
