"""How people and state name one declared execution: `load`, or `load["eu"]` for an instance of it."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}\Z")
KEY_LENGTH_MAX = 256
_FORM = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_-]*)(?:\[(?P<bracket>.*)\]|\.(?P<dot>.+))?\Z", re.DOTALL)


class Address(NamedTuple):
    """A tuple, because ten thousand of them are hashed and compared in every plan."""

    name: str
    key: str | None = None

    def __str__(self) -> str:
        return self.name if self.key is None else f"{self.name}[{json.dumps(self.key, ensure_ascii=False)}]"

    @property
    def sort_key(self) -> tuple[str, str]:
        return (self.name, self.key or "")


def parse(text: str) -> Address:
    """Reads `load`, `load["eu"]`, `load[eu]` and `load.eu`. Raises ValueError."""
    form = _FORM.match(text)
    if form is None:
        raise ValueError(f'{text!r} is not an address; write load or load["eu"]')
    bracket, dot = form["bracket"], form["dot"]
    if bracket is None:
        return Address(form["name"], dot)
    if bracket.startswith('"'):
        return Address(form["name"], _quoted(bracket))
    return Address(form["name"], bracket)


def _quoted(text: str) -> str:
    try:
        key = json.loads(text)
    except ValueError:
        raise ValueError(f"{text} is not a quoted key") from None
    if not isinstance(key, str):
        raise ValueError(f"{text} is not a quoted key")
    return key
