"""The last net under secrets: known values are struck from everything that leaves the tool.

Masking by path comes first and knows what is secret; this finds the same values where an engine or a backend
has put them into words of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

from declarative.model.digests import MASK
from declarative.model.json import Json
from declarative.render.dump import JsonObject
from declarative.render.words import clean, one_line

LENGTH_MIN = 4
"""Shorter values are left alone: striking every "1" destroys the text and tells the secret by its gaps."""
_LINE_LENGTH_MIN = 12
"""Lines of a secret of several lines (a key file) count by themselves from this length on."""


def redact(text: str, secrets: frozenset[str]) -> str:
    """`text` with every secret masked, also as JSON, as a URL, or as it looks once cleaned."""
    pattern = _pattern(secrets)
    return text if pattern is None else pattern.sub(MASK, text)


def redact_json(value: Json, secrets: frozenset[str]) -> Json:
    """A copy with every string redacted, keys included; the value itself when there is nothing to hide."""
    pattern = _pattern(secrets)
    return value if pattern is None else _walk(value, pattern)


def redact_document(document: JsonObject, secrets: frozenset[str]) -> JsonObject:
    """The same for a document; its keys stay, they are ours."""
    return {key: redact_json(value, secrets) for key, value in document.items()}


def redact_at(document: JsonObject, keys: Iterable[str], secrets: frozenset[str]) -> None:
    """Redacts in place, and only what stands at `keys`: names and digests that bind must stay what they are,
    even where a careless secret ("prod", "test") is a part of them."""
    if secrets:
        document.update({key: redact_json(document[key], secrets) for key in keys if key in document})


def _walk(value: Json, pattern: re.Pattern[str]) -> Json:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, dict):
        return {pattern.sub(MASK, key): _walk(item, pattern) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, pattern) for item in value]
    return value


@lru_cache(maxsize=8)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= LENGTH_MIN}
    if not forms:
        return None
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first)))


def _forms(secret: str) -> set[str]:
    """How a secret may look by the time it is in a text of ours."""
    if len(secret) < LENGTH_MIN:
        return set()
    forms = {secret, secret.strip(), clean(secret), one_line(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")}
    return forms | {line.strip() for line in secret.splitlines() if len(line.strip()) >= _LINE_LENGTH_MIN}
