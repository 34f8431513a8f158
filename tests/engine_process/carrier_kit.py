"""Carriers in this process over runs written in Python: what a runner does, without the program around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

from declarative.engine import writes
from declarative.engine.carrier import Carrier
from declarative.engine.journal import Control, Ending, Entry, EntryStatus, Journal, Outcome
from declarative.engine.rows import Job, NewExecution
from declarative.engine.store import Store
from declarative.model.execution import Execution

WORKFLOW = "embaaaaaaaaaaaaaaaaa"

Script: TypeAlias = Callable[[Job, Journal, Control], Awaitable[Outcome]]


def finished(result: str = "{}") -> Outcome:
    return Outcome(Ending.FINISHED, result)


async def waits(job: Job, journal: Journal, control: Control) -> Outcome:
    """A run under way for ever: its first step is begun, and it obeys as the interpreter does."""
    await journal.begin(Entry("a", "a", "Wait", EntryStatus.STARTED, 1.0))
    await control.stop_wanted()
    return Outcome(Ending.STOPPED)


def start(store: Store, *names: str, text: str = "text") -> None:
    wanted = [NewExecution(name, WORKFLOW, text, None, f'"{name}"', 1) for name in names]
    store.write(partial(writes.start_many, wanted=wanted))


def ask(store: Store, name: str, wish: str) -> None:
    store.write(partial(writes.ask, execution_id=name, wish=wish, now=2))


@asynccontextmanager
async def carrying(store: Store, script: Script) -> AsyncIterator[Carrier]:
    """A carrier that looks at the store whenever it has changed something, as a runner would."""
    news = asyncio.Event()
    carrier = Carrier(store, script, news.set)

    async def look() -> None:
        while True:
            news.clear()
            await carrier.take_in()
            await news.wait()

    await carrier.resume()
    looking = asyncio.create_task(look())
    try:
        yield carrier
    finally:
        looking.cancel()
        await carrier.leave()


async def until_ended(store: Store, carrier: Carrier, name: str) -> Execution:
    async with asyncio.timeout(20):
        while (found := store.get(name)).is_active:
            carrier.look()
            await asyncio.sleep(0.005)
    return found


async def until_begun(store: Store, carrier: Carrier, name: str) -> None:
    """Until the first step of a run is journalled."""
    async with asyncio.timeout(20):
        while not store.history(name):
            carrier.look()
            await asyncio.sleep(0.005)
