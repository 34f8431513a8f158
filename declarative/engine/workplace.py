"""What a runner gives each run: the workflow as it was at the start, and the world around it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from declarative.engine import catalogue, interpreter, mocks, secrets
from declarative.engine.carrier import Carrier
from declarative.engine.catalogue import Catalogue
from declarative.engine.codes import INVALID_ARGUMENT, PRECONDITION
from declarative.engine.journal import Control, Ending, Journal, Outcome, StepError
from declarative.engine.jqpool import JqPool
from declarative.engine.mocks import Mocks
from declarative.engine.nested import NestedRuns
from declarative.engine.rows import Job
from declarative.engine.secrets import Secrets
from declarative.engine.settings import Settings
from declarative.engine.steps import http_call
from declarative.engine.store import Store
from declarative.engine.world import SystemClock, World, any_host


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What settings make of the world."""

    mocks: Mocks
    secrets: Secrets
    allows: Callable[[str, int], bool]
    catalogue: Catalogue


class Workplace:
    """Carries out runs with the interpreter. One pool of jq workers and one HTTP client serve all of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._http = http_call.new_client()
        self._jq = JqPool()
        self._surroundings: dict[int | None, _Surroundings | Outcome] = {}

    async def run(self, carrier: Carrier, job: Job, journal: Journal, control: Control) -> Outcome:
        workflow, problems = catalogue.checked(self._store.text(job.text), job.workflow_id)
        if workflow is None:
            return _failed(INVALID_ARGUMENT, f"the workflow is not valid: {catalogue.in_words(problems)}")
        found = self._settled(job.settings)
        if isinstance(found, Outcome):
            return found
        world = World(
            http=self._http,
            clock=SystemClock(),
            jq=self._jq,
            children=NestedRuns(self._store, carrier, found.catalogue, job),
            mocks=found.mocks,
            secrets=found.secrets,
            allows=found.allows,
            depth=job.depth,
        )
        return await interpreter.run(workflow, job.input_json, journal, control, world)

    async def close(self) -> None:
        await self._http.aclose()
        await self._jq.aclose()

    def _settled(self, number: int | None) -> _Surroundings | Outcome:
        if number not in self._surroundings:
            text = None if number is None else self._store.text(number)
            self._surroundings[number] = self._settle(
                Settings() if text is None else Settings.from_text(text)
            )
        return self._surroundings[number]

    def _settle(self, settings: Settings) -> _Surroundings | Outcome:
        canned, problems = mocks.read(settings.mocks)
        hidden, more = secrets.read(settings.secrets, os.environ)
        if canned is None or hidden is None:
            return _failed(PRECONDITION, catalogue.in_words((*problems, *more)))
        found = Catalogue(self._store, Path(settings.root), settings.aliases)
        return _Surroundings(canned, hidden, allowing(settings.allow), found)


def allowing(allow: tuple[str, ...] | None) -> Callable[[str, int], bool]:
    """Whether a host and port are on the list; without a list, every one is."""
    if allow is None:
        return any_host
    known = frozenset(entry.lower() for entry in allow)
    return lambda host, port: not known.isdisjoint((host.lower(), f"{host.lower()}:{port}"))


def _failed(code: str, message: str) -> Outcome:
    return Outcome(Ending.FAILED, error=StepError(code, message))
