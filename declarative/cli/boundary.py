"""The edge: values and exceptions become words and exit codes. A user never sees a traceback.

A bug of ours is written to a file, with a way to report it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click

from declarative import __version__
from declarative.cli import exits
from declarative.cli.commands import split_at_command
from declarative.cli.discretion import Discretion
from declarative.cli.signals import Interruption
from declarative.cli.terraform import NotHere
from declarative.diagnostics import Diagnostic, Refused

_STREAMS = ("apply", "destroy", "wait")
_NOTHING: Mapping[str, str] = {}
REPORT_ADDRESS = "the project's issue tracker"


def guarded(cli: click.Group, arguments: list[str]) -> int:
    interruption = Interruption()
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    edge = Edge.of(cli, arguments, interruption)
    try:
        code = cli.main(arguments, prog_name="declarative", standalone_mode=False, obj=interruption)
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        sys.stderr.write(f"{help_wanted.format_message()}\n")
        return exits.ERROR
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _usage(error, edge)
    except (click.Abort, KeyboardInterrupt):
        return exits.SIGINT
    except Refused as refused:
        sources: Mapping[str, str] = getattr(refused, "sources", {})
        edge.show(refused.diagnostics, sources)
        return refused.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return exits.ERROR
    except OSError as error:
        edge.show([_refused_by_the_system(error)])
        return exits.ERROR
    except Exception as error:
        return _of_the_state(error, edge)


@dataclass(frozen=True, slots=True)
class Edge:
    """How a command's end is told: with `json` on stdout, as lines where the command answers in lines, else
    as a document; to people on stderr."""

    json: bool
    streams: bool
    colour: bool
    interruption: Interruption

    @classmethod
    def of(cls, cli: click.Group, arguments: list[str], interruption: Interruption) -> Edge:
        """Read from the bare words: the parser may be what complains."""
        words = {*arguments}
        plain = bool(words & {"--no-color", "-no-color"}) or bool(os.environ.get("NO_COLOR"))
        json = bool(words & {"--json", "-json"})
        return cls(json, _is_stream(cli, arguments), sys.stderr.isatty() and not plain, interruption)

    @property
    def discretion(self) -> Discretion:
        return self.interruption.discretion

    def show(self, problems: Iterable[Diagnostic], sources: Mapping[str, str] = _NOTHING) -> None:
        from declarative.render.diagnostics import render_diagnostics, validation_document
        from declarative.render.dump import dump
        from declarative.render.redaction import redact_document
        from declarative.render.style import Style

        chosen = list(problems)
        if self.json and self.streams:
            self._stream(chosen, sources)
            return
        if self.json:
            document = redact_document(validation_document(chosen, sources), self.discretion.secrets)
            sys.stdout.write(f"{dump(document)}\n")
            return
        sys.stderr.write(self.discretion.hide(render_diagnostics(chosen, sources, Style(self.colour))))

    def _stream(self, problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        from declarative.render.dump import dump
        from declarative.render.stream import diagnostic_event, redacted, version_event

        now = self.interruption.clock.now()
        lines = [] if self.interruption.streaming else [version_event(__version__, now)]
        lines += [diagnostic_event(problem, sources, now) for problem in problems]
        for line in lines:
            sys.stdout.write(f"{dump(redacted(line, self.discretion.secrets))}\n")


def _is_stream(cli: click.Group, arguments: list[str]) -> bool:
    """Whether the command is one that answers in lines."""
    _, rest = split_at_command(arguments, cli.params)
    return rest[:1] != [] and rest[0] in _STREAMS


def _of_the_state(error: Exception, edge: Edge) -> int:
    """Told apart here, because what knows these words is too much for `version` to wait for."""
    from declarative.protocols import BackendError, Locked, LockLost

    if not isinstance(error, BackendError):
        return _bug(edge)
    edge.show([error.problem])
    return exits.LOCKED if isinstance(error, (Locked, LockLost)) else exits.ERROR


def _refused_by_the_system(error: OSError) -> Diagnostic:
    """A full disk, a folder that may not be written to or is gone: said, not reported as a bug."""
    where = f": {error.filename}" if error.filename else ""
    summary = f"{error.strerror or error}{where}"
    return Diagnostic("system", summary, hint="Check the disk, the folder and its permissions.")


def _usage(error: click.ClickException, edge: Edge) -> int:
    """Usage errors are 1: click's own 2 would read as "there are changes"."""
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "declarative"
    hint = error.hint if isinstance(error, NotHere) else f"`{where} --help` shows what it takes."
    edge.show([Diagnostic("usage", error.format_message(), hint=hint)])
    return exits.ERROR


def _bug(edge: Edge) -> int:
    import tempfile
    import traceback

    text = f"declarative {__version__}, Python {sys.version}\n{traceback.format_exc()}"
    handle, path = tempfile.mkstemp(prefix="declarative-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(edge.discretion.hide(text))
    summary = "This is a bug in declarative"
    hint = f"What happened is in {path}. Please report it at {REPORT_ADDRESS}, with that file."
    edge.show([Diagnostic("bug", summary, "State is safe: starts under way are found again.", hint)])
    return exits.BUG


def _silence_stdout() -> None:
    """The reader of a pipe went away; the interpreter must not complain while it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
