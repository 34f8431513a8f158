"""Tells what happens: moving lines on a terminal, plain lines in a pipe, NDJSON for machines."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from declarative import __version__
from declarative.app.applying import Applied, Proposal
from declarative.cli.front import Front
from declarative.diagnostics import Diagnostic, Severity
from declarative.model.address import Address
from declarative.model.event import (
    Event,
    Recovered,
    Started,
    StartRefused,
    StartUnknown,
    StopAsked,
    StopRefused,
)
from declarative.model.json import Json


class Teller:
    """Plain lines; the base of the others. `secrets` never leave it."""

    def __init__(self, here: Front) -> None:
        from declarative.render.tally import Tally

        self.here = here
        self.secrets: frozenset[str] = frozenset()
        self.tally = Tally()
        self._trouble: dict[Address, Diagnostic] = {}

    def propose(self, proposal: Proposal) -> None:
        """What is about to be approved."""
        from declarative.cli.planning import text_of

        self.here.say(text_of(self.here, proposal.plan, proposal.secrets, proposal.outputs))

    def warn(self, problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        self.here.problems(problems, sources)

    def begin(self, total: int, secrets: frozenset[str]) -> None:
        """The plan is approved; `total` changes follow."""
        self.secrets = secrets

    def see(self, event: Event) -> None:
        self.tally.see(event)
        self._remember(event)
        self.show(event)

    def show(self, event: Event) -> None:
        from declarative.render.events import event_line
        from declarative.render.redaction import redact

        self.here.say(redact(event_line(event), self.secrets))

    def close(self) -> None:
        pass

    def _remember(self, event: Event) -> None:
        """What an engine refused or left unanswered, until it is mended."""
        match event:
            case StartRefused(held=True):
                self._trouble[event.address] = replace(event.problem, severity=Severity.WARNING)
            case StartRefused() | StartUnknown() | StopRefused():
                self._trouble[event.address] = event.problem
            case Started() | StopAsked() | Recovered(finding="adopted" | "nothing_started"):
                self._trouble.pop(event.address, None)
            case _:
                pass

    def _advise(self) -> None:
        """What to do about it, once for each cause: the lines of the moment have no room for it."""
        from declarative.app.unread import by_cause

        if self._trouble:
            self.here.problems(by_cause(self._trouble.values(), self.secrets), {})

    def sum_up(self, applied: Applied) -> None:
        from declarative.cli.summing import summary_text
        from declarative.render.redaction import redact
        from declarative.render.style import Style

        self.tally.operation = "destroy" if applied.plan.destroy else "apply"
        self.here.say(redact(summary_text(applied, self.tally, Style(self.here.colour)), applied.secrets))
        self._advise()


class JsonTeller(Teller):
    """NDJSON on stdout, in the shape of Terraform's stream."""

    def __init__(self, here: Front) -> None:
        from declarative.render.stream import version_event

        super().__init__(here)
        here.interruption.streaming = True
        self._line(version_event(__version__, self._now()))

    def propose(self, proposal: Proposal) -> None:
        from declarative.render.stream import change_summary_event, planned_change_events
        from declarative.render.summary import summarize

        self.secrets, changes = proposal.secrets, proposal.plan.changes
        for line in planned_change_events(changes, self._now()):
            self._line(line)
        self._line(change_summary_event(summarize(changes), "plan", self._now()))

    def warn(self, problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        from declarative.render.stream import diagnostic_event

        # Told before the plan: what it hides is not known here yet.
        self.secrets |= self.here.interruption.discretion.secrets
        for problem in problems:
            self._line(diagnostic_event(problem, sources, self._now()))

    def show(self, event: Event) -> None:
        from declarative.render.stream import event_document

        self._line(event_document(event, self._now()))

    def _line(self, line: dict[str, Json]) -> None:
        from declarative.render.dump import dump
        from declarative.render.stream import redacted

        self.here.say(dump(redacted(line, self.secrets)))

    def _now(self) -> float:
        return self.here.interruption.clock.now()

    def sum_up(self, applied: Applied) -> None:
        from declarative.render.outputs import output_document
        from declarative.render.stream import apply_summary_event, outputs_event

        self.secrets |= applied.secrets
        self.tally.operation = "destroy" if applied.plan.destroy else "apply"
        self._line(apply_summary_event(self.tally, self._now()))
        if applied.outputs:
            self._line(outputs_event(output_document(applied.outputs), self._now()))


class _Stdout:
    def __init__(self, here: Front) -> None:
        self._here = here

    def write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def size(self) -> tuple[int, int]:
        import shutil

        found = shutil.get_terminal_size((100, 24))
        return found.columns, found.lines


class LiveTeller(Teller):
    """The moving display begins with the deed, so that the plan and the question stay as they are."""

    def __init__(self, here: Front) -> None:
        from declarative.render.live import Live

        super().__init__(here)
        self._live: Live | None = None
        self._over = threading.Event()

    def begin(self, total: int, secrets: frozenset[str]) -> None:
        from declarative.render.live import Live
        from declarative.render.style import Style

        super().begin(total, secrets)
        clock = self.here.interruption.clock
        self._live = Live(_Stdout(self.here), clock.monotonic, Style(self.here.colour), total)
        threading.Thread(target=self._tick, daemon=True).start()

    def show(self, event: Event) -> None:
        if self._live is None:
            super().show(event)
        else:
            self._live.see(event)

    def close(self) -> None:
        self._over.set()
        if self._live is not None:
            self._live.close()

    def _tick(self) -> None:
        while not self._over.wait(0.25):
            if self._live is not None:
                self._live.tick()


@contextmanager
def teller_for(here: Front) -> Iterator[Teller]:
    teller: Teller
    if here.json:
        teller = JsonTeller(here)
    elif sys.stdout.isatty():
        teller = LiveTeller(here)
    else:
        teller = Teller(here)
    try:
        yield teller
    finally:
        teller.close()
