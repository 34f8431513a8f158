"""A saved plan -> what apply has to hold today's decisions against. Strict: a plan that is odd is refused.

Nothing in the file is obeyed. Every action is decided again, and must then be found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from declarative.diagnostics import Diagnostic, Refused
from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate, Seen, StopOrder
from declarative.model.json import Json, NotJson, parse
from declarative.model.moment import parse_moment
from declarative.model.plan import Plan
from declarative.model.record import Cause, StopMode
from declarative.render.document import FORMAT_VERSION, OUR_VERSION, checksum
from declarative.render.dump import JsonObject
from declarative.render.words import one_line

_AGAIN = "Make the plan again: declarative plan --out FILE"


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """`plan`: what was reviewed, as far as it binds. Never to be carried out: its starts have no orders, its
    stops only say what they stop. `document`: the whole file, for showing it."""

    plan: Plan
    version: str
    variables: Mapping[str, Json]
    options: Mapping[str, Json]
    document: JsonObject


def read_plan(text: str, file: str = "the plan file") -> ApprovedPlan:
    """Raises Refused with every problem found."""
    document = _document(text, file)
    _check_versions(document, file)
    _check_content(document, file)
    reader = _Reader()
    plan = _approved(document, reader)
    if reader.problems:
        raise Refused(_problem("plan_malformed", f"{file}: {words}", _AGAIN) for words in reader.problems)
    return plan


def _problem(code: str, summary: str, hint: str = "", detail: str = "") -> Diagnostic:
    return Diagnostic(code, one_line(summary), detail, hint)


def _document(text: str, file: str) -> JsonObject:
    if text.startswith("PK\x03\x04"):
        raise Refused([_problem("plan_foreign", f"{file} is a plan file of Terraform", _AGAIN)])
    try:
        found = parse(text)
    except NotJson as error:
        raise Refused([_problem("plan_unreadable", f"{file} is not JSON: {error}", _AGAIN)]) from None
    if not isinstance(found, dict) or "format_version" not in found:
        raise Refused([_problem("plan_unreadable", f"{file} is not a saved plan", _AGAIN)])
    return found


def _check_versions(document: JsonObject, file: str) -> None:
    if "declarative_version" not in document:
        raise Refused([_problem("plan_foreign", f"{file} was not made by declarative", _AGAIN)])
    theirs, ours = str(document["format_version"]), document.get("declarative_format")
    newer = isinstance(ours, int) and ours > OUR_VERSION
    if newer or theirs.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        maker = one_line(str(document["declarative_version"]))
        summary = f"{file} was made by declarative {maker}, in a format that this version does not know"
        raise Refused([_problem("plan_newer", summary, "Apply it with the version that made it.")])


def _check_content(document: JsonObject, file: str) -> None:
    if document.get("checksum") != checksum(document):
        summary = f"{file} is not as it was written: its checksum does not match"
        raise Refused([_problem("plan_damaged", summary, _AGAIN)])
    if document.get("errored") is not False:
        raise Refused([_problem("plan_errored", f"{file} ended in errors and cannot be applied", _AGAIN)])


# ── field by field ─────────────────────────────────────────────────────────────────────────────────────


class _Reader:
    """Takes fields out by type, and notes what is not as it must be."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(self, found: JsonObject, key: str) -> str:
        value = found.get(key)
        if isinstance(value, str):
            return value
        self.note(key, "a string")
        return ""

    def text_or_none(self, found: JsonObject, key: str) -> str | None:
        return self.text(found, key) if key in found else None

    def number(self, found: JsonObject, key: str) -> int:
        value = found.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.note(key, "a whole number")
        return 0

    def flag(self, found: JsonObject, key: str) -> bool:
        value = found.get(key)
        if isinstance(value, bool):
            return value
        self.note(key, "true or false")
        return False

    def objects(self, found: JsonObject, key: str) -> list[JsonObject]:
        value = found.get(key)
        items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if not isinstance(value, list) or len(items) != len(value):
            self.note(key, "a list of objects")
        return items

    def object(self, found: JsonObject, key: str) -> JsonObject:
        value = found.get(key)
        if isinstance(value, dict):
            return value
        self.note(key, "an object")
        return {}

    def note(self, key: str, wanted: str) -> None:
        self.problems.append(f"{key} must be {wanted}")


def _approved(document: JsonObject, reader: _Reader) -> ApprovedPlan:
    return ApprovedPlan(
        plan=_plan(document, reader),
        version=reader.text(document, "declarative_version"),
        variables=_variables(document, reader),
        options=reader.object(document, "options"),
        document=document,
    )


def _plan(document: JsonObject, reader: _Reader) -> Plan:
    return Plan(
        name=reader.text(document, "name"),
        environment=reader.text(document, "environment"),
        lineage=reader.text(document, "lineage"),
        serial=reader.number(document, "serial"),
        made_at=_moment(document, reader),
        changes=tuple(_changes(document, reader)),
        destroy=reader.flag(document, "destroy"),
        calls=reader.number(document, "calls"),
        complete=reader.flag(document, "complete"),
        left_out=reader.number(document, "left_out"),
        today=reader.text(document, "today"),
        acted=reader.text(document, "acted"),
    )


def _moment(document: JsonObject, reader: _Reader) -> float:
    moment = parse_moment(reader.text(document, "timestamp"))
    if moment is None:
        reader.note("timestamp", "a moment in RFC 3339")
    return moment or 0.0


def _variables(document: JsonObject, reader: _Reader) -> dict[str, Json]:
    found = reader.object(document, "variables")
    return {name: reader.object(found, name).get("value") for name in found}


def _changes(document: JsonObject, reader: _Reader) -> Iterator[Change]:
    waiting = reader.objects(document, "deferred_changes")
    entries = reader.objects(document, "resource_changes")
    for entry in [*entries, *(reader.object(item, "resource_change") for item in waiting)]:
        try:
            yield _change(entry, reader.object(entry, "declarative"), reader)
        except (KeyError, ValueError) as error:
            reader.note("declarative", f"made of words that this version knows ({one_line(str(error))})")


def _change(entry: JsonObject, ours: JsonObject, reader: _Reader) -> Change:
    """Raises KeyError and ValueError for words that are missing or not known."""
    address = Address(reader.text(entry, "name"), reader.text_or_none(entry, "index"))
    if str(address) != entry.get("address"):
        reader.note("address", f"what name and index make, {one_line(str(address))}")
    return Change(
        address=address,
        action=Action(str(ours["action"])),
        code=Code(str(ours["code"])),
        reason=reader.text(ours, "reason"),
        row=reader.number(ours, "row"),
        gate=Gate(str(ours["gate"])),
        gate_code=Code(str(ours["gate_code"])) if "gate_code" in ours else None,
        stop=_stop(ours, reader) if "stop" in ours else None,
        spec=reader.text_or_none(ours, "spec"),
        template=reader.text_or_none(ours, "template"),
        generation=reader.number(ours, "generation"),
        seen=Seen(execution_id=reader.text_or_none(ours, "execution_id")),
        may_rerun=ours.get("may_rerun") is True,
    )


def _stop(ours: JsonObject, reader: _Reader) -> StopOrder:
    stop = reader.object(ours, "stop")
    return StopOrder(
        execution_id=reader.text(ours, "execution_id"),
        provider="",
        cause=Cause(str(stop["cause"])),
        mode=StopMode(str(stop["mode"])),
        deposed=reader.flag(stop, "deposed"),
    )
