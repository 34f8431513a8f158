"""The service's messages in proto3 JSON: requests are read as strictly as protobuf does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from declarative.engine.errors import EngineError, InvalidArgument
from declarative.engine.journal import Entry, StepError
from declarative.engine.rows import WorkflowRow
from declarative.engine.store import ExecutionPage, WorkflowPage
from declarative.engine.timestamps import NANO, duration, rfc3339
from declarative.model.execution import Execution
from declarative.model.json import Json, NotJson, canonical, parse

Message = dict[str, object]

_TYPES = "type.googleapis.com/google.rpc."


def printed(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode(errors="backslashreplace")


# ── requests ───────────────────────────────────────────────────────────────────────────────────────────────


def start_request(body: bytes) -> tuple[str, str]:
    """The workflow's id and the input's JSON text of a StartExecutionRequest. Raises InvalidArgument."""
    request = _fields(_json(body or b"{}"), "", ("workflowId", "workflow_id"), ("input", "input"))
    workflow_id = _string(request.get("workflowId"), "workflowId")
    if not workflow_id:
        raise InvalidArgument("workflowId is required", "workflowId")
    return workflow_id, _input(request["input"]) if "input" in request else "{}"


def value_request(body: bytes) -> str:
    """The input's JSON text of a start by link, whose whole body is a google.protobuf.Value."""
    return _value_text(_json(body)) if body else "{}"


def query(given: Sequence[tuple[str, str]], *known: str) -> dict[str, str]:
    """The parameters of a URL by their camelCase names, every known one present."""
    found = dict.fromkeys(known, "")
    names = {name: name for name in known} | {_snake(name): name for name in known}
    seen: set[str] = set()
    for name, value in given:
        if name not in names:
            raise InvalidArgument(f'there is no parameter "{name}" here', name)
        if names[name] in seen:
            raise InvalidArgument(f"{names[name]} is given twice", names[name])
        seen.add(names[name])
        found[names[name]] = value
    return found


def whole_number(text: str, name: str) -> int:
    try:
        # int() would also take "1_000" and digits of other scripts.
        if not text.removeprefix("-").isdecimal() or not text.isascii():
            raise ValueError(text)
        return int(text)
    except ValueError as error:
        raise InvalidArgument(f'{name} must be a whole number, not "{text}"', name) from error


def _input(given: Json) -> str:
    fields = _fields(given, "input", ("inputJson", "input_json"), ("inputValue", "input_value"))
    if len(fields) != 1:
        raise InvalidArgument("exactly one of inputJson and inputValue is required", "input")
    if "inputValue" in fields:
        return _value_text(fields["inputValue"])
    return _string(fields["inputJson"], "input.inputJson")


def _fields(given: Json, place: str, *known: tuple[str, str]) -> dict[str, Json]:
    """The fields of a message by their camelCase names. null means absent, but as a Value it is one."""
    if not isinstance(given, dict):
        raise InvalidArgument(f"{place or 'the request'} must be an object", place)
    names = {spelling: camel for camel, snake in known for spelling in (camel, snake)}
    found: dict[str, Json] = {}
    for name, value in given.items():
        path = f"{place}.{name}" if place else name
        if name not in names:
            raise InvalidArgument(f'there is no field "{path}"', path)
        if names[name] in found:
            raise InvalidArgument(f"{path} is given twice", path)
        if value is not None or names[name] == "inputValue":
            found[names[name]] = value
    return found


def _json(body: bytes) -> Json:
    try:
        return parse(body.decode())
    except (NotJson, UnicodeDecodeError) as error:
        raise InvalidArgument(f"the body is not JSON: {error}") from error


def _string(value: Json, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be a string", name)
    return value


def _value_text(value: Json) -> str:
    """A Value's numbers are doubles: what the service would lose of a large integer is lost here too."""
    try:
        return canonical(_doubles(value))
    except (NotJson, OverflowError) as error:
        raise InvalidArgument(f"the input is not JSON: {error}", "input") from error


def _doubles(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return float(value)
    return value


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


# ── answers ────────────────────────────────────────────────────────────────────────────────────────────────


def execution(found: Execution) -> Message:
    message = preview(found)
    message["input"] = {"inputJson": found.input_json}
    if found.result_json is not None:
        message["result"] = {"resultJson": found.result_json}
    if found.error is not None:
        message["error"] = {"message": found.error.message, "errorCode": found.error.code}
    return message


def preview(found: Execution) -> Message:
    """Without `duration` until the end: until then it would be another one at every look."""
    message: Message = {"id": found.id, "workflowId": found.workflow_id, "status": found.status.value}
    if found.started_at is not None:
        message["startedAt"] = found.started_at
    if found.duration is not None:
        message["duration"] = duration(found.duration)
    return message


def executions(page: ExecutionPage) -> Message:
    return {"executions": [preview(found) for found in page.executions], **_next(page.next_page_token)}


def history(found: Execution, entries: Sequence[Entry]) -> Message:
    return {"execution": preview(found), "entries": [entry(one) for one in entries]}


def entry(found: Entry) -> Message:
    message: Message = {
        "id": found.step,
        "startedAt": rfc3339(round(found.started_at * 1_000_000) * (NANO // 1_000_000)),
        "status": found.status.value,
        "type": found.type,
        "attempts": str(found.attempts),
    }
    optional = {
        "title": found.title or None,
        "description": found.description or None,
        "duration": None if found.ended_at is None else _since(found.started_at, found.ended_at),
        "input": None if found.input_json is None else {"inputJson": found.input_json},
        "output": None if found.output_json is None else {"outputJson": found.output_json},
        "error": _error(found.error),
        "lastError": _error(found.last_error),
    }
    return message | {name: value for name, value in optional.items() if value is not None}


def workflow(found: WorkflowRow, folder_id: str, base_url: str) -> Message:
    return workflow_preview(found, folder_id, base_url) | {"specification": {"specYaml": found.text}}


def workflow_preview(found: WorkflowRow, folder_id: str, base_url: str) -> Message:
    return {
        "id": found.id,
        "folderId": folder_id,
        "createdAt": rfc3339(found.created_at),
        "name": found.name,
        "description": found.path,
        "status": "ACTIVE",
        "logOptions": {"disabled": True},
        "executionUrl": f"{base_url}/workflows/v1/execution/{found.id}/start",
    }


def workflows(page: WorkflowPage, folder_id: str, base_url: str) -> Message:
    shown = [workflow_preview(found, folder_id, base_url) for found in page.workflows]
    return {"workflows": shown, **_next(page.next_page_token)}


def status(error: EngineError, request_id: str) -> Message:
    """A google.rpc.Status."""
    details: list[Mapping[str, object]] = [{"@type": f"{_TYPES}RequestInfo", "requestId": request_id}]
    if error.field:
        violation = {"field": error.field, "description": error.message}
        details.append({"@type": f"{_TYPES}BadRequest", "fieldViolations": [violation]})
    return {"code": error.code, "message": error.message, "details": details}


def _next(token: str) -> Message:
    return {"nextPageToken": token} if token else {}


def _error(found: StepError | None) -> Message | None:
    return None if found is None else {"message": found.message, "errorCode": found.code}


def _since(started_at: float, ended_at: float) -> str:
    return duration(round(ended_at - started_at, 6))
