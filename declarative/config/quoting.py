"""The text of the files as problems may quote it: what they say of sensitive variables is struck out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from declarative.config import given
from declarative.config.declared import Declared
from declarative.config.secrets import texts
from declarative.model.json import Json

LENGTH_MIN = 4
"""As everywhere: a shorter text would be found in half of all lines."""


def quotable(sources: Mapping[str, str], result: Declared) -> Mapping[str, str]:
    """Stars of the same length, so that columns stay what they are."""
    found = result.variables.secrets | texts(_written(result))
    secrets = sorted((text for text in found if len(text) >= LENGTH_MIN), key=len, reverse=True)
    if not secrets:
        return sources
    pattern = re.compile("|".join(map(re.escape, secrets)))
    return {name: pattern.sub(_stars, text) for name, text in sources.items()}


def _written(result: Declared) -> Iterator[Json]:
    """Also where the value is refused, and so is not among those that variables have."""
    for name, placed in result.joined.maps["variables"].items():
        if isinstance(placed.value, dict) and given.declaration(placed).is_sensitive:
            yield placed.value.get("default")
            if name in result.chosen.variables:
                yield result.chosen.variables[name].value


def _stars(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "*", found.group())
