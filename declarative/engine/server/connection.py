"""uvicorn's HTTP/1.1 connection, made safe against clients that connect and then keep it waiting."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

from h11 import Data, EndOfMessage, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from declarative.engine.errors import InvalidArgument
from declarative.engine.server import wire

HEAD_SECONDS = 15.0
"""How long the head of a request may take to arrive; uvicorn alone would wait for ever."""

CONNECTIONS_MAX = 512
"""Beyond it, whoever has waited longest without a request under way has to go."""


class PatientConnection(H11Protocol):
    """Ends a connection on which no whole request head arrives."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self.waits_since = time.monotonic()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio sets it only where it made the socket; without it, each answer's second half waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await_head()
        if len(self.connections) > CONNECTIONS_MAX:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_in()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_waiting:
            self._await_head()
        else:
            self._head_is_in()

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def on_response_complete(self) -> None:
        self.waits_since = time.monotonic()
        super().on_response_complete()
        if self.is_waiting and self.conn.trailing_data[0]:
            # Half of the next head came along with this request.
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's own is plain text."""
        body = wire.printed(wire.status(InvalidArgument(msg), ""))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            Response(status_code=400, headers=headers, reason=b"Bad Request"),
            Data(data=body),
            EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_is_in(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        waiting = [c for c in self.connections if isinstance(c, PatientConnection) and c.is_waiting]
        longest = min(waiting, key=lambda connection: connection.waits_since)
        longest.transport.abort()
