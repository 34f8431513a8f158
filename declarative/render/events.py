"""What happens during apply and wait, told: one plain line per event, and what a machine gets with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.change import Action
from declarative.model.event import (
    Ended,
    Event,
    LockTaken,
    Moved,
    Noted,
    Recovered,
    Started,
    StartRefused,
    StartUnknown,
    StopAsked,
    StopPending,
    StopRefused,
    Waiting,
    Warned,
    WaveBegins,
)
from declarative.model.record import Outcome, StopMode
from declarative.render.diagnostics import diagnostic_documents
from declarative.render.dump import JsonObject
from declarative.render.words import clean, count, duration, one_line

INFO, WARN, ERROR = "info", "warn", "error"


@dataclass(frozen=True, slots=True)
class Said:
    """One event, told: `message` is one clean line. `type` is a name of the stream (see stream.TYPES)."""

    type: str
    level: str
    message: str
    payload: JsonObject


def event_line(event: Event) -> str:
    """One plain line, without a line break."""
    return said(event).message


def said(event: Event) -> Said:  # noqa: C901 - one arm per member of a closed union
    match event:
        case LockTaken():
            return _lock_taken(event)
        case Recovered():
            return _recovered(event)
        case WaveBegins():
            return _wave(event)
        case Started():
            return _started(event)
        case StartRefused():
            return _start_refused(event)
        case StartUnknown():
            words = f"{_name(event.address)}: start sent, outcome unknown: {event.problem.summary}"
            return _troubled("start_unknown", WARN, words, event.address, None, event.problem)
        case StopAsked():
            return _stop_asked(event)
        case StopRefused():
            words = f"{_name(event.address)}: stop refused: {event.problem.summary}"
            return _troubled("stop_refused", ERROR, words, event.address, event.execution_id, event.problem)
        case StopPending():
            return _stop_pending(event)
        case Ended():
            return _ended(event)
        case Moved():
            words = f"{_name(event.address)}: {event.status.value}{_id(event.execution_id)}"
            return _hooked(
                "status_moved", INFO, words, event.address, event.execution_id, status=event.status
            )
        case Noted():
            return _noted(event)
        case Waiting():
            return _waiting(event)
        case Warned():
            return problem_said(event.problem, {})
        case _:
            assert_never(event)


def _lock_taken(event: LockTaken) -> Said:
    over = f", taken over from {event.taken_from}" if event.taken_from else ""
    payload: JsonObject = {"backend": clean(event.backend)}
    if event.taken_from:
        payload["taken_from"] = clean(event.taken_from)
    level = WARN if event.taken_from else INFO
    return Said("lock_taken", level, one_line(f"Locked the state at {event.backend}{over}"), payload)


def _recovered(event: Recovered) -> Said:
    words = {
        "adopted": "an earlier start was found and adopted",
        "nothing_started": "an earlier start came to nothing",
        "ambiguous": "an earlier start cannot be told from others",
        "unknown": "what became of an earlier start cannot be known",
    }.get(event.finding, event.finding)
    level = INFO if event.finding in ("adopted", "nothing_started") else ERROR
    detail = f": {event.detail}" if event.detail else ""
    line = f"{_name(event.address)}: {words}{detail}{_id(event.execution_id)}"
    found = _hooked("start_recovered", level, line, event.address, event.execution_id)
    found.payload.update(finding=event.finding, detail=clean(event.detail))
    return found


def _wave(event: WaveBegins) -> Said:
    what = (
        count(number, word) for number, word in ((event.starts, "start"), (event.stops, "stop")) if number
    )
    deed = f"Sending {' and '.join(what)}" if event.starts or event.stops else "State is written"
    words = f"{deed} (state serial {event.serial})"
    payload: JsonObject = {"starts": event.starts, "stops": event.stops, "serial": event.serial}
    return Said("wave_begins", INFO, words, payload)


def _started(event: Started) -> Said:
    words = f"{_name(event.address)}: started{' again' if event.again else ''}{_id(event.execution_id)}"
    found = _hooked("execution_started", INFO, words, event.address, event.execution_id)
    found.payload["again"] = event.again
    return found


def _start_refused(event: StartRefused) -> Said:
    verb = "start held" if event.held else "start refused"
    words = f"{_name(event.address)}: {verb}: {event.problem.summary}"
    level = WARN if event.held else ERROR
    found = _troubled("start_refused", level, words, event.address, None, event.problem)
    found.payload["held"] = event.held
    return found


def _stop_asked(event: StopAsked) -> Said:
    verb = "stopping" if event.mode is StopMode.GRACEFUL else "terminating"
    words = f"{_name(event.address)}: {verb}{_id(event.execution_id)}"
    return _hooked("stop_asked", INFO, words, event.address, event.execution_id, mode=event.mode)


def _stop_pending(event: StopPending) -> Said:
    words = f"{_name(event.address)}: still stopping after {duration(event.seconds)}{_id(event.execution_id)}"
    found = _hooked("stop_pending", WARN, words, event.address, event.execution_id)
    _hook(found)["elapsed_seconds"] = event.seconds
    return found


_ENDINGS = {
    Outcome.FINISHED: ("finished", INFO),
    Outcome.FAILED: ("FAILED", ERROR),
    Outcome.STOPPED_OUTSIDE: ("was STOPPED from outside", ERROR),
    Outcome.STOPPED_BY_US: ("stopped", INFO),
    Outcome.LOST: ("is lost: the engine does not know it any more", ERROR),
    Outcome.ACCEPTED: ("accepted as finished", INFO),
}


def _ended(event: Ended) -> Said:
    verb, level = _ENDINGS[event.outcome]
    after = f" after {duration(event.seconds)}" if event.seconds is not None else ""
    error = ": ".join(filter(None, (event.error_code, event.error_message)))
    words = f"{_name(event.address)}: {verb}{after}{_id(event.execution_id)}{': ' + error if error else ''}"
    found = _hooked("execution_ended", level, words, event.address, event.execution_id, outcome=event.outcome)
    if event.seconds is not None:
        _hook(found)["elapsed_seconds"] = event.seconds
    if error:
        found.payload["error"] = {"code": clean(event.error_code), "message": clean(event.error_message)}
    return found


_NOTED = {
    Action.RETIRE: "retired from state",
    Action.ABANDON: "forgotten; its execution goes on",
    Action.ADOPT: "adopted",
    Action.UPDATE: "updated in state",
}


def _noted(event: Noted) -> Said:
    change = event.change
    verb = _NOTED.get(change.action, change.action.value)
    words = f"{_name(change.address)}: {verb}{_id(change.seen.execution_id)}"
    return _hooked(
        "noted", INFO, words, change.address, change.seen.execution_id, action=change.action, code=change.code
    )


def _waiting(event: Waiting) -> Said:
    waits = [
        f"{number} {word}" for number, word in ((event.deferred, "deferred"), (event.held, "held")) if number
    ]
    parts = ", ".join([f"{event.active} in progress", *waits])
    payload: JsonObject = {
        "active": event.active,
        "deferred": event.deferred,
        "held": event.held,
        "elapsed_seconds": event.seconds,
    }
    return Said("waiting", INFO, f"Still waiting: {parts} [{duration(event.seconds)} elapsed]", payload)


# ── pieces ─────────────────────────────────────────────────────────────────────────────────────────────


def problem_said(problem: Diagnostic, sources: Mapping[str, str]) -> Said:
    level, word = (ERROR, "Error") if problem.is_error else (WARN, "Warning")
    place = f"{problem.address}: " if problem.address else ""
    payload: JsonObject = {"diagnostic": diagnostic_documents([problem], sources)[0]}
    return Said("diagnostic", level, one_line(f"{word}: {place}{problem.summary}"), payload)


def resource(address: Address) -> JsonObject:
    """As Terraform's stream names a resource."""
    return {
        "addr": str(address),
        "resource_type": "execution",
        "resource_name": address.name,
        "resource_key": address.key,
    }


def _hooked(
    type_: str, level: str, words: str, address: Address, execution_id: str | None, **more: str
) -> Said:
    hook: JsonObject = {"resource": resource(address)}
    if execution_id is not None:
        hook["id_key"], hook["id_value"] = "id", execution_id
    payload: JsonObject = {"hook": hook}
    payload.update({key: str(value) for key, value in more.items()})
    return Said(type_, level, one_line(words), payload)


def _hook(told: Said) -> JsonObject:
    hook = told.payload["hook"]
    assert isinstance(hook, dict)
    return hook


def _troubled(
    type_: str, level: str, words: str, address: Address, execution_id: str | None, problem: Diagnostic
) -> Said:
    found = _hooked(type_, level, words, address, execution_id)
    found.payload["diagnostic"] = diagnostic_documents([problem], {})[0]
    return found


def _name(address: Address) -> str:
    return clean(str(address))


def _id(execution_id: str | None) -> str:
    return f" [id={execution_id}]" if execution_id else ""
