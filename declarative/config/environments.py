"""Which environment is meant, and what it changes: `backend` is replaced, the rest merged key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from declarative.config.merge import Joined, Placed
from declarative.diagnostics import Diagnostic, did_you_mean

VARIABLE = "DECLARATIVE_ENV"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The configuration as one environment sees it. `name` is empty where none are declared.

    `owns_backend`: the environment has a backend of its own, so that its address is meant as it is written.
    """

    name: str
    backend: Placed | None
    owns_backend: bool
    providers: Mapping[str, Placed]
    workflows: Mapping[str, Placed]
    defaults: Mapping[str, Placed]
    variables: Mapping[str, Placed] = field(default_factory=dict)
    """What the environment gives to variables."""


def choose(joined: Joined, wanted: str | None, environ: Mapping[str, str]) -> tuple[Chosen, list[Diagnostic]]:
    """`wanted` is what --env says. Without a usable environment everything is as outside of them."""
    declared = joined.maps["environments"]
    name, origin = (wanted, "--env") if wanted else (environ.get(VARIABLE, ""), VARIABLE)
    problem = _problem(declared, name, origin)
    if problem is not None or not name:
        return _overlaid(joined, "", None), [problem] if problem else []
    return _overlaid(joined, name, declared[name]), []


def _problem(declared: Mapping[str, Placed], name: str, origin: str) -> Diagnostic | None:
    if name in declared or not (name or declared):
        return None
    if not declared:
        summary = f'{origin} says "{name}", but no environments are declared'
        return Diagnostic("unknown_environment", summary, hint=f"Leave {origin} out, or declare it.")
    names = ", ".join(declared)
    if not name:
        span = next(iter(declared.values())).span(key=True)
        hint = f"Choose with --env or {VARIABLE}: {names}."
        return Diagnostic("environment_required", "Which environment is meant?", hint=hint, span=span)
    hint = did_you_mean(name, declared) or f"There are: {names}."
    return Diagnostic("unknown_environment", f'There is no environment "{name}"', hint=hint)


def _overlaid(joined: Joined, name: str, environment: Placed | None) -> Chosen:
    defaults = joined.once.get("defaults")
    own = None if environment is None else environment.inside("backend")

    def changed(section: str) -> dict[str, Placed]:
        return {} if environment is None else environment.members(section)

    return Chosen(
        name,
        own or joined.once.get("backend"),
        own is not None,
        {**joined.maps["providers"], **changed("providers")},
        {**joined.maps["workflows"], **changed("workflows")},
        {**(defaults.members() if defaults else {}), **changed("defaults")},
        changed("variables"),
    )
