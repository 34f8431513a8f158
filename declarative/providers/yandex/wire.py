"""The service's JSON and the model: tolerant in reading, exact in writing.

Missing, empty and zero are alike, unknown fields are ignored, unknown statuses are kept as text; the proto
marks fields as required that real answers leave out. An execution without an id cannot be tolerated.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from declarative.model.execution import Execution, ExecutionError, Status, Step
from declarative.model.json import NotJson, canonical

Object = Mapping[str, Any]

ID_LENGTH_MAX = 512
_STATUS_NUMBERS = ("STATUS_UNSPECIFIED", "QUEUED", "RUNNING", "PAUSED", "STOPPED", "FAILED", "FINISHED")
_STEP_NUMBERS = (
    "STATUS_UNSPECIFIED",
    "SCHEDULED",
    "STARTED",
    "COMPLETED",
    "FAILED",
    "CANCEL_REQUESTED",
    "CANCELLED",
)
_DURATION = re.compile(r"-?\d{1,15}(?:\.\d{1,30})?s?\Z", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,19}\Z", re.ASCII)


class Unusable(ValueError):
    """The answer is not what the service says it answers."""


def decode(body: bytes) -> Object:
    """The JSON object of a body. Raises Unusable, which does not carry the body."""
    found = _loaded(body)
    if not isinstance(found, dict):
        raise Unusable("not a JSON object")
    return found


def start_body(workflow_id: str, input_json: str) -> bytes:
    """Always `inputJson`: as `inputValue` every number would become a double."""
    return json.dumps({"workflowId": workflow_id, "input": {"inputJson": input_json}}).encode("ascii")


def started_id(answer: Object) -> str:
    """The id in the answer of a start. Raises Unusable."""
    found = answer.get("executionId")
    if not isinstance(found, str) or not is_id(found):
        raise Unusable("an answer without a usable executionId")
    return found


def is_id(text: str) -> bool:
    """Opaque, but never empty, endless, or something a terminal or a path would act on."""
    return 0 < len(text) <= ID_LENGTH_MAX and text.isprintable() and text.strip(". ") != ""


def execution(found: object) -> Execution:
    """An Execution or an ExecutionPreview. Raises Unusable when it has no id."""
    source = _object(found)
    execution_id = _text(source.get("id"))
    if not is_id(execution_id):
        raise Unusable("an execution without an id")
    raw_status = _enum(source.get("status"), _STATUS_NUMBERS)
    return Execution(
        id=execution_id,
        workflow_id=_text(source.get("workflowId")),
        status=_status(raw_status),
        started_at=_text(source.get("startedAt")) or None,
        duration=duration(source.get("duration")),
        input_json=_input(source.get("input")),
        result_json=_text(_object(source.get("result")).get("resultJson")) or None,
        error=_error(source.get("error")),
        raw_status=raw_status,
    )


def executions(answer: Object) -> tuple[Execution, ...]:
    """A row without an id spoils the list: leaving it out could hide a run that did start."""
    return tuple(map(execution, _rows(answer.get("executions"))))


def step(found: object) -> Step:
    source = _object(found)
    return Step(
        id=_text(source.get("id")),
        type=_text(source.get("type")),
        status=_enum(source.get("status"), _STEP_NUMBERS),
        title=_text(source.get("title")),
        started_at=_text(source.get("startedAt")) or None,
        duration=duration(source.get("duration")),
        attempts=integer(source.get("attempts")) or 1,
        error=_error(source.get("error")),
        last_error=_error(source.get("lastError")),
        input_json=_input(source.get("input")),
        output_json=_text(_object(source.get("output")).get("outputJson")) or None,
    )


def steps(answer: Object) -> tuple[Step, ...]:
    return tuple(map(step, _rows(answer.get("entries"))))


def workflow_names(answer: Object) -> tuple[tuple[str, str], ...]:
    """(name, id) of the workflows in a page, those being deleted left out."""
    rows = map(_object, _rows(answer.get("workflows")))
    usable = (row for row in rows if is_id(_text(row.get("id"))) and row.get("status") not in ("DELETING", 4))
    return tuple((_text(row.get("name")), _text(row.get("id"))) for row in usable)


def next_page(answer: Object) -> str:
    return _text(answer.get("nextPageToken"))


def duration(found: object) -> float | None:
    """Seconds from `1.070697344s`; None for anything else."""
    text = str(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else found
    if not isinstance(text, str) or not _DURATION.match(text):
        return None
    seconds = float(text.removesuffix("s"))
    return seconds if math.isfinite(seconds) else None


def integer(found: object) -> int:
    """An int64, which JSON carries as text; 0 for anything else."""
    if isinstance(found, bool):
        return 0
    if isinstance(found, int):
        return found
    return int(found) if isinstance(found, str) and _INTEGER.match(found) else 0


def _loaded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(found: object) -> Object:
    return found if isinstance(found, dict) else {}


def _rows(found: object) -> list[object]:
    if found is None or found == "":
        return []
    if not isinstance(found, list):
        raise Unusable("a list that is none")
    return found


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _enum(found: object, names: tuple[str, ...]) -> str:
    """The name of an enum's value, given as a name or a number; the raw text of an unknown one."""
    if isinstance(found, int) and not isinstance(found, bool):
        return names[found] if 0 <= found < len(names) else str(found)
    return _text(found) or names[0]


def _status(raw: str) -> Status:
    try:
        return Status(raw)
    except ValueError:
        return Status.UNKNOWN


def _input(found: object) -> str | None:
    source = _object(found)
    if "inputValue" in source:
        return _canonical(source["inputValue"])
    return _text(source.get("inputJson")) or None


def _canonical(found: Any) -> str | None:
    try:
        return canonical(found)
    except NotJson:
        return None


def _error(found: object) -> ExecutionError | None:
    source = _object(found)
    code, message = _text(source.get("errorCode")), _text(source.get("message"))
    return ExecutionError(code, message) if code or message else None
