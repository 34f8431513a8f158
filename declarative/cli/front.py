"""What every command shares: the setting it works in, and how it speaks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from declarative.cli.signals import Interruption

if TYPE_CHECKING:
    from declarative.app.setting import Setting
    from declarative.diagnostics import Diagnostic
    from declarative.model.json import Json


@dataclass(frozen=True, slots=True)
class Front:
    """The common options, and where to write. Data goes to stdout, everything else to stderr."""

    directory: str
    environment: str | None
    json: bool
    colour: bool
    verbose: int
    interruption: Interruption

    @property
    def width(self) -> int:
        import shutil

        return shutil.get_terminal_size((100, 24)).columns

    def setting(
        self,
        variables: Mapping[str, str] | None = None,
        var_files: Iterable[str] = (),
        backend_config: Mapping[str, str] | None = None,
    ) -> Setting:
        from declarative.app.setting import Setting

        return Setting(
            directory=self.directory,
            clock=self.interruption.clock,
            environ=os.environ,
            environment=self.environment,
            variables=variables or {},
            var_files=tuple(var_files),
            backend_config=backend_config or {},
            caller=_caller(),
            interrupted=self.interruption.requested,
            learn=self.interruption.discretion.learn,
            warn=self.warn,
        )

    def say(self, text: str) -> None:
        """Data, for stdout."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()

    def announce(self, text: str) -> None:
        """That something happens, on stderr, for who waits or reads a log. A machine is told results only."""
        if not self.json:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Anything that is not data, for stderr."""
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        sys.stderr.flush()

    def document(self, document: Mapping[str, Json]) -> None:
        from declarative.render.dump import dump

        self.say(dump(document))

    def problems(self, problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        """To people as boxes on stderr, to machines as one document on stdout."""
        from declarative.render.diagnostics import validation_document
        from declarative.render.redaction import redact_document

        chosen, secrets = list(problems), self.interruption.discretion.secrets
        if self.json:
            self.document(redact_document(validation_document(chosen, sources), secrets))
        else:
            self._boxes(chosen, sources)

    def warn(self, problem: Diagnostic) -> None:
        """On stderr also for machines: stdout has the one document that tells what was done."""
        self._boxes([problem], {})

    def _boxes(self, problems: list[Diagnostic], sources: Mapping[str, str]) -> None:
        from declarative.render.diagnostics import render_diagnostics
        from declarative.render.style import Style

        style = Style(self.colour and sys.stderr.isatty())
        shown = render_diagnostics(problems, sources, style, self.width)
        self.tell(self.interruption.discretion.hide(shown))


def front(ctx: click.Context) -> Front:
    common: dict[str, Any] = ctx.find_root().meta.setdefault("common", {})
    interruption: Interruption = ctx.find_root().obj
    no_colour = common.get("no_color") or bool(os.environ.get("NO_COLOR"))
    return Front(
        directory=common.get("directory") or ".",
        environment=common.get("environment") or os.environ.get("DECLARATIVE_ENV") or None,
        json=bool(common.get("json")),
        colour=not no_colour and sys.stdout.isatty(),
        verbose=int(common.get("verbose") or 0),
        interruption=interruption,
    )


def _caller() -> str:
    import getpass
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
