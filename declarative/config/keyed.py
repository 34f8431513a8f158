"""What an entry gives for all its instances or, by a map, for each: `revision`, `adopt`, `moved_from`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from declarative.config.merge import Placed
from declarative.config.scope import Each
from declarative.config.suggest import nearest
from declarative.diagnostics import Diagnostic, Severity
from declarative.model import address
from declarative.model.address import Address
from declarative.model.json import Json, canonical

FIRST_REVISION = "1"


def revision(value: Json, each: Each | None) -> str:
    """As text: 1 and "1" are the same revision."""
    found = _for(value, each)
    if found is None:
        return FIRST_REVISION
    return found if isinstance(found, str) else canonical(found)


def adopted(value: Json, each: Each | None) -> str | None:
    found = _for(value, each)
    return found if isinstance(found, str) else None


def old_address(value: Json, each: Each | None) -> Address | None:
    """One old name stands for the old instances with the same keys. Raises ValueError."""
    found = _for(value, each)
    if not isinstance(found, str):
        return None
    old = address.parse(found)
    if each is not None and old.key is None and not isinstance(value, dict):
        return Address(old.name, each.key)
    return old


def problems(
    key: str, value: Json, placed: Placed | None, keys: Collection[str] | None
) -> Iterator[Diagnostic]:
    """What does not fit the instances. `keys`: of the entry's for_each, None without one. `placed`: where the
    entry gives the value; defaults are for entries with and without instances."""
    if placed is None:
        return
    if isinstance(value, dict) and keys is None:
        summary = f"{key} gives values for instance keys, but there is no for_each"
        yield Diagnostic("no_instances", summary, span=placed.span())
    elif isinstance(value, dict) and keys is not None:
        yield from (_unused(key, name, placed, keys) for name in value if name not in keys)
    elif key == "adopt" and keys is not None:
        summary = "adopt names one execution for all instances of a for_each"
        hint = "Write a map of instance keys to ids."
        yield Diagnostic("no_instances", summary, hint=hint, span=placed.span())


def _unused(key: str, name: str, placed: Placed, keys: Collection[str]) -> Diagnostic:
    return Diagnostic(
        "unknown_instance",
        f'{key} names the instance "{name}", which for_each does not make',
        hint=nearest(name, keys),
        severity=Severity.WARNING,
        span=placed.span(name, key=True),
    )


def _for(value: Json, each: Each | None) -> Json:
    if not isinstance(value, dict):
        return value
    return None if each is None else value.get(each.key)
