"""Sensitive values -> the texts that must never be shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from declarative.model.json import Json, canonical

LINE_MIN = 8
"""Lines of a longer secret, such as a key file, are masked alone too: diffs and logs print line by line."""
NUMBER_MIN = 4
"""Masking a shorter number would mask half of every page and tell what it is."""


def texts(values: Iterable[Json]) -> frozenset[str]:
    return frozenset(text for value in values for text in _texts(value) if text)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield from _spellings(value)
    elif isinstance(value, (list, dict)):
        if value:
            yield canonical(value)
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        text = canonical(value)
        if len(text) >= NUMBER_MIN:
            yield text


def _spellings(text: str) -> Iterator[str]:
    """As it is, and as JSON writes it between the quotes."""
    yield text
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(text)[1:-1]
    for line in text.splitlines():
        if len(line.strip()) >= LINE_MIN:
            yield line.strip()
