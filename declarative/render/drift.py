"""What engines did since the last apply, against what state remembers; always with how much was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from declarative.model.address import Address
from declarative.model.json import Json
from declarative.model.moment import format_moment
from declarative.render.dump import JsonObject
from declarative.render.entry import identity
from declarative.render.reading import object_at, objects_at, text_at
from declarative.render.style import PLAIN, Style
from declarative.render.words import clean, count, shorten


class DriftKind(StrEnum):
    FAILED = "failed"
    STOPPED = "stopped"
    """By somebody else: our own stops are no drift."""
    PAUSED = "paused"
    LOST = "lost"


_SAYS = {
    DriftKind.FAILED: "FAILED since the last apply",
    DriftKind.STOPPED: "was STOPPED from outside",
    DriftKind.PAUSED: "is PAUSED",
    DriftKind.LOST: "is lost: the engine does not know it any more",
}


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One declared execution that moved. `was` and `now` are statuses; `error_*` are the engine's words."""

    address: Address
    kind: DriftKind
    execution_id: str
    was: str
    now: str
    provider: str = ""
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """An active execution of a declared workflow that nobody declared. `workflow` as the files name it."""

    execution_id: str
    workflow: str
    status: str
    started_at: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class DriftReport:
    """`checked` of `known` executions could be judged. `unmanaged` is None where nobody asked for it."""

    name: str
    environment: str
    made_at: float
    checked: int
    known: int
    items: tuple[DriftItem, ...] = ()
    unread: tuple[Unread, ...] = ()
    unmanaged: tuple[Unmanaged, ...] | None = None

    @property
    def has_drift(self) -> bool:
        return bool(self.items or self.unmanaged)


def drift_entry(item: DriftItem) -> JsonObject:
    """One entry of `resource_drift[]`, in Terraform's shape."""
    entry: JsonObject = {"address": str(item.address), **identity(item.address)}
    entry["provider_name"] = item.provider
    entry["change"] = {
        "actions": ["delete"] if item.kind is DriftKind.LOST else ["update"],
        "before": {"id": item.execution_id, "status": item.was},
        "after": None if item.kind is DriftKind.LOST else {"id": item.execution_id, "status": item.now},
        "after_unknown": {},
        "before_sensitive": False,
        "after_sensitive": False,
    }
    entry["declarative"] = _ours(item)
    return entry


def _ours(item: DriftItem) -> JsonObject:
    found: JsonObject = {"kind": item.kind.value, "execution_id": item.execution_id}
    if item.error_code or item.error_message:
        found["error"] = {"code": clean(item.error_code), "message": clean(item.error_message)}
    return found


def drift_document(report: DriftReport) -> JsonObject:
    document: JsonObject = {
        "format_version": "1.0",
        "name": report.name,
        "environment": report.environment,
        "timestamp": format_moment(report.made_at),
        "checked": report.checked,
        "known": report.known,
        "complete": report.checked == report.known,
        "drift": report.has_drift,
        "resource_drift": [drift_entry(item) for item in report.items],
        "unread": [{"address": str(item.address), "why": clean(item.why)} for item in report.unread],
    }
    if report.unmanaged is not None:
        document["unmanaged"] = [_unmanaged(item) for item in report.unmanaged]
    return document


def _unmanaged(item: Unmanaged) -> JsonObject:
    return {
        "execution_id": clean(item.execution_id),
        "workflow": clean(item.workflow),
        "status": item.status,
        "started_at": clean(item.started_at),
    }


# ── text, from the document ────────────────────────────────────────────────────────────────────────────


def drift_text(document: Mapping[str, Json], style: Style = PLAIN, width: int = 80) -> str:
    lines: list[str] = []
    for entry in objects_at(document, "resource_drift"):
        lines += _item_lines(entry, style, width)
    for entry in objects_at(document, "unread"):
        lines.append(f"{style.yellow('?')} {text_at(entry, 'address')} could not be read")
        lines.append("    " + shorten(text_at(entry, "why"), width - 4))
    strangers = _unmanaged_lines(document, style)
    lines += ["", *strangers] if lines and strangers else strangers
    return "".join(f"{line}\n" for line in [*lines, *([""] if lines else []), _verdict(document, style)])


def _item_lines(entry: Mapping[str, Json], style: Style, width: int) -> list[str]:
    ours = object_at(entry, "declarative")
    says = _SAYS[DriftKind(text_at(ours, "kind"))]
    lines = [f"{style.red('!')} {style.bold(text_at(entry, 'address'))} {says}"]
    lines.append(f"    execution {text_at(ours, 'execution_id')}")
    error = object_at(ours, "error")
    if error:
        words = ": ".join(filter(None, (text_at(error, "code"), text_at(error, "message"))))
        lines.append("    " + shorten(words, width - 4))
    return lines


def _unmanaged_lines(document: Mapping[str, Json], style: Style) -> list[str]:
    found = objects_at(document, "unmanaged")
    return [
        f"{style.yellow('+')} {text_at(item, 'execution_id')} of {text_at(item, 'workflow')} is"
        f" {text_at(item, 'status')}, and nobody declared it"
        for item in found
    ]


def _verdict(document: Mapping[str, Json], style: Style) -> str:
    noun = "execution" if document["known"] == 1 else "executions"
    checked = f"Checked {document['checked']} of {document['known']} {noun}"
    drifted, strangers = objects_at(document, "resource_drift"), objects_at(document, "unmanaged")
    found = [f"{count(len(drifted), 'execution')} moved"] if drifted else []
    found += [f"{len(strangers)} unmanaged"] if strangers else []
    if found:
        return style.bold(f"Drift: {', '.join(found)}. {checked}.")
    if document["known"] and not document["checked"]:
        return style.bold(f"{checked}: nothing can be said about drift.")
    return style.bold(f"No drift. {checked}.")
