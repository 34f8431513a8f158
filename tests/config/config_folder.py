"""A folder with files, loaded as a command would load it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from declarative.config.load import Loaded, load
from declarative.diagnostics import Diagnostic
from declarative.model.desired import Desired

NOON = 1_795_608_000.0
"""2026-11-25T12:00:00Z"""


class Folder:
    """The current directory of one test. It always has the workflow flow.yaml."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("flow.yaml", "")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    def load(
        self,
        main: str | None = None,
        *,
        directory: str = ".",
        env: str | None = None,
        variables: Mapping[str, str] | None = None,
        var_files: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> Loaded:
        """`main` becomes declarative.yaml, below `version: 1`."""
        if main is not None:
            self.write("declarative.yaml", "version: 1\n" + dedent(main))
        return load(directory, env, variables or {}, var_files, environ or {}, NOON)

    def desired(self, main: str, **options: object) -> Desired:
        found = self.load(main, **options)  # type: ignore[arg-type]
        assert found.desired is not None, found.diagnostics
        return found.desired


Brief = Callable[[Loaded], list[tuple[str, str]]]


def only(found: Loaded) -> Diagnostic:
    assert len(found.diagnostics) == 1, found.diagnostics
    return found.diagnostics[0]
