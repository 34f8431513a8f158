"""The input of each instance: a constant where it depends on nothing that runs, else its expressions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from declarative.config.entries import Entry
from declarative.config.expansion import PROBLEMS_MAX
from declarative.config.expressions import ExpressionInput
from declarative.config.parts import Part
from declarative.config.references import reads, uses
from declarative.config.scope import Each, Scope
from declarative.config.settling import addressed
from declarative.config.template import Template
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.desired import Constant, Evaluated, InputSource, Pending
from declarative.model.json import Json


class NothingYet:
    """An Upstream before anything ran: what is wrong with an expression all the same is wrong for good."""

    def result(self, address: Address) -> Json:
        raise Pending(address)

    def input(self, address: Address) -> Json:
        raise Pending(address)

    def id(self, address: Address) -> str:
        raise Pending(address)

    def status(self, address: Address) -> str:
        raise Pending(address)


@dataclass(slots=True)
class Inputs:
    """`scope` knows every entry's keys. Entries that read one of `failed` are not looked into."""

    scope: Scope
    failed: Collection[str]
    problems: list[Diagnostic] = field(default_factory=list)

    def of(self, entry: Entry, eaches: Sequence[Each | None]) -> tuple[list[InputSource], tuple[str, ...]]:
        """The input of each instance, and the entries whose values they read."""
        part = entry.part("input")
        if part is None or part.template is None:
            constant = Constant(entry.constants.get("input", {}) if part is None else part.value)
            return [constant] * len(eaches), ()
        if not part.reads("executions"):
            return self._constants(entry, part.template, eaches, part.reads("each")), ()
        if self.reads_failed(part):
            return [], ()
        return self._sources(entry, part, part.template, eaches)

    def reads_failed(self, part: Part) -> bool:
        """Whether what this says depends on an entry that is wrong itself."""
        names = {use.name[1] for use in uses(part) if use.name[0] == "executions"}
        return not names.isdisjoint(self.failed) or bool("*" in names and self.failed)

    def _constants(
        self, entry: Entry, template: Template, eaches: Sequence[Each | None], by_instance: bool
    ) -> list[InputSource]:
        found: list[InputSource] = []
        start = len(self.problems)
        for each in eaches if by_instance else eaches[:1]:
            evaluated = template.evaluate(replace(self.scope, each=each, executions=None))
            found.append(Constant(evaluated.value, evaluated.sensitive))
            self._note(entry, each, evaluated)
            if len(self.problems) - start >= PROBLEMS_MAX:
                break
        return found if by_instance else found * len(eaches)

    def _sources(
        self, entry: Entry, part: Part, template: Template, eaches: Sequence[Each | None]
    ) -> tuple[list[InputSource], tuple[str, ...]]:
        found: list[InputSource] = []
        named = set(reads(part))
        is_computed = any(use.name[:2] == ("executions", "*") for use in uses(part))
        start = len(self.problems)
        for each in eaches:
            source = ExpressionInput(template, replace(self.scope, each=each))
            evaluated = source.evaluate(NothingYet())
            found.append(source)
            self._note(entry, each, evaluated)
            if len(self.problems) - start >= PROBLEMS_MAX:
                break
            if is_computed:
                named |= {address.name for address in evaluated.touched}
        return found, tuple(sorted(named))

    def _note(self, entry: Entry, each: Each | None, evaluated: Evaluated) -> None:
        if evaluated.problem is not None:
            address = str(Address(entry.name, each.key if each else None))
            self.problems += addressed([evaluated.problem], address)
