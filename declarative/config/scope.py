"""What an expression may see: variables, the instance, the environment, other executions as far as known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from declarative.config.folder import Folder
from declarative.config.variables import Variables
from declarative.model.address import Address
from declarative.model.desired import Upstream
from declarative.model.json import Json


class Each(NamedTuple):
    """The instance an expression is evaluated for."""

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Entries:
    """What is declared. `keys` gives an entry's instance keys, in order, or None where it has no for_each.

    `disabled` names entries that stand in the file with `enabled: false`. `sensitive` gives the attributes
    ("input", "result") of an entry that must never be shown, see `expressions.sensitive_attributes`.
    """

    keys: Mapping[str, Mapping[str, Json] | None]
    disabled: Collection[str] = ()
    sensitive: Mapping[str, Collection[str]] = field(default_factory=dict)


@runtime_checkable
class StatusUpstream(Protocol):
    """What an Upstream also offers where outputs are evaluated over it."""

    def status(self, address: Address) -> str:
        """The status as last observed. Raises Pending when the execution was never started."""


@dataclass(frozen=True, slots=True)
class Executions:
    """Other executions. Without `upstream` only names and keys can be read, as in `for_each`.

    `status`: whether `.status` may be read; `upstream` is then also a StatusUpstream.
    """

    entries: Entries
    upstream: Upstream | None = None
    status: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of an expression mean. `each` and `executions` are None where they may not be used."""

    variables: Variables
    environment: str
    folder: Folder
    each: Each | None = None
    executions: Executions | None = None
