"""What one evaluation touched: other instances, values that do not exist yet, sensitive values."""

from __future__ import annotations

from typing import NoReturn

from declarative.model.address import Address
from declarative.model.desired import Pending


class Trace:
    """`waits` and `tainted` are of the leaf at hand; `touched` is of the whole tree."""

    __slots__ = ("tainted", "touched", "waits")

    def __init__(self) -> None:
        self.touched: dict[Address, None] = {}
        self.waits: dict[Address, None] = {}
        self.tainted = False

    def next_leaf(self) -> None:
        self.waits = {}
        self.tainted = False

    def unknown(self, pending: Pending) -> Unknown:
        self.waits[pending.address] = None
        return Unknown(pending)


class Unknown:
    """Stands for a value that does not exist yet, so that the rest of the expression is traced as well.

    Whatever is made of it is unknown; where evaluation would have to choose by it, it stops.
    """

    __slots__ = ("pending",)

    def __init__(self, pending: Pending) -> None:
        self.pending = pending

    def _stop(self, *_: object) -> NoReturn:
        raise self.pending

    def _same(self, *_: object) -> Unknown:
        return self

    __bool__ = __iter__ = __len__ = __contains__ = __str__ = __int__ = __float__ = __index__ = _stop
    __hash__ = _stop
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _same  # type: ignore[assignment]
