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
from declarative.cli.signals import Interruption
from declarative.cli.terraform import NotHere
from declarative.diagnostics import Diagnostic, Refused

REPORT_ADDRESS = "the project's issue tracker"


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a problem is told. Read from the bare words: the parser may be what complains."""

    json: bool
    colour: bool

    @classmethod
    def of(cls, arguments: list[str]) -> _Manner:
        words = {*arguments}
        plain = bool(words & {"--no-color", "-no-color"}) or bool(os.environ.get("NO_COLOR"))
        return cls(bool(words & {"--json", "-json"}), sys.stderr.isatty() and not plain)


def guarded(cli: click.Group, arguments: list[str]) -> int:
    interruption = Interruption()
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    manner = _Manner.of(arguments)
    try:
        code = cli.main(arguments, prog_name="declarative", standalone_mode=False, obj=interruption)
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        sys.stderr.write(f"{help_wanted.format_message()}\n")
        return exits.ERROR
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _usage(error, manner)
    except (click.Abort, KeyboardInterrupt):
        return exits.SIGINT
    except Refused as refused:
        sources: Mapping[str, str] = getattr(refused, "sources", {})
        _show(refused.diagnostics, sources, manner)
        return refused.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return exits.ERROR
    except OSError as error:
        _show([_refused_by_the_system(error)], {}, manner)
        return exits.ERROR
    except Exception as error:
        return _of_the_state(error, manner)


def _of_the_state(error: Exception, manner: _Manner) -> int:
    """Told apart here, because what knows these words is too much for `version` to wait for."""
    from declarative.protocols import BackendError, Locked, LockLost

    if not isinstance(error, BackendError):
        return _bug(manner)
    _show([error.problem], {}, manner)
    return exits.LOCKED if isinstance(error, (Locked, LockLost)) else exits.ERROR


def _refused_by_the_system(error: OSError) -> Diagnostic:
    """A full disk, a folder that may not be written to or is gone: said, not reported as a bug."""
    where = f": {error.filename}" if error.filename else ""
    summary = f"{error.strerror or error}{where}"
    return Diagnostic("system", summary, hint="Check the disk, the folder and its permissions.")


def _usage(error: click.ClickException, manner: _Manner) -> int:
    """Usage errors are 1: click's own 2 would read as "there are changes"."""
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "declarative"
    hint = error.hint if isinstance(error, NotHere) else f"`{where} --help` shows what it takes."
    _show([Diagnostic("usage", error.format_message(), hint=hint)], {}, manner)
    return exits.ERROR


def _show(problems: Iterable[Diagnostic], sources: Mapping[str, str], manner: _Manner) -> None:
    from declarative.render.diagnostics import render_diagnostics, validation_document
    from declarative.render.dump import dump
    from declarative.render.style import Style

    chosen = list(problems)
    if manner.json:
        sys.stdout.write(f"{dump(validation_document(chosen, sources))}\n")
        return
    sys.stderr.write(render_diagnostics(chosen, sources, Style(manner.colour)))


def _bug(manner: _Manner) -> int:
    import tempfile
    import traceback

    text = f"declarative {__version__}, Python {sys.version}\n{traceback.format_exc()}"
    handle, path = tempfile.mkstemp(prefix="declarative-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    summary = "This is a bug in declarative"
    hint = f"What happened is in {path}. Please report it at {REPORT_ADDRESS}, with that file."
    _show([Diagnostic("bug", summary, "State is safe: starts under way are found again.", hint)], {}, manner)
    return exits.BUG


def _silence_stdout() -> None:
    """The reader of a pipe went away; the interpreter must not complain while it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
