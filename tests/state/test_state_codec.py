"""The document: nothing is lost on the way, nothing unusable is taken for a state."""

from __future__ import annotations

import dataclasses
import gc
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from state_kit import bound, state_of

from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
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
    Watermark,
)
from declarative.model.state import KnownProvider, State
from declarative.state import codec
from declarative.state.codec import Encoder, decode

GOLDEN = Path(__file__).with_name("golden_state_v1.json")

FULL = State(
    "11111111-2222-3333-4444-555555555555",
    "orders",
    "prod",
    serial=7,
    writer="66666666-7777-8888-9999-000000000000",
    acted="d0",
    records={
        Address("load", 'eu "1"'): Record(
            current=Bound(
                "dfq1",
                "s1",
                2,
                "yandex:https://x:b1g",
                "load",
                "dfqw",
                "1",
                sent="w1",
                outcome=Outcome.FAILED,
                error_code="HTTP_CALL_503",
                error_message="нет места \ud800",
                stopping=Stopping(Cause.CHANGED, StopMode.TERMINATE, 1795000000.25),
                applied=Applied(stop_grace=30, protected=True, labels={"team": "data"}),
                depended_on=("extract",),
                input_json='{"day":"2026-11-01"}',
                results={"path": "s3://x", "total": Decimal("0.12345678901234567890123")},
                result_digest="r1",
                started_at="2026-11-23T10:00:00.123456789Z",
                duration=1.5,
                bound_at=1795000000.0,
                ended_at=1795000001.5,
                was_running=True,
            ),
            deposed=(Deposed("dfq0", "yandex:https://x:b1g", Cause.ROTATED, stop_grace=5.5),),
            spent=(("dfq0", 1794000000.5),),
            generation=2,
            failures=1,
            not_before=1795000010.0,
        ),
        Address("extract"): Record(
            pending=Pending(
                "attempt-1",
                "s2",
                "w2",
                "l2",
                1,
                Cause.DECLARED,
                "yandex:https://x:b1g",
                "extract",
                "dfqe",
                "1",
                1795000002.0,
                watermark=Watermark(1795000001.0, ("dfq8", "dfq9")),
            ),
            generation=1,
            suspended=Suspended("по просьбе дежурного", 1795000003.0),
        ),
        Address("gone"): Record(retired=True),
    },
    providers={"yandex:https://x:b1g": KnownProvider("yandex", "yandex", {"folder_id": "b1g", "max": 80})},
    distrusted={"yandex:https://x:b1g dfqw": "its list was not complete"},
)


def refusal(content: bytes, **more: Any) -> Diagnostic:
    with pytest.raises(Refused) as refused:
        decode(content, "s3://acme/orders", **more)
    assert refused.value.exit_code == 1
    (problem,) = refused.value.diagnostics
    assert "s3://acme/orders" in problem.summary
    return problem


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(Encoder().encode(FULL))
    change(document)
    return json.dumps(document).encode()


def test_the_document_of_version_1_never_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "WRITER", "declarative 0.1.0")
    assert Encoder().encode(FULL) == GOLDEN.read_bytes()
    assert decode(GOLDEN.read_bytes(), "golden") == FULL


def test_a_watermark_is_written_once_for_all_that_share_it() -> None:
    mark = Watermark(5.0, ("dfq8", "dfq9"))
    intents = [FULL.records[Address("extract")], FULL.records[Address("extract")]]
    records = {
        Address(f"e{n}"): replace(r, pending=replace(r.pending, watermark=mark))
        for n, r in enumerate(intents)
    }
    state = replace(FULL, records=records)
    content = Encoder().encode(state)
    assert content.count(b"dfq8") == 1
    assert decode(content, "state") == state


def test_a_watermark_may_stand_in_its_intent() -> None:
    """Early builds wrote version 1 so."""
    name, inline = b'"06215671178f9a7d"', b'{"time":1795000001.0,"seen":["dfq8","dfq9"]}'
    content = GOLDEN.read_bytes().replace(b'"watermark":' + name, b'"watermark":' + inline)
    assert inline + b"}" in content
    assert decode(content, "state") == FULL


@pytest.mark.parametrize("table", [{}, [], {"x": 5}, {"x": {"time": "soon"}}])
def test_a_watermark_that_is_not_there_is_refused(table: object) -> None:
    document = json.loads(Encoder().encode(FULL))
    document["watermarks"] = table
    assert refusal(json.dumps(document).encode()).code == "state_corrupt"


def test_gitlab_finds_its_serial_at_the_top() -> None:
    document = json.loads(Encoder().encode(FULL))
    assert (document["version"], document["serial"], document["lineage"]) == (1, 7, FULL.lineage)
    assert json.loads(Encoder().encode(State("l")))["serial"] == 0


def test_what_has_its_default_takes_no_room() -> None:
    text = Encoder().encode(replace(FULL, records={Address("a"): Record()}, providers={}, distrusted={}))
    assert text.splitlines()[1:] == [b'{"name":"a"}', b"]}"]


TEXTS = st.text(st.characters(), max_size=12)
"""Lone surrogates too: an engine's words are not ours to choose."""

EXACT = st.decimals(allow_nan=False, allow_infinity=False, places=25).filter(
    lambda number: Decimal(repr(float(number))) != number
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | FLOATS | st.integers(-(2**70), 2**70) | EXACT | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Every field of a dataclass with any value that it may have, its default more often than not."""
    hints = get_type_hints(kind, localns={"Json": Any})
    fields = {}
    for field in dataclasses.fields(kind):
        anything = st.deferred(lambda hint=hints[field.name]: values(hint))
        has_default = field.default is not dataclasses.MISSING
        fields[field.name] = st.just(field.default) | anything if has_default else anything
    return st.builds(kind, **fields)


def values(hint: Any) -> st.SearchStrategy[Any]:
    simple = {str: TEXTS, float: FLOATS, int: st.integers(0, 2**40), bool: st.booleans(), Any: JSON}
    if hint in simple:
        return simple[hint]
    if hint is Address:
        return st.builds(Address, TEXTS, st.none() | TEXTS)
    if dataclasses.is_dataclass(hint):
        return instances(hint)
    parts = get_args(hint)
    if type(None) in parts:
        return st.none() | values(parts[0])
    if get_origin(hint) is tuple:
        return _tuples(parts)
    return st.dictionaries(values(parts[0]), values(parts[1]), max_size=2) if parts else st.sampled_from(hint)


def _tuples(parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if parts[-1] is Ellipsis:
        return st.lists(values(parts[0]), max_size=2).map(tuple)
    return st.tuples(*map(values, parts))


@settings(max_examples=150, deadline=None)
@given(instances(State))
def test_a_round_trip_is_exact(state: State) -> None:
    assert decode(Encoder().encode(state), "x") == state


def test_an_encoder_gives_what_a_new_one_would() -> None:
    encoder = Encoder()
    first = state_of("a", "b", "c")
    encoder.encode(first)
    records = {address: record for address, record in first.records.items() if address.key != "a"}
    records[Address("load", "b")] = replace(records[Address("load", "b")], failures=3)
    records[Address("load", "d")] = bound("d")
    second = replace(first, serial=2, records=records)
    assert encoder.encode(second) == Encoder().encode(second)


def test_only_changed_records_are_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, state = Encoder(), state_of("a", "b", "c")
    encoder.encode(state)
    encoded: list[Address] = []
    original = codec._record_text
    monkeypatch.setattr(codec, "_record_text", lambda a, *of: encoded.append(a) or original(a, *of))
    changed = {**state.records, Address("load", "b"): Record(generation=9)}
    encoder.encode(replace(state, records=changed))
    assert encoded == [Address("load", "b")]


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_empty_is_not_no_state(content: bytes) -> None:
    assert refusal(content).code == "state_empty"


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 1, "serial": 1, "records": []}',
        b'{"version": true, "serial": 1, "lineage": "x", "records": []}',
        b'{"version": 1, "serial": NaN, "lineage": "x", "records": []}',
        b'{"version": 1, "serial": "1", "lineage": "x", "records": []}',
        b'{"version": 1, "serial": 1e99999999999999999999, "lineage": "x", "records": []}',
        b'{"version": 1, "serial": 1, "lineage": "x", "records": {}}',
        b'{"version": 1, "serial": 1, "lineage": "x", "records": [7]}',
        b'{"version": 1, "serial": 1, "lineage": "x", "records": [{"name": "a", "key": 1}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_state_is_refused(content: bytes) -> None:
    assert refusal(content).code == "state_corrupt"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["records"][0]["current"].update(generation="2"), "current.generation is not a whole"),
        (lambda d: d["records"][0]["current"].update(generation=True), "current.generation is not a whole"),
        (lambda d: d["records"][0]["current"].update(outcome="won"), "current.outcome is none of finished"),
        (lambda d: d["records"][0]["current"].update(colour="red"), "current.colour is not a field"),
        (lambda d: d["records"][0]["current"].pop("id"), "current.id is missing"),
        (lambda d: d["records"][0]["current"]["stopping"].pop("mode"), "current.stopping.mode is missing"),
        (lambda d: d["records"][0].update(applied=None), "applied is not a field"),
        (lambda d: d["records"][0]["current"].update(applied=None), "current.applied is not an object"),
        (lambda d: d["records"][2].update(retired="yes"), "retired is not true or false"),
        (lambda d: d["records"][0]["current"].update(bound_at="now"), "current.bound_at is not a number"),
        (lambda d: d["records"][0]["current"].update(depended_on=[1]), "depended_on is not a string"),
        (lambda d: d["records"][0].update(spent=[["x"]]), "spent has not 2 items"),
        (lambda d: d["records"][0].update(deposed={}), "deposed is not a list"),
        (lambda d: d.update(mood="good"), "mood is not a field"),
        (lambda d: d["records"].append(d["records"][0]), "records names an address twice"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(change: Callable[[Any], object], said: str) -> None:
    problem = refusal(edited(change))
    assert problem.code == "state_corrupt" and said in problem.detail


def test_reading_leaves_the_collector_as_it_was() -> None:
    assert gc.isenabled()
    decode(Encoder().encode(FULL), "x")
    assert gc.isenabled()
    gc.disable()
    try:
        decode(Encoder().encode(FULL), "x")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_refused_record_is_named() -> None:
    content = edited(lambda d: d["records"][0]["current"].update(generation="2"))
    assert 'load["eu \\"1\\""]' in refusal(content).detail


def test_a_newer_state_is_refused_and_says_by_whom() -> None:
    problem = refusal(edited(lambda d: d.update(version=2, written_by="declarative 9.0", brand_new={})))
    assert problem.code == "state_newer" and "declarative 9.0" in problem.detail


def test_who_wrote_a_newer_state_is_not_believed_to_be_harmless_text() -> None:
    content = edited(lambda d: d.update(version=2, written_by="\x1b[2Jx"))
    assert "\x1b" not in refusal(content).detail


def test_a_terraform_state_is_called_one() -> None:
    content = b'{"version": 4, "terraform_version": "1.11.0", "serial": 3, "lineage": "x"}'
    assert "Terraform" in refusal(content).detail


def test_an_older_state_is_upgraded_step_by_step() -> None:
    def to_zero(document: dict[str, Any]) -> dict[str, Any]:
        rows = document.pop("rows")
        return {**document, "records": rows}

    def to_one(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "records": [{"name": name} for name in document["records"]]}

    old = b'{"version": -1, "serial": 4, "lineage": "x", "rows": ["a"]}'
    upgraded = decode(old, "x", upgrades={-1: to_zero, 0: to_one})
    assert upgraded == State("x", serial=4, records={Address("a"): Record()})


def test_a_version_that_never_was_is_refused() -> None:
    assert "never existed" in refusal(edited(lambda d: d.update(version=0))).detail
