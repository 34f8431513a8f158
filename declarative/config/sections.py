"""What stands beside the entries: providers, workflows, groups, safety and backend, with their values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from declarative.config import parts, providers
from declarative.config.environments import Chosen
from declarative.config.merge import Joined, Placed
from declarative.config.parts import Part
from declarative.config.providers import BUILT_IN, Providers
from declarative.config.scope import Scope
from declarative.config.settling import section_values
from declarative.config.suggest import nearest
from declarative.config.workflows import Named
from declarative.diagnostics import Diagnostic
from declarative.model.desired import BackendSettings, SafetyLimits
from declarative.model.json import Json

COUNT, PERCENT = 5, 30


@dataclass(frozen=True, slots=True)
class Sections:
    """Compiled, by section and name. `backend` has its kind for a name."""

    parts: Mapping[str, Mapping[str, Part]]
    backend: Placed | None


@dataclass(frozen=True, slots=True)
class Settled:
    providers: Providers
    workflows: Mapping[str, Named]
    groups: Mapping[str, int]
    safety: SafetyLimits
    backend: BackendSettings


def compiled(joined: Joined, chosen: Chosen) -> tuple[Sections, list[Diagnostic]]:
    declared: dict[str, Mapping[str, Placed]] = {
        "providers": chosen.providers,
        "workflows": chosen.workflows,
        "groups": joined.maps["groups"],
        "safety": joined.maps["safety"],
        "backend": {} if chosen.backend is None else chosen.backend.members(),
    }
    problems = list(_unknown_providers(joined, chosen.workflows))
    found: dict[str, dict[str, Part]] = {}
    for section, names in declared.items():
        found[section] = {}
        for name, placed in names.items():
            found[section][name], wrong = parts.compiled(section, placed, parts.STATIC)
            problems += wrong
    return Sections(found, chosen.backend), problems


def settled(sections: Sections, scope: Scope, folders: Mapping[str, str]) -> tuple[Settled, list[Diagnostic]]:
    """`folders`: by file, its folder; a path among `workflows` is relative to its own file."""
    values: dict[str, dict[str, Json]] = {}
    problems: list[Diagnostic] = []
    for section, names in sections.parts.items():
        values[section], wrong = section_values(section, names, scope)
        problems += wrong
    if problems:
        return Settled(Providers({}), {}, {}, SafetyLimits(), BackendSettings()), problems
    placed = {name: part.placed for name, part in sections.parts["providers"].items()}
    configured = {
        name: providers.settings(name, placed[name], value) for name, value in values["providers"].items()
    }
    workflows = {
        name: Named(part.placed, values["workflows"][name], folders[part.placed.document.file])
        for name, part in sections.parts["workflows"].items()
    }
    groups = {name: _limit(value) for name, value in values["groups"].items()}
    backend = _backend(sections.backend, values["backend"])
    return Settled(Providers(configured), workflows, groups, _safety(values["safety"]), backend), []


def backend(sections: Sections, scope: Scope) -> tuple[BackendSettings, list[Diagnostic]]:
    """Where state is kept, whatever the other sections come to."""
    values, problems = section_values("backend", sections.parts["backend"], scope)
    return BackendSettings() if problems else _backend(sections.backend, values), problems


def _limit(value: Json) -> int:
    found = value.get("max_active") if isinstance(value, dict) else None
    return found if isinstance(found, int) else 0


def _safety(values: Mapping[str, Json]) -> SafetyLimits:
    stops, stops_share = _both(values.get("max_stops", {}))
    reruns, reruns_share = _both(values.get("max_reruns", {}))
    return SafetyLimits(stops, stops_share, reruns, reruns_share)


def _both(value: Json) -> tuple[int, float]:
    """A number alone is meant as it stands, whatever share it is."""
    if isinstance(value, int):
        return value, 0.0
    written = value if isinstance(value, dict) else {}
    count, percent = written.get("count", COUNT), written.get("percent", PERCENT)
    assert isinstance(count, int) and isinstance(percent, int)
    return count, percent / 100


def _backend(placed: Placed | None, values: Mapping[str, Json]) -> BackendSettings:
    for kind, value in values.items():
        span = placed.span(kind, key=True) if placed else None
        return BackendSettings(kind, value if isinstance(value, dict) else {}, span)
    return BackendSettings()


def _unknown_providers(joined: Joined, workflows: Mapping[str, Placed]) -> Iterator[Diagnostic]:
    """A name of `workflows` may give ids for the providers of other environments too."""
    known = _known_providers(joined)
    for placed in workflows.values():
        for name in placed.value if isinstance(placed.value, dict) else ():
            if name not in known:
                summary, hint = f'There is no provider "{name}"', nearest(name, known)
                yield Diagnostic("unknown_provider", summary, hint=hint, span=placed.span(name, key=True))


def _known_providers(joined: Joined) -> Collection[str]:
    known = dict.fromkeys(BUILT_IN)
    declared = [joined.maps["providers"]]
    declared += [environment.members("providers") for environment in joined.maps["environments"].values()]
    for names in declared:
        for name, placed in names.items():
            known[name] = None
            kind = placed.value.get("type") if isinstance(placed.value, dict) else None
            if isinstance(kind, str):
                known[kind] = None
    return known
