"""What an entry's `workflow` means to its engine: the engine's own id, a path, or a name to look up."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from declarative.config.merge import Placed
from declarative.config.opening import Unreadable, inside
from declarative.config.providers import EMBEDDED
from declarative.config.suggest import KNOWN_MAX
from declarative.config.unknown import Unknown
from declarative.diagnostics import Diagnostic, Span, did_you_mean
from declarative.model.desired import ProviderSettings, WorkflowRef
from declarative.model.json import Json, canonical

Place: TypeAlias = Callable[[], Span]
"""Where a problem would be: only asked for when there is one."""
_OWN_ID = re.compile(r".*[/.:]|[a-z0-9]{20}\Z")
"""What is surely an engine's own id or a path, and not a name with a slip in it."""


@dataclass(frozen=True, slots=True)
class Named:
    """One name of `workflows`: one id for every provider, or one for each. `folder`: of its file."""

    placed: Placed
    value: Json
    folder: str


@dataclass(slots=True)
class Workflows:
    """`root`: the configuration's folder, real. Remembers what it answered: many entries ask the same."""

    root: Path
    named: Mapping[str, Named]
    _answers: dict[tuple[str, str, str], WorkflowRef] = field(default_factory=dict)

    def reference(self, value: Json, folder: str, provider: ProviderSettings, at: Place) -> WorkflowRef:
        """`value` as the entry has it, `folder` of the entry's file. Raises Unknown."""
        text = value if isinstance(value, str) else canonical(value)
        asked = (text, folder, provider.alias)
        if asked not in self._answers:
            self._answers[asked] = self._reference(value, text, folder, provider, at)
        return self._answers[asked]

    def by_provider(self, providers: Mapping[str, ProviderSettings]) -> dict[str, dict[str, str]]:
        """By alias: every name, and every other provider's id of it, that this provider has a workflow for.

        A workflow file may run another one by the id that it has in the cloud. The embedded engine is among
        them always: `serve` puts it in the place of whatever is configured.
        """
        all_of_them = {EMBEDDED: ProviderSettings(EMBEDDED, EMBEDDED), **providers}
        return {alias: self._known_to(provider) for alias, provider in all_of_them.items()}

    def _known_to(self, provider: ProviderSettings) -> dict[str, str]:
        found: dict[str, str] = {}
        ids: dict[str, str] = {}
        for name, named in self.named.items():
            with suppress(Unknown):
                found[name] = self.reference(name, "", provider, named.placed.span).reference
                for other in _other_ids(named.value, provider):
                    ids.setdefault(other, found[name])
        return {**ids, **found}

    def _reference(
        self, value: Json, text: str, folder: str, provider: ProviderSettings, at: Place
    ) -> WorkflowRef:
        if not isinstance(value, str):
            return WorkflowRef(text, self._own_id(value, folder, provider, at))
        if value not in self.named:
            self._refuse_slip(value, provider, at)
            return WorkflowRef(text, self._own_id(value, folder, provider, at))
        named = self.named[value]
        found, inner = _mapped(named.value, provider)
        if found is None:
            summary = f'The workflow "{value}" has no id for the provider {provider.alias}'
            hint = f"Add it to workflows.{value}: {{{provider.alias}: ...}}."
            raise Unknown(Diagnostic("workflow_unmapped", summary, hint=hint, span=at()))
        return WorkflowRef(
            text, self._own_id(found, named.folder, provider, partial(named.placed.span, *inner))
        )

    def _own_id(self, value: Json, folder: str, provider: ProviderSettings, at: Place) -> str:
        if provider.type != EMBEDDED:
            return value if isinstance(value, str) else canonical(value)
        if not isinstance(value, str):
            summary = "The embedded engine takes a workflow by the path of its file"
            raise Unknown(Diagnostic("workflow_form", summary, span=at()))
        return self._path(value, folder, at)

    def _path(self, value: str, folder: str, at: Place) -> str:
        """The path from the configuration's folder."""
        path = self.root / folder / value
        try:
            is_there = value.isprintable() and inside(self.root, path).is_file()
        except Unreadable as error:
            hint = "Workflows stay in the folder, like all that a configuration reads."
            raise Unknown(
                Diagnostic("workflow_file", f"The workflow {value} {error}", hint=hint, span=at())
            ) from None
        if not is_there:
            raise Unknown(self._not_there(value, path, at()))
        written = os.path.normpath(path)
        return os.path.relpath(
            written if written.startswith(f"{self.root}{os.sep}") else path.resolve(), self.root
        )

    def _not_there(self, value: str, path: Path, span: Span) -> Diagnostic:
        names = list(self.named)
        if value.isprintable() and path.parent.is_dir():
            folder = Path(value).parent
            names += [str(folder / entry.name) for entry in path.parent.iterdir() if entry.suffix == ".yaml"]
        near = did_you_mean(value, names) if len(names) <= KNOWN_MAX else ""
        hint = near or f"It is a name of workflows, or the path of a file; {self._looked_at(path)} is none."
        return Diagnostic("unknown_workflow", f"There is no workflow {value}", hint=hint, span=span)

    def _looked_at(self, path: Path) -> str:
        """Paths start from the file that says them, which is not always the configuration's folder."""
        return os.path.relpath(os.path.normpath(path), self.root)

    def _refuse_slip(self, value: str, provider: ProviderSettings, at: Place) -> None:
        """A name that is nearly one of ours is not taken for the engine's own id."""
        if provider.type == EMBEDDED or _OWN_ID.match(value) or len(self.named) > KNOWN_MAX:
            return
        if near := did_you_mean(value, self.named):
            hint = f"{near} If it is the engine's own id, give it a name under workflows."
            summary = f'There is no workflow "{value}"'
            raise Unknown(Diagnostic("unknown_workflow", summary, hint=hint, span=at()))


def _other_ids(value: Json, provider: ProviderSettings) -> Iterator[str]:
    """The ids that a name has with other providers."""
    own = _mapped(value, provider)[1]
    for key, item in value.items() if isinstance(value, dict) else ():
        if key not in own and isinstance(item, str):
            yield item


def _mapped(value: Json, provider: ProviderSettings) -> tuple[Json, tuple[str, ...]]:
    """The id for a provider, by its alias before its type, and the keys that lead to it."""
    if not isinstance(value, dict):
        return value, ()
    for key in (provider.alias, provider.type):
        if key in value:
            return value[key], (key,)
    return None, ()
