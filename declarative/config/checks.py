"""Questions that the loader asks about templates before anything is evaluated."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from declarative.config.template import Reference, Template
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic
from declarative.model.desired import Evaluated


def not_allowed(template: Template, allowed: Collection[str], why: str = "") -> list[Diagnostic]:
    """An error for each expression that reads a name outside `allowed` (`var`, `each`, ...)."""
    return [
        Diagnostic(
            "expression_name",
            f'"{name}" cannot be used here',
            why,
            f"Here only {', '.join(sorted(allowed))} are known.",
            span=template.expression_span(leaf, expression),
        )
        for leaf, expression in template.expressions
        for name in sorted({reference[0] for reference in expression.names} - set(allowed))
    ]


def sensitive_not_allowed(template: Template, evaluated: Evaluated, where: str) -> list[Diagnostic]:
    """An error for each leaf that came out sensitive where nothing sensitive may stand, such as `labels`."""
    return [
        Diagnostic(
            "sensitive_not_allowed",
            f"A sensitive value cannot stand in {where}",
            hint="It would be shown in plans, addresses or state.",
            span=template.span(path),
        )
        for path in sorted(evaluated.sensitive, key=str)
    ]


def sensitive_attributes(
    inputs: Mapping[str, Template | None], variables: Variables, marked: Collection[str] = ()
) -> dict[str, frozenset[str]]:
    """Entry -> the attributes that may hold something sensitive, as `Entries.sensitive` takes it.

    `inputs` are the entries' input templates, `marked` names the entries with `sensitive: true`. An input
    is sensitive that reads a sensitive variable, directly or through another entry.
    """
    found = {name: frozenset({"input", "result"}) for name in marked}
    while True:
        reading = [name for name, tree in inputs.items() if tree and _shows(tree, variables, found)]
        more = [name for name in reading if name not in found]
        if not more:
            return found
        found.update((name, frozenset({"input"})) for name in more)


def _shows(tree: Template, variables: Variables, entries: Mapping[str, Collection[str]]) -> bool:
    return any(_may_show(name, variables, entries) for name in tree.names)


def _may_show(name: Reference, variables: Variables, entries: Mapping[str, Collection[str]]) -> bool:
    match name:
        case ("var", "*"):
            return bool(variables.sensitive)
        case ("var", variable):
            return variable in variables.sensitive
        case ("executions", "*", attribute):
            return any(attribute in ("*", *sensitive) for sensitive in entries.values())
        case ("executions", entry, attribute):
            return entry in entries and attribute in ("*", *entries[entry])
    return False
