"""What a shell is told while somebody types an address."""

from __future__ import annotations

import re

import click

from declarative.cli.front import front

_SAFE_KEY = re.compile(r"[\w./@%+,-]+\Z")
"""Keys that every shell takes as they are, in the spelling `load.eu`."""


def addresses(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names that begin so, and the keys of one where no other is meant any more."""
    from declarative.app.declared import declared_addresses

    known = declared_addresses(front(ctx).setting())
    names = {one.name for one in known if one.name.startswith(incomplete)}
    keyed = {f"{one.name}.{one.key}" for one in known if one.key is not None and _SAFE_KEY.match(one.key)}
    found = names | {one for one in keyed if one.startswith(incomplete)} if len(names) < 2 else names
    return sorted(found)
