"""What the engine answers a caller instead of a result: the codes of google.rpc.Code as exceptions."""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """A refused call. `field` names the request's field that is wrong, in the service's spelling."""

    code: ClassVar[int] = 2

    def __init__(self, message: str, field: str = "") -> None:
        self.message = message
        self.field = field
        super().__init__(message)


class InvalidArgument(EngineError):
    code = 3


class DeadlineExceeded(EngineError):
    """Nobody knows what came of the call."""

    code = 4


class NotFound(EngineError):
    code = 5


class AlreadyExists(EngineError):
    """The key of an idempotent start was used for another start."""

    code = 6


class PermissionDenied(EngineError):
    code = 7


class ResourceExhausted(EngineError):
    code = 8


class FailedPrecondition(EngineError):
    code = 9


class Unimplemented(EngineError):
    code = 12


class Internal(EngineError):
    code = 13


class Unavailable(EngineError):
    """The disk or the runner is in the way; nothing was changed."""

    code = 14


class Unauthenticated(EngineError):
    code = 16
