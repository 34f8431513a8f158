"""Looking into documents that text is made from: absent is empty, and every string comes out clean."""

from __future__ import annotations

from collections.abc import Mapping

from declarative.model.json import Json
from declarative.render.dump import JsonObject
from declarative.render.words import one_line


def objects_at(document: Mapping[str, Json], key: str) -> list[JsonObject]:
    found = document.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def object_at(document: Mapping[str, Json], key: str) -> JsonObject:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def text_at(document: Mapping[str, Json], key: str) -> str:
    """Words on one line; empty where there are none."""
    found = document.get(key)
    return one_line(found) if isinstance(found, str) else ""


def names_at(document: Mapping[str, Json], key: str) -> list[str]:
    found = document.get(key)
    names = [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
    return [one_line(name) for name in names]


def number_at(document: Mapping[str, Json], key: str) -> int:
    found = document.get(key)
    return found if isinstance(found, int) else 0


def seconds_at(document: Mapping[str, Json], key: str) -> float | None:
    found = document.get(key)
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None
