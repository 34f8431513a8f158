"""How an entry is treated, as the values that planner and executor work with; equal ones are one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declarative.config import schema
from declarative.model.desired import End, Policies, Run
from declarative.model.json import Json

_ALWAYS = frozenset({End.FINISHED, End.FAILED, End.STOPPED})


class PolicyBook:
    """Remembers every treatment that it has seen: ten thousand entries share a handful."""

    def __init__(self) -> None:
        self._known: dict[str, Policies] = {}

    def policies(self, values: Mapping[str, Json], marker: Json = None) -> Policies:
        """`values`: keys of an entry, of the right shape; those that are no treatment are left out.

        `marker` is the provider's, for entries that say nothing about it.
        """
        treatment = {key: values[key] for key in values if key in schema.TREATMENT}
        if isinstance(marker, str) and marker:
            treatment.setdefault("marker", marker)
        text = repr(treatment)
        if text not in self._known:
            self._known[text] = _policies(treatment)
        return self._known[text]


def _policies(treatment: Mapping[str, Json]) -> Policies:
    checked: dict[str, Any] = schema.treatment().validate_python(treatment)
    if checked.get("run") is Run.ALWAYS:
        checked.setdefault("rerun_on", _ALWAYS)
    if "ignore_changes" in checked:
        checked["ignore_changes"] = tuple(checked["ignore_changes"])
    return Policies(**checked)
