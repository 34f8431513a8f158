"""Documents -> JSON text: exact numbers, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from declarative.model.json import Json

JsonObject = dict[str, Json]

# C0 is escaped by JSON itself; these are not, and a terminal or a reviewer's eye is misled by them.
_MISLEADING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def dump(document: Json | Mapping[str, Json], *, indent: int | None = None) -> str:
    """JSON text in the document's own order; on one line where a number is too exact for a float."""
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        text = json.dumps(document, ensure_ascii=False, separators=separators, indent=indent, allow_nan=False)
    except TypeError:
        text = _exact(document)
    return text if text.isascii() and "\x7f" not in text else _MISLEADING.sub(_escape, text)


def _exact(value: Json | Mapping[str, Json]) -> str:
    """What the C encoder cannot do: a Decimal with all its digits."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_exact(key)}:{_exact(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_exact, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
