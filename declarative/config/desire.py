"""What is declared -> Desired: everything evaluated that does not depend on what runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from declarative.config import claims, outputs, sections
from declarative.config.declared import Declared, noted
from declarative.config.expansion import Expansion
from declarative.config.expressions import sensitive_attributes
from declarative.config.files import Files
from declarative.config.folder import Folder
from declarative.config.inputs import Inputs
from declarative.config.instances import Instances
from declarative.config.references import result_paths, uses
from declarative.config.scope import Entries, Executions, Scope
from declarative.config.sections import Settled
from declarative.config.workflows import Workflows
from declarative.diagnostics import Diagnostic, Severity, errors_in
from declarative.model.address import Address
from declarative.model.desired import Desired, InputPath, Instance, OutputSource, Run


@dataclass(slots=True)
class Desiring:
    """One run over what is declared. What comes out is of use only where `problems` has no error."""

    files: Files
    declared: Declared
    expansion: Expansion
    problems: list[Diagnostic] = field(default_factory=list)

    def desired(self) -> Desired:
        scope = self.expansion.scope
        settled = noted(self.problems, sections.settled(self.declared.sections, scope, self.files.folders))
        is_settled = not errors_in(self.problems)
        self.expansion.all(self.declared.entries)
        self.problems += self.expansion.problems
        inputs = Inputs(replace(scope, executions=Executions(self._known())), self.expansion.failed)
        instances = self._instances(settled, inputs) if is_settled else {}
        made = noted(self.problems, outputs.sources(self.declared.outputs, inputs))
        self.problems += claims.problems(instances, self.declared.entries)
        self.problems += self._results_of_always(instances)
        self.problems += self._stored_in_clear()
        self.problems += self._name_missing(settled)
        return self._as_desired(settled, instances, made)

    def _known(self) -> Entries:
        inputs = {name: entry.part("input") for name, entry in self.declared.entries.items() if entry.parts}
        templates = {name: part.template if part else None for name, part in inputs.items()}
        marked = [
            name
            for name, expanded in self.expansion.found.items()
            if any(values.get("sensitive") is True for _, values in expanded.instances)
        ]
        sensitive = sensitive_attributes(templates, self.expansion.scope.variables, marked)
        return Entries(self.expansion.keys, self.expansion.disabled, sensitive)

    def _instances(self, settled: Settled, inputs: Inputs) -> dict[Address, Instance]:
        making = Instances(
            settled.providers,
            self._workflows(settled),
            inputs,
            self.declared.common,
            settled.groups,
            self.files.folders,
            self.declared.depends_on,
        )
        found = {
            instance.address: instance
            for expanded in self.expansion.found.values()
            for instance in making.of(expanded)
        }
        self.problems += making.problems + inputs.problems
        return found

    def _workflows(self, settled: Settled) -> Workflows:
        return Workflows(self.files.root, settled.workflows)

    def _results_of_always(self, instances: Mapping[Address, Instance]) -> Iterator[Diagnostic]:
        """What never ends by itself has no result that anything could wait for."""
        always = {address.name for address, made in instances.items() if made.policies.run is Run.ALWAYS}
        if not always:
            return
        inputs = ((name, entry.part("input")) for name, entry in self.declared.entries.items())
        for address, part in [*inputs, *((None, part) for part in self.declared.outputs.values())]:
            for use in uses(part):
                if use.name[0] == "executions" and use.name[1] in always and use.name[2] == "result":
                    summary = f"{use.name[1]} runs always, so that it has no result"
                    hint = "Wait for it with depends_on; its .id and .input can be read."
                    yield Diagnostic("always_result", summary, hint=hint, address=address, span=use.span())

    def _stored_in_clear(self) -> Iterator[Diagnostic]:
        """Said once, at the first input: masking ends where the engine begins."""
        sensitive = self.expansion.scope.variables.sensitive
        for name, entry in self.declared.entries.items() if sensitive else ():
            for use in uses(entry.part("input")):
                if use.name[0] == "var" and use.name[1] in sensitive:
                    summary = "The engine keeps inputs in clear, sensitive values too"
                    detail = "Whoever may read executions there can read them."
                    yield Diagnostic(
                        "stored_in_clear",
                        summary,
                        detail,
                        severity=Severity.WARNING,
                        address=name,
                        span=use.span(),
                    )
                    return

    def _name_missing(self, settled: Settled) -> Iterator[Diagnostic]:
        if settled.backend.type != "local" and "name" not in self.declared.joined.once:
            summary = f"A configuration with the backend {settled.backend.type} needs a name"
            hint = "Its state records the name, so that no other configuration takes it for its own."
            yield Diagnostic("missing_key", summary, hint=hint, span=settled.backend.span)

    def _paths_by_reader(self) -> dict[str, dict[str, frozenset[InputPath]]]:
        readers = {name: entry.part("input") for name, entry in self.declared.entries.items() if entry.parts}
        readers |= {f"outputs.{name}": part for name, part in self.declared.outputs.items()}
        return {
            reader: paths
            for reader, part in readers.items()
            if (paths := result_paths(part, self.declared.entries))
        }

    def _as_desired(
        self,
        settled: Settled,
        instances: Mapping[Address, Instance],
        made: Mapping[str, OutputSource],
    ) -> Desired:
        name = self.declared.joined.once.get("name")
        by_reader = self._paths_by_reader()
        return Desired(
            root=str(self.files.root),
            name=str(name.value) if name else "",
            environment=self.declared.chosen.name,
            instances=instances,
            providers=settled.providers.all,
            backend=settled.backend,
            groups=settled.groups,
            safety=settled.safety,
            outputs=made,
            result_paths=_joined(by_reader.values()),
            paths_by_reader=by_reader,
            secrets=self.declared.variables.secrets,
            entry_names=tuple(self.declared.entries),
            workflows=self._workflows(settled).by_provider(settled.providers.all),
        )


def _joined(found: Iterable[Mapping[str, frozenset[InputPath]]]) -> dict[str, frozenset[InputPath]]:
    joined: dict[str, frozenset[InputPath]] = {}
    for paths in found:
        for name, read in paths.items():
            joined[name] = joined.get(name, frozenset()) | read
    return joined


def desired(
    files: Files, declared: Declared, wrong: Collection[str], now: float
) -> tuple[Desired, list[Diagnostic]]:
    """`wrong`: entries with an error already; they are left out, and what reads them is not judged.

    `now`: epoch seconds, for `today` and `yesterday`.
    """
    scope = Scope(declared.variables, declared.chosen.name, Folder(files.root))
    desiring = Desiring(files, declared, Expansion(scope, now, set(wrong)))
    return desiring.desired(), desiring.problems
