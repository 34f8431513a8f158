"""Durations as people write them: `90s`, `2m`, `1h30m`, `1d` -> seconds."""

from __future__ import annotations

import re

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
PATTERN = "".join(rf"(?:([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?){unit})?" for unit in _UNITS)
_FORM = re.compile(PATTERN + r"\Z")


def seconds(text: str) -> float | None:
    """Each unit at most once, the largest first; None for anything else."""
    form = _FORM.match(text)
    if form is None or not text:
        return None
    parts = zip(form.groups(), _UNITS.values(), strict=True)
    return float(sum(float(amount) * factor for amount, factor in parts if amount is not None))
