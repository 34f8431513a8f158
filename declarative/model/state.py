"""State as one value: everything the tool remembers between two runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from declarative.model.address import Address
from declarative.model.json import Json
from declarative.model.record import Record


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """Enough to reach a provider again after it left the configuration; never a credential."""

    alias: str
    type: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """One state document.

    `acted`: digest of the desired instances that last acted, so that an apply that let the lock go can tell
    whether another one took over. `providers`: by identity (see protocols.Provider.identity). `distrusted`:
    workflows whose echo or list was once seen to be wrong ("<provider identity> <workflow id>" -> why);
    nothing of them is freed automatically. `writer`: a UUID new with every write, to recognise one's own.
    """

    lineage: str
    name: str = ""
    environment: str = ""
    serial: int = 0
    writer: str = ""
    acted: str = ""
    acted_by: str = ""
    records: Mapping[Address, Record] = field(default_factory=dict)
    providers: Mapping[str, KnownProvider] = field(default_factory=dict)
    distrusted: Mapping[str, str] = field(default_factory=dict)
