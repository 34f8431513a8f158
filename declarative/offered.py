"""Which types of providers are installed. Apart from what opens them, because `version` answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "declarative.providers"
BUILT_IN = ("embedded", "yandex")


def offered() -> dict[str, EntryPoint]:
    """Those of other packages, by type."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


def known_types() -> tuple[str, ...]:
    """The built-in ones first."""
    return (*BUILT_IN, *sorted(offered()))
