"""What a step's reader is given, and what most steps have in common: one successor, no block inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from declarative.engine.fields import Fields
from declarative.engine.retry import RetryPolicy
from declarative.engine.workflow import Block, Body


class Context(Protocol):
    """What a step may need from the file around it."""

    @property
    def default_retry(self) -> RetryPolicy | None: ...

    def block(self, fields: Fields) -> Block:
        """Reads a mapping of `start` and `steps`."""


ReadStep: TypeAlias = Callable[[Fields, Context], Body]


@dataclass(frozen=True, slots=True)
class Sequential:
    """A step that hands on to `next`, or ends its sequence."""

    next: str | None

    waits = False

    @property
    def successors(self) -> tuple[str, ...]:
        return (self.next,) if self.next else ()

    @property
    def may_end(self) -> bool:
        return self.next is None

    @property
    def blocks(self) -> Mapping[str, Block]:
        return {}

    def lanes(self, path: str, count: int, begun: Callable[[str], bool]) -> Iterator[tuple[Block, str]]:
        return iter(())
