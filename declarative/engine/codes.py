"""The error codes of the service, and what a failing step raises.

The list is open: the service has gained codes before, so an unknown one in a workflow is only a warning.
"""

from __future__ import annotations

from declarative.engine.journal import StepError

DATA_LIMIT = "STEP_DATA_LIMIT_EXCEEDED"
NO_CHOICE = "STEP_NO_CHOICE_MATCHED"
PERMISSION = "STEP_PERMISSION_DENIED"
TIMEOUT = "STEP_TIMEOUT"
INVALID_OUTPUT = "STEP_INVALID_OUTPUT"
INTERNAL = "STEP_INTERNAL"
INVALID_TEMPLATE = "STEP_INVALID_TEMPLATE_EXPRESSION"
FAIL = "STEP_FAIL"
PRECONDITION = "STEP_FAILED_PRECONDITION"
INVALID_ARGUMENT = "STEP_INVALID_ARGUMENT"
QUOTA = "STEP_QUOTA_EXCEEDED"

ALL = "ALL"
"""In an `errorList`: every code but STEP_INTERNAL."""

HTTP_STATUSES = (*range(400, 430), 431, 449, 451, 499, *range(500, 512), *range(520, 527))

_STEP = (
    DATA_LIMIT,
    NO_CHOICE,
    PERMISSION,
    TIMEOUT,
    INVALID_OUTPUT,
    INTERNAL,
    INVALID_TEMPLATE,
    FAIL,
    PRECONDITION,
    INVALID_ARGUMENT,
    QUOTA,
)
_GRPC = (
    "CANCELLED",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "UNAVAILABLE",
    "UNKNOWN",
    "INTERNAL",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "INVALID_OPTIONS",
    "INVALID_REFLECTION_SERVER_RESPONSE",
)
_OTHER = ("FUNCTION_CALL_INVALID_RESPONSE", "YDB_CALL_SERVICE_UNAVAILABLE", "DATABASE_QUERY_UNAVAILABLE")

KNOWN = frozenset(
    (
        ALL,
        *_STEP,
        *(f"{call}_CALL_{status}" for call in ("HTTP", "CONTAINER") for status in HTTP_STATUSES),
        *(f"GRPC_CALL_{name}" for name in _GRPC),
        *_OTHER,
    )
)


class StepFailed(Exception):
    """A step, or one attempt of it, failed in a way that retries and catch rules may answer.

    `lasting`: another try would fail in the same way, so that only catch rules are asked.
    """

    def __init__(self, code: str, message: str, lasting: bool = False) -> None:
        self.error = StepError(code, message)
        self.lasting = lasting
        super().__init__(f"{code}: {message}")


def http_code(status: int) -> str:
    """The code of a status >= 400; one without a code of its own takes its century's first."""
    if status in HTTP_STATUSES:
        return f"HTTP_CALL_{status}"
    return "HTTP_CALL_400" if status < 500 else "HTTP_CALL_500"
