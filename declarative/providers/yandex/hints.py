"""What to do about a failure, in a sentence or two."""

from __future__ import annotations

import re

from declarative.protocols import Kind

SKEW_SECONDS_MAX = 60.0

_ROLES = re.compile(
    r"can't invoke|does(?: not|n't) have .*(?:rights|permission)|permission denied", re.IGNORECASE
)
"""The service reports a missing role as 400 too; these are its words for it."""

_EXECUTOR = (
    "Grant the roles serverless.workflows.executor and serverless.workflows.viewer on the workflow's folder "
    "to the account whose credentials are used, and check that the workflow's id belongs to that folder."
)
_VIEWER = (
    "Grant the role serverless.workflows.viewer on the folder to the account whose credentials are used, and "
    "check that the id and the folder_id are those of that folder."
)
_RENEWABLE = (
    "The credentials were refused although they were just renewed: is the key or the account deleted?"
)
_FIXED = (
    "The token has expired or is not valid. Set a new one (export YC_IAM_TOKEN=$(yc iam create-token)), or "
    "use a service account key (YC_SERVICE_ACCOUNT_KEY_FILE), whose tokens are renewed by themselves."
)
_HINTS = {
    Kind.NOT_FOUND: (
        "Check the id (`yc serverless workflow list` shows the workflows of a folder) and the account used. "
        "The service also forgets old executions."
    ),
    Kind.EXHAUSTED: (
        "Too many requests, or the cloud's quota of active executions (100 unless raised) is used up: "
        "set max_active or requests_per_second for the provider, or ask for a larger quota."
    ),
    Kind.UNAVAILABLE: "The service or the way to it is not available; try again in a little while.",
    Kind.TIMEOUT: "No answer in time; the provider's request_timeout may be raised, with settle.",
    Kind.GARBLED: (
        "Something else than the service answered: check the provider's endpoint, and whether a proxy "
        "or a login page stands between."
    ),
    Kind.TOO_LATE: "Nothing was sent. The next apply starts it; fewer starts at once make room in time.",
    Kind.PRECONDITION: "The execution or the workflow is not in a state that allows this.",
    Kind.INVALID: "The service refuses the request as it is; see what it says.",
}


def speaks_of_roles(message: str) -> bool:
    return _ROLES.search(message) is not None


def hint_for(kind: Kind, needs_executor: bool, can_renew: bool, skew: float) -> str:
    """`skew`: seconds by which our clock is ahead of the service's."""
    match kind:
        case Kind.DENIED:
            return _EXECUTOR if needs_executor else _VIEWER
        case Kind.UNAUTHENTICATED:
            return " ".join(filter(None, (_RENEWABLE if can_renew else _FIXED, skew_hint(skew))))
        case _:
            return _HINTS.get(kind, "")


def skew_hint(skew: float) -> str:
    if abs(skew) <= SKEW_SECONDS_MAX:
        return ""
    side = "ahead of" if skew > 0 else "behind"
    return f"This machine's clock is {abs(skew):.0f} s {side} the service's: set it right."
