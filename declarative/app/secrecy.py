"""Keeps secrets out of state and plans when an engine echoes them: in its error texts and in results.

Two kinds of texts are known: the values of sensitive variables, and what an execution was really sent where
state keeps a mask, which covers what was derived from a secret, and one that was rotated since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from declarative.config.secrets import texts
from declarative.model.address import Address
from declarative.model.change import Change
from declarative.model.digests import MASK
from declarative.model.execution import Execution
from declarative.model.json import Json, NotJson, canonical, parse
from declarative.model.observed import Observed
from declarative.model.record import Bound, Record
from declarative.render.redaction import redact, redact_json

ECHO_LENGTH_MIN = 8
"""What one execution was sent is looked for in the values of others from this length on: shorter ones are
words that are there anyway."""


def is_hidden(bound: Bound) -> bool:
    """Sensitive now or when it was started: a secret that was rotated since is still a secret."""
    return bound.applied.sensitive or MASK in (bound.input_json or "")


def sent_secrets(bound: Bound, execution: Execution | None, secrets: frozenset[str]) -> frozenset[str]:
    """What the execution was sent where state keeps a mask, as far as `secrets` do not cover it."""
    if execution is None or not (is_hidden(bound) or (bound.input_json is None and bound.sent is None)):
        return frozenset()
    sent = _parsed(execution.input_json)
    found = texts(_under_masks(sent, MASK if bound.input_json is None else _parsed(bound.input_json)))
    return frozenset(text for text in found if redact(text, secrets) == text)


def echoes(records: Mapping[Address, Record], observed: Observed, secrets: frozenset[str]) -> frozenset[str]:
    """Of everything that was read, what may turn up in the values of others; `secrets` are among it."""
    found: set[str] = set()
    for record in records.values():
        reading = observed.readings.get(record.current.id) if record.current else None
        if record.current is not None and reading is not None:
            found |= sent_secrets(record.current, reading.execution, secrets)
    return secrets | {text for text in found if len(text) >= ECHO_LENGTH_MIN}


def without_secrets(
    records: Mapping[Address, Record], observed: Observed, secrets: frozenset[str]
) -> Mapping[Address, Record]:
    """The parts of a result that hold a secret are not kept: whoever needs them has them read again."""
    return {address: _clean(record, observed, secrets) for address, record in records.items()}


def masked_changes(changes: Iterable[Change], secrets: frozenset[str]) -> Iterator[Change]:
    """What came from the results of others is masked where it is shown, and in what state will keep of it.

    The digest stays as it is: a secret that was rotated since must not be a reason to run again.
    """
    for change in changes:
        before, after = redact_json(change.before, secrets), redact_json(change.after, secrets)
        yield replace(_masked_start(change, secrets), before=before, after=after)


def _masked_start(change: Change, secrets: frozenset[str]) -> Change:
    if change.start is None or change.start.kept_input is None:
        return change
    kept = canonical(redact_json(_parsed(change.start.kept_input), secrets))
    if kept == change.start.kept_input:
        return change
    return replace(change, start=replace(change.start, kept_input=kept, keeps_digest=False))


def _clean(record: Record, observed: Observed, secrets: frozenset[str]) -> Record:
    bound = record.current
    if bound is None:
        return record
    reading = observed.readings.get(bound.id)
    own = sent_secrets(bound, reading.execution if reading else None, secrets)
    for known in (secrets, own):
        if known:
            message = redact(bound.error_message, known) if bound.error_message else bound.error_message
            bound = replace(bound, error_message=message, results=_open_parts(bound, known))
    return record if bound is record.current else replace(record, current=bound)


def _open_parts(bound: Bound, secrets: frozenset[str]) -> Mapping[str, Json] | None:
    if bound.results is None:
        return None
    return {pointer: value for pointer, value in bound.results.items() if _is_open(value, secrets)}


def _is_open(value: Json, secrets: frozenset[str]) -> bool:
    text = canonical(value)
    return redact(text, secrets) == text and redact_json(value, secrets) == value


def _under_masks(sent: Json, kept: Json) -> Iterator[Json]:
    if isinstance(kept, str) and MASK in kept:
        yield sent
    elif isinstance(kept, dict) and isinstance(sent, dict):
        for key in kept.keys() & sent.keys():
            yield from _under_masks(sent[key], kept[key])
    elif isinstance(kept, list) and isinstance(sent, list):
        for one, mask in zip(sent, kept, strict=False):
            yield from _under_masks(one, mask)


def _parsed(text: str | None) -> Json:
    try:
        return None if text is None else parse(text)
    except NotJson:
        return text
