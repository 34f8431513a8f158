"""`import --all`: writes entries that adopt what runs already and nobody declared. Binds nothing itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from declarative.app.choice import PlanChoice
from declarative.app.drifting import bound_ids, workflow_names
from declarative.app.opening import opened_engines, opened_store, read_configuration
from declarative.app.planning import state_of
from declarative.app.readonly import readers_of
from declarative.app.setting import Setting
from declarative.app.view import look_with
from declarative.diagnostics import Diagnostic, Refused
from declarative.model.execution import Execution
from declarative.model.json import NotJson, canonical, parse
from declarative.observing.observe import ObserveRequest
from declarative.observing.unmanaged import unmanaged

_HEAD = """# Executions that ran already and were not declared. Review, rename, then `declarative apply`:
# it binds each of them, and starts nothing.
executions:
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One active execution that nobody declared. `workflow` as the files name it."""

    workflow: str
    execution: Execution


def unmanaged_now(setting: Setting, new_state: bool = False) -> tuple[Found, ...]:
    """Of the declared workflows, with their inputs. `new_state`: none is there yet. Raises Refused."""
    configuration = read_configuration(setting)
    desired = configuration.desired
    with opened_store(setting, configuration) as store:
        state = state_of(store, desired, PlanChoice(new_state=new_state))
    with opened_engines(setting, desired, state, may_write=False) as engines:
        by_alias, by_identity = readers_of(engines)
        view = look_with(desired, state, by_alias, by_identity, ObserveRequest(now=setting.clock.now()))
        names = workflow_names(desired, view.observed)
        listed = unmanaged(names, by_identity, bound_ids(state))
    if listed.failed:
        raise Refused(listed.failed.values())
    return tuple(Found(names[key], row) for key, rows in listed.found.items() for row in rows)


def entries(found: tuple[Found, ...]) -> str:
    """The text of a file that declares them. JSON is YAML, so inputs are written as they are."""
    lines = [_HEAD]
    for number, one in enumerate(found, start=1):
        lines.append(f"  imported-{number}:\n    workflow: {json.dumps(one.workflow)}\n")
        lines.append(f"    adopt: {json.dumps(one.execution.id)}\n    input: {_input(one.execution)}\n")
    return "".join(lines)


def write_entries(found: tuple[Found, ...], file: str) -> None:
    """Never over a file that is there. Raises Refused."""
    try:
        with Path(file).open("x", encoding="utf-8") as handle:
            handle.write(entries(found))
    except FileExistsError:
        hint = "Name one that does not; nothing was written."
        raise Refused([Diagnostic("file_exists", f"{file} exists already", hint=hint)]) from None
    except OSError as error:
        raise Refused(
            [Diagnostic("file_unwritable", f"{file} cannot be written: {error.strerror}")]
        ) from None


def _input(execution: Execution) -> str:
    try:
        return canonical(parse(execution.input_json or "{}")).replace("${", "$${")
    except NotJson:
        return "{}"
