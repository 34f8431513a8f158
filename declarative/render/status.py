"""Where every declared execution stands: one row per address, as a document and as a table made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from declarative.model.address import Address
from declarative.model.change import Change, Code, Gate
from declarative.model.execution import Step
from declarative.model.json import Json
from declarative.model.moment import format_moment, parse_moment
from declarative.render.dump import JsonObject
from declarative.render.entry import execution_of, identity, status_word
from declarative.render.history import under_way
from declarative.render.reading import number_at, object_at, objects_at, seconds_at, text_at
from declarative.render.style import PLAIN, Style
from declarative.render.table import paint_status, table
from declarative.render.words import age, clean, count, duration, one_line, shorten

PLACES_MAX = 5
REMARK_LINES_MAX = 3


@dataclass(frozen=True, slots=True)
class StatusRow:
    """`status`: the engine's word, or NOT_STARTED, UNKNOWN, LOST, ACCEPTED. `trouble`: FAILED, stopped from
    outside, lost or blocked: what `--failed` selects and `--check` reports. `under_way`: where an active one
    is."""

    address: Address
    status: str
    trouble: bool = False
    execution_id: str | None = None
    generation: int = 0
    started_at: str | None = None
    duration: float | None = None
    error_code: str = ""
    error_message: str = ""
    note: str = ""
    under_way: tuple[str, ...] = ()


def status_row(change: Change, steps: Iterable[Step] = ()) -> StatusRow:
    """A plan already knows where everything stands; this is the row of one of its changes.

    `steps`: the execution's history, where it was asked for.
    """
    seen = change.seen
    return StatusRow(
        change.address,
        _status(change),
        change.gate is Gate.BLOCKED or change.code is Code.RETRY,
        execution_of(change),
        change.generation,
        seen.started_at,
        seen.duration,
        seen.error_code or "",
        seen.error_message or "",
        _note(change),
        tuple(under_way(steps)),
    )


def _status(change: Change) -> str:
    if change.seen.status:
        return status_word(change.seen.status)
    return "UNKNOWN" if execution_of(change) else "NOT_STARTED"


def _note(change: Change) -> str:
    gate = "" if change.gate is Gate.READY else change.gate_reason or str(change.gate_code or change.gate)
    label = f"{change.gate.value}: {gate}" if gate else ""
    reason = change.reason if change.code in (Code.SUSPENDED, Code.STOPPING) else ""
    return "; ".join(filter(None, (reason, label, change.note)))


def status_document(
    name: str,
    environment: str,
    rows: Sequence[StatusRow],
    now: float,
    diagnostics: Sequence[JsonObject] = (),
) -> JsonObject:
    """`now`: epoch seconds, the moment of the reading. `diagnostics`: what could not be read, and why."""
    return {
        "format_version": "1.0",
        "name": name,
        "environment": environment,
        "timestamp": format_moment(now),
        "counts": dict(Counter(row.status for row in rows)),
        "trouble": sum(row.trouble for row in rows),
        "executions": [_entry(row) for row in rows],
        **({"diagnostics": [*diagnostics]} if diagnostics else {}),
    }


def _entry(row: StatusRow) -> JsonObject:
    entry: JsonObject = {"address": str(row.address), **identity(row.address)}
    entry |= {"status": row.status, "trouble": row.trouble, "generation": row.generation}
    for key, value in (("execution_id", row.execution_id), ("started_at", row.started_at)):
        if value:
            entry[key] = clean(value)
    if row.duration is not None:
        entry["duration"] = row.duration
    if row.error_code or row.error_message:
        entry["error"] = {"code": clean(row.error_code), "message": clean(row.error_message)}
    if row.note:
        entry["note"] = clean(row.note)
    if row.under_way:
        entry["under_way"] = list(row.under_way)
    return entry


# ── text, from the document ────────────────────────────────────────────────────────────────────────────


def status_text(
    document: Mapping[str, Json], style: Style = PLAIN, width: int = 80, *, verbose: bool = False
) -> str:
    """A table of what needs eyes; finished instances are one line per entry unless `verbose`."""
    entries = objects_at(document, "executions")
    if not entries:
        return "No executions to show.\n"
    now = parse_moment(text_at(document, "timestamp")) or 0.0
    quiet = {} if verbose else _quiet_instances(entries)
    shown = [entry for entry in entries if not (_is_quiet(entry) and text_at(entry, "name") in quiet)]
    head, *rows = table(("ADDRESS", "STATUS", "STARTED", "TOOK", "EXECUTION"), [_row(e, now) for e in shown])
    lines = [style.bold(head)] if shown else []
    for entry, row in zip(shown, rows, strict=True):
        lines.append(paint_status(row, text_at(entry, "status"), style))
        lines += [style.dim(line) for remark in _remarks(entry) for line in _within(remark, width)]
    lines += [f"… {number} of {name} FINISHED (-v shows them)" for name, number in quiet.items()]
    return "".join(f"{line}\n" for line in [*lines, "", *_counts(document, style)])


def _is_quiet(entry: JsonObject) -> bool:
    plain = not entry.get("note") and entry.get("trouble") is not True
    return plain and text_at(entry, "status") == "FINISHED"


def _row(entry: JsonObject, now: float) -> tuple[str, ...]:
    started, took = parse_moment(text_at(entry, "started_at")), seconds_at(entry, "duration")
    return (
        text_at(entry, "address"),
        text_at(entry, "status"),
        age(now - started) if started is not None else "",
        duration(took) if took is not None else "",
        text_at(entry, "execution_id"),
    )


def _remarks(entry: JsonObject) -> list[str]:
    error = object_at(entry, "error")
    words = ": ".join(filter(None, (text_at(error, "code"), text_at(error, "message"))))
    return [remark for remark in (words, text_at(entry, "note"), *_places(entry)) if remark]


def _places(entry: JsonObject) -> list[str]:
    """The steps under way, as far as they fit under a row."""
    found = entry.get("under_way")
    places = [f"at {one_line(str(place))}" for place in (found if isinstance(found, list) else ())]
    more = len(places) - PLACES_MAX
    return [*places[:PLACES_MAX], *([f"… and {more} more (history shows them)"] if more > 0 else [])]


def _within(remark: str, width: int) -> list[str]:
    """A remedy stands at the end of its line; an engine's words may go on for ever."""
    lead = "    "
    lines = wrap(one_line(remark), width, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
    return [*lines[: REMARK_LINES_MAX - 1], shorten(" ".join(lines[REMARK_LINES_MAX - 1 :]), width)][
        : len(lines)
    ]


def _quiet_instances(entries: Iterable[JsonObject]) -> dict[str, int]:
    """How many of an entry have nothing to say, where they are more than one line."""
    found = Counter(text_at(entry, "name") for entry in entries if _is_quiet(entry))
    return {name: number for name, number in found.items() if number > 1}


def _counts(document: Mapping[str, Json], style: Style) -> list[str]:
    counts = object_at(document, "counts")
    said = ", ".join(f"{number} {one_line(status)}" for status, number in sorted(counts.items()))
    trouble = number_at(document, "trouble")
    verb = "needs" if trouble == 1 else "need"
    eyes = [style.red(f"{count(trouble, 'execution')} {verb} attention.")] if trouble else []
    return [style.bold(f"Executions: {said}."), *eyes]
