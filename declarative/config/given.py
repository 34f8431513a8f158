"""What the files, the command line and the environment say about variables, handed to their room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from declarative.config import variables
from declarative.config.merge import Placed
from declarative.config.variables import Declared, Given, Variables
from declarative.diagnostics import Diagnostic


def resolved(
    declared: Mapping[str, Placed],
    from_environment: Mapping[str, Placed],
    from_var: Mapping[str, str],
    var_files: Sequence[str],
    environ: Mapping[str, str],
) -> tuple[Variables, list[Diagnostic]]:
    """Of two variable files the later one wins."""
    values: dict[str, Given] = {}
    problems: list[Diagnostic] = []
    for path in var_files:
        read, found = variables.read_var_file(Path(path))
        values |= read
        problems += found
    declarations = {name: declaration(placed) for name, placed in declared.items()}
    given = {name: Given(placed.value, placed.span()) for name, placed in from_environment.items()}
    result, found = variables.resolve(declarations, from_var, values, given, environ)
    return result, problems + found


def declaration(placed: Placed) -> Declared:
    """Where its shape was checked, every key has the type that it should have."""
    written = placed.value if isinstance(placed.value, dict) else {}
    options: dict[str, object] = {key: written[key] for key in ("type", "env", "sensitive") if key in written}
    if "default" in written:
        options["default"] = Given(written["default"], placed.span("default"))
    if isinstance(allowed := written.get("one_of"), list):
        options["one_of"] = tuple(allowed)
    return Declared(**options, span=placed.span(key=True))  # type: ignore[arg-type]
