"""What the expressions of an unknown input rest on, as far as it is known: it binds a saved plan."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from declarative.config.bounds import Fault
from declarative.config.scope import Scope
from declarative.config.template import Leaf, Reference
from declarative.config.variables import Variables
from declarative.model.json import Json

SENSITIVE = "(sensitive)"
"""What stands for a sensitive value in a template: a rotated secret changes nothing."""


def known(leaves: Collection[Leaf], scope: Scope) -> Json:
    """The values that texts refer to, other executions apart."""
    names = frozenset().union(*(leaf.names for leaf in leaves))
    found: dict[str, Json] = {}
    for name in _variables_in(names, scope.variables):
        secret = name in scope.variables.sensitive
        found[f"var.{name}"] = SENSITIVE if secret else scope.variables.values[name]
    if ("each",) in names and scope.each is not None:
        found["each"] = {"key": scope.each.key, "value": scope.each.value}
    if ("environment",) in names:
        found["environment"] = scope.environment
    found.update(_files(leaves, scope))
    return found


def _files(leaves: Collection[Leaf], scope: Scope) -> Iterator[tuple[str, Json]]:
    for path in sorted({path for leaf in leaves for path in leaf.files}):
        try:
            content = scope.folder.text(path)
        except Fault:
            # Evaluating the expression will say so.
            continue
        yield f"file:{path}", hashlib.sha256(content.encode()).hexdigest()


def _variables_in(names: Collection[Reference], variables: Variables) -> Iterator[str]:
    every = ("var", "*") in names
    return (name for name in variables.values if every or ("var", name) in names)
