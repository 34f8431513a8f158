"""'Did you mean', remembered: ten thousand instances make the same mistake."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from declarative.diagnostics import did_you_mean

KNOWN_MAX = 200
"""Comparing with more words than this takes longer than reading them."""


def nearest(word: str, known: Iterable[str]) -> str:
    words = tuple(islice(known, KNOWN_MAX + 1))
    return _nearest(word, words) if len(words) <= KNOWN_MAX else ""


@lru_cache(maxsize=1024)
def _nearest(word: str, words: tuple[str, ...]) -> str:
    if not words:
        return ""
    return did_you_mean(word, words) or f"It has: {', '.join(words[:8])}{', …' if len(words) > 8 else ''}."
