"""Keeps secrets out of state when an engine echoes them: in its error texts and in results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from declarative.model.address import Address
from declarative.model.json import canonical
from declarative.model.record import Record
from declarative.render.redaction import redact


def without_secrets(records: Mapping[Address, Record], secrets: frozenset[str]) -> Mapping[Address, Record]:
    """A result that holds a secret is not kept: whoever needs it has it read again."""
    if not secrets:
        return records
    return {address: _clean(record, secrets) for address, record in records.items()}


def _clean(record: Record, secrets: frozenset[str]) -> Record:
    bound = record.current
    if bound is None:
        return record
    message = redact(bound.error_message, secrets) if bound.error_message else bound.error_message
    text = canonical(dict(bound.results)) if bound.results else ""
    results = bound.results if redact(text, secrets) == text else None
    return replace(record, current=replace(bound, error_message=message, results=results))
