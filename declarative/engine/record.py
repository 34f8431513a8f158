"""The journal entry of one step of a run, as it grows, and what it gives back to a walk that comes by again.

A step found begun but not finished was interrupted: it goes on with the input it had then, with what is left
of a delay, and with one attempt more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from declarative.engine.evaluation import Datum
from declarative.engine.journal import Entry, EntryStatus, StepError
from declarative.engine.memo import FINISHED, Memo
from declarative.engine.run_state import RunState
from declarative.engine.secrets import Veil
from declarative.engine.workflow import Done, Step
from declarative.model.json import parse


class Record:
    """`given` is the step's input, once known; `inside` counts the steps carried out within it."""

    def __init__(self, run: RunState, step: Step, path: str) -> None:
        self._run = run
        self._step = step
        self.path = path
        self._found = run.journal.recall(path)
        self.started_at = self._found.started_at if self._found else run.now()
        self.memo = Memo.of(self._found) if self._found else Memo()
        self._attempts = self._found.attempts if self._found and self.interrupted else 0
        self._last_error = self._found.last_error if self._found else None
        self.given = self._restored(self._found.input_json) if self._found else None
        self.inside = 0

    @property
    def interrupted(self) -> bool:
        return self._found is not None and self._found.status not in FINISHED

    def replayed(self) -> Done | None:
        """How the step ended, if it did."""
        if self._found is None or self.interrupted:
            return None
        self.inside = self.memo.steps
        return Done(self._restored(self._found.output_json), self.memo.next, self._found.error)

    async def begin(self, count: int, due: float | None) -> None:
        self.memo = replace(self.memo, count=count, due=due)
        await self._run.begin(self._entry(EntryStatus.STARTED))

    async def begin_attempt(self) -> None:
        self._attempts += 1
        await self.begin(0, None)

    async def retry_later(self, error: StepError, due: float) -> None:
        self._last_error = error
        self.memo = replace(self.memo, turn=self.memo.turn + 1)
        await self.begin(0, due)

    async def complete(self, done: Done) -> None:
        """Raises Ended when the step ends the run."""
        status = EntryStatus.COMPLETED if done.error is None else EntryStatus.FAILED
        self.memo = replace(self.memo, next=done.next, caught=done.error is not None)
        if not done.ends:
            await self._finish(status, done.out, done.error)
            return
        await self._run.close()
        self.memo = replace(self.memo, ends=True, result=self._run.result())
        await self._finish(status, None, None)
        self._run.end(self.path, None, self.memo.result)

    async def fail(self, error: StepError) -> NoReturn:
        """Ends the run."""
        await self._run.close()
        await self._finish(EntryStatus.FAILED, None, error)
        self._run.end(self.path, error, None)

    async def _finish(self, status: EntryStatus, out: Datum | None, error: StepError | None) -> None:
        self.memo = replace(self.memo, due=None, count=0, steps=self.inside)
        if self._last_error is not None and error is not None:
            self._last_error = error
        entry = self._entry(status, out)
        await self._run.finish(replace(entry, ended_at=self._run.now(), error=error))

    def _entry(self, status: EntryStatus, out: Datum | None = None) -> Entry:
        given_json, given_veil = self._veiled(self.given)
        out_json, out_veil = self._veiled(out)
        return Entry(
            path=self.path,
            step=self._step.id,
            type=self._step.type,
            status=status,
            started_at=self.started_at,
            title=self._step.title,
            description=self._step.description,
            input_json=given_json,
            output_json=out_json,
            last_error=self._last_error,
            attempts=max(1, self._attempts),
            memo=replace(self.memo, veil={**given_veil, **out_veil}).text(),
        )

    def _veiled(self, datum: Datum | None) -> tuple[str | None, Veil]:
        if datum is None:
            return None, {}
        value, veil = self._run.world.secrets.veiled(datum.value)
        return (Datum(value).text if veil else datum.text), veil

    def _restored(self, text: str | None) -> Datum | None:
        if text is None:
            return None
        if not self.memo.veil:
            return Datum(parse(text), text)
        return Datum(self._run.world.secrets.unveiled(parse(text), self.memo.veil))
