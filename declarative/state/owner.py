"""Whose state it is: two configurations on one address would stop each other's executions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from declarative.diagnostics import Diagnostic, Refused
from declarative.model.state import State


@dataclass(frozen=True, slots=True)
class Owner:
    """A configuration's name and environment; either may be empty."""

    name: str = ""
    environment: str = ""

    def check(self, state: State, place: str) -> None:
        """Raises Refused for the state of another configuration. A state without a name may still get one."""
        recorded, ours = (state.name, state.environment), (self.name, self.environment)
        if all(theirs in ("", own) for theirs, own in zip(recorded, ours, strict=True)):
            return
        detail = f"It belongs to {_words(*recorded)}; this configuration is {_words(*ours)}."
        hint = "Give each configuration and each environment an address of its own, or restore the old name."
        summary = f"The state belongs to another configuration: {place}"
        raise Refused([Diagnostic("state_foreign", summary, detail, hint)])

    def sign(self, state: State) -> State:
        return replace(state, name=self.name, environment=self.environment)


def _words(name: str, environment: str) -> str:
    named = f'"{name}"' if name else "one without a name"
    return f'{named}, environment "{environment}"' if environment else named
