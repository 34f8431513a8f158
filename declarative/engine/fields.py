"""Reads the fields of one mapping of a YaWL file, noting every problem with its place.

A reader goes on after a problem with a value that stands in for the bad one; what it makes is thrown away
then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from declarative.diagnostics import Diagnostic, Severity, did_you_mean
from declarative.engine import jqcheck, template
from declarative.engine.template import NOTHING, BadTemplate, Template
from declarative.model.json import Json
from declarative.source import Document, Path

_DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)s\Z")


@dataclass(slots=True)
class Reading:
    """What is gathered while one file is read. `references` are step ids named in the block being read."""

    document: Document
    problems: list[Diagnostic]
    references: list[tuple[Path, str]] = field(default_factory=list)

    def problem(
        self,
        code: str,
        summary: str,
        path: Path,
        hint: str = "",
        detail: str = "",
        key: bool = False,
        severity: Severity = Severity.ERROR,
    ) -> None:
        span = self.document.span(path, key)
        self.problems.append(Diagnostic(code, summary, detail, hint, severity, span=span))

    def fields(self, path: Path, value: Json, what: str) -> Fields:
        """The fields of a mapping; those of a value that is none are all absent, and that is one problem."""
        if isinstance(value, dict):
            return Fields(self, path, value, what)
        hint = "Write {} when it has no fields." if value is None else ""
        self.problem("yawl_type", f"{what} must be a mapping", path, hint)
        return Fields(self, path, {}, what, broken=True)


class Fields:
    """The fields of one mapping, read one by one; `done` then names those that nobody asked for."""

    def __init__(
        self, reading: Reading, path: Path, values: Mapping[str, Json], what: str, broken: bool = False
    ) -> None:
        self.reading = reading
        self.path = path
        self.values = values
        self.what = what
        self.broken = broken
        self._asked: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.values

    def at(self, name: str) -> Path:
        return (*self.path, name)

    def problem(self, name: str, summary: str, hint: str = "", detail: str = "") -> None:
        self.reading.problem("yawl_value", summary, self.at(name), hint, detail)

    def warning(self, code: str, name: str, summary: str, hint: str = "") -> None:
        self.reading.problem(code, summary, self.at(name), hint, severity=Severity.WARNING)

    def done(self, unknown: Severity = Severity.ERROR) -> None:
        for name in self.values:
            if name not in self._asked:
                summary, hint = f"{self.what} has no field {name}", did_you_mean(name, self._asked)
                self.reading.problem(
                    "yawl_unknown_field", summary, self.at(name), hint, key=True, severity=unknown
                )

    def forgive(self) -> None:
        """Whatever nobody asked for is left alone."""
        self._asked += self.values

    def value(self, name: str, required: bool = False) -> Json:
        """As it stands; null for one that is absent."""
        self._asked.append(name)
        if required and name not in self.values and not self.broken:
            summary = f"{self.what} needs the field {name}"
            self.reading.problem("yawl_missing_field", summary, self.path, key=True)
        return self.values.get(name)

    def text(self, name: str, required: bool = False) -> str:
        value = self.value(name, required)
        if isinstance(value, str):
            return value
        if self.has(name):
            self.problem(name, f"{name} must be a text", _quote_hint(value))
        return ""

    def reference(self, name: str, required: bool = False) -> str | None:
        """The id of a step of the same block."""
        found = self.text(name, required)
        if found:
            self.reading.references.append((self.at(name), found))
        elif self.values.get(name) == "":
            self.problem(name, f"{name} is empty")
        return found or None

    def choice(self, name: str, options: Iterable[str], default: str) -> str:
        if not self.has(name):
            self._asked.append(name)
            return default
        found = self.text(name)
        if found and found not in options:
            listed = ", ".join(options)
            self.problem(name, f"{name} must be one of {listed}", did_you_mean(found.upper(), options))
        return found

    def integer(self, name: str, default: int, least: int, most: int | None = None) -> int:
        found = self.value(name) if self.has(name) else default
        self._asked.append(name)
        upper = "" if most is None else f" and at most {most}"
        if not isinstance(found, int) or isinstance(found, bool):
            self.problem(name, f"{name} must be an integer")
            return default
        if found < least or (most is not None and found > most):
            self.problem(name, f"{name} must be at least {least}{upper}")
        return found

    def decimal(self, name: str, default: float, least: float) -> float:
        found = self.value(name) if self.has(name) else default
        self._asked.append(name)
        if isinstance(found, bool) or not isinstance(found, (int, float, Decimal)):
            self.problem(name, f"{name} must be a number")
            return default
        if found < least:
            self.problem(name, f"{name} must be at least {least:g}")
        return float(found)

    def seconds(self, name: str, default: float, least: float, most: float) -> float:
        """A duration in the service's only form, such as `1.5s`."""
        if not self.has(name):
            self._asked.append(name)
            return default
        found = self.value(name)
        match = _DURATION.match(found) if isinstance(found, str) else None
        if match is None:
            hint = "Minutes and hours are refused: 60s."
            self.problem(name, f"{name} must be in seconds, such as 1.5s", hint)
            return default
        if not least <= float(match[1]) <= most:
            self.problem(name, f"{name} must be from {least:g}s to {most:g}s")
        return float(match[1])

    def inside(self, name: str, required: bool = True) -> Fields:
        value = self.value(name, required)
        if not self.has(name):
            return Fields(self.reading, self.at(name), {}, name, broken=True)
        return self.reading.fields(self.at(name), value, name)

    def items(self, name: str, required: bool = False) -> list[tuple[Path, Json]]:
        value = self.value(name, required)
        if isinstance(value, list):
            return [((*self.at(name), n), item) for n, item in enumerate(value)]
        if self.has(name):
            self.problem(name, f"{name} must be a list")
        return []

    def template(self, name: str, required: bool = False) -> Template | None:
        """A text with `\\( )`, for a field that holds text."""
        found = self.text(name, required)
        return compiled(self.reading, self.at(name), found) if self.has(name) else None

    def value_template(self, name: str, required: bool = False, counter: bool = False) -> Template | None:
        """As `template`, for a field that may yield any JSON."""
        value = self.value(name, required)
        if not self.has(name):
            return None
        if not isinstance(value, str):
            self.problem(name, f"{name} must be a text", "Write it as a template: '\\({...})'.")
            return None
        return compiled(self.reading, self.at(name), value, template.read_value, counter)

    def condition(self, name: str, required: bool = False, counter: bool = False) -> Template:
        found = self.text(name, required)
        if found.strip() == "":
            if isinstance(self.values.get(name), str):
                self.problem(name, f"{name} is empty")
            return NOTHING
        made = compiled(self.reading, self.at(name), found, template.read_condition, counter)
        if made.whole is None and made.pieces:
            summary, hint = f"{name} mixes a template with text", "Write bare jq, without \\( )."
            self.warning("yawl_condition_text", name, summary, hint)
        return made

    def templates(self, name: str) -> dict[str, Template]:
        """A mapping of texts whose values, not keys, are templates."""
        if not self.has(name):
            self._asked.append(name)
            return {}
        inner = self.inside(name)
        found = {key: inner.template(key) for key in inner.values}
        return {key: made for key, made in found.items() if made is not None}


def compiled(
    reading: Reading,
    path: Path,
    text: str,
    read: Callable[[str], Template] = template.read,
    counter: bool = False,
) -> Template:
    """The template of a text; one that cannot be cut, or whose jq does not compile, is a problem."""
    try:
        made = read(text)
    except BadTemplate as error:
        reading.problem("yawl_template", f"The template cannot be read: {error}", path)
        return NOTHING
    for item in made.expressions:
        if problem := jqcheck.fault(item.text, counter):
            reading.problem("yawl_jq", f"jq cannot compile this: {problem}", path, detail=item.text)
    return made


def _quote_hint(value: Json) -> str:
    return "" if isinstance(value, (dict, list)) else "Quote it."
