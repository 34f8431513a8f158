"""The reading half of engines, and nothing else: what is given this cannot start or stop anything."""

from __future__ import annotations

from declarative.app.engines import Engines
from declarative.model.execution import Execution, Step
from declarative.protocols import (
    Capabilities,
    GetRequest,
    HistoryRequest,
    ListPage,
    ListRequest,
    Reader,
    ResolveRequest,
)


class ReadOnly:
    """Passes reading calls on. There is no method here that changes anything."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def identity(self) -> str:
        return self._reader.identity

    @property
    def capabilities(self) -> Capabilities:
        return self._reader.capabilities

    def resolve(self, request: ResolveRequest) -> str:
        return self._reader.resolve(request)

    def get(self, request: GetRequest) -> Execution:
        return self._reader.get(request)

    def list(self, request: ListRequest) -> ListPage:
        return self._reader.list(request)

    def history(self, request: HistoryRequest) -> tuple[Step, ...]:
        return self._reader.history(request)

    def close(self) -> None:
        self._reader.close()


def readers_of(engines: Engines) -> tuple[dict[str, Reader], dict[str, Reader]]:
    """(by alias, by identity)"""
    by_identity: dict[str, Reader] = {key: ReadOnly(one) for key, one in engines.by_identity.items()}
    by_alias = {alias: by_identity[one.identity] for alias, one in engines.by_alias.items()}
    return by_alias, by_identity
