"""Which addresses the files declare: what a shell completes."""

from __future__ import annotations

from declarative.app.opening import read_configuration
from declarative.app.setting import Setting
from declarative.diagnostics import Refused
from declarative.model.address import Address


def declared_addresses(setting: Setting) -> tuple[Address, ...]:
    """Nothing while the files cannot be read: a half-typed line is no place to hear of that."""
    try:
        return tuple(read_configuration(setting).desired.instances)
    except Refused:
        return ()
