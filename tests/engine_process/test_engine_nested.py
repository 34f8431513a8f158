"""Nested runs: started once, carried on beside their parents, and ended with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from carrier_kit import ask, carrying, finished, start, until_begun, until_ended, waits

from declarative.engine import writes
from declarative.engine.carrier import Carrier
from declarative.engine.catalogue import Catalogue, workflow_id
from declarative.engine.journal import Control, Ending, Entry, EntryStatus, Journal, Outcome
from declarative.engine.nested import NestedRuns
from declarative.engine.rows import Job
from declarative.engine.store import Store
from declarative.model.execution import Status

CHILD = workflow_id("child.yaml")


class Family:
    """Parents run one child in their only step; the child does what the test says."""

    def __init__(self, store: Store, root: Path, child: Callable[..., object] = waits) -> None:
        (root / "child.yaml").write_text('yawl: "1.0"\nstart: a\nsteps:\n  a: {noOp: {}}\n')
        self.catalogue = Catalogue(store, root, {"dfqchild": "child.yaml"})
        self.store = store
        self.child = child
        self.asked: list[str] = []
        self.named = "child.yaml"
        self.carrier: Carrier

    async def __call__(self, job: Job, journal: Journal, control: Control) -> Outcome:
        if job.depth > 0:
            return await self.child(job, journal, control)  # type: ignore[misc, no-any-return]
        self.asked.append(job.id)
        await journal.begin(Entry("call", "call", "Workflow", EntryStatus.STARTED, 1.0))
        runs = NestedRuns(self.store, self.carrier, self.catalogue, job)
        try:
            return await runs.run(self.named, '{"from": "parent"}', "call")
        except LookupError as error:
            return finished(f'"{error}"')

    def children(self) -> list[str]:
        return [found.id for found in self.store.page(CHILD, 0, "", "").executions]


async def until_born(family: Family) -> str:
    async with asyncio.timeout(20):
        while not family.children():
            await asyncio.sleep(0.005)
    return family.children()[0]


async def answers(job: Job, journal: Journal, control: Control) -> Outcome:
    return finished(job.input_json)


def test_the_childs_outcome_is_the_steps(store: Store, tmp_path: Path) -> None:
    family = Family(store, tmp_path, answers)

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            parent = await until_ended(store, family.carrier, "parent")
        assert parent.result_json == '{"from": "parent"}'
        (child,) = family.children()
        assert child.startswith(f"{CHILD}-")
        assert store.get(child).status is Status.FINISHED

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["child.yaml", CHILD, "dfqchild"])
def test_a_child_is_named_by_path_id_or_alias(store: Store, tmp_path: Path, name: str) -> None:
    family = Family(store, tmp_path, answers)
    family.catalogue.register("child.yaml")
    assert family.catalogue.find(name).id == CHILD


def test_an_unknown_workflow_is_the_interpreters_to_report(store: Store, tmp_path: Path) -> None:
    family = Family(store, tmp_path, answers)
    family.named = "nobody.yaml"

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            parent = await until_ended(store, family.carrier, "parent")
        assert "nobody.yaml" in str(parent.result_json)

    asyncio.run(scene())


def test_a_child_is_started_once_and_found_again_after_a_crash(store: Store, tmp_path: Path) -> None:
    family = Family(store, tmp_path)

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            child = await until_born(family)
            await until_begun(store, family.carrier, child)
        assert [store.get(name).status for name in ("parent", child)] == [Status.RUNNING] * 2
        family.child = answers
        async with carrying(store, family) as family.carrier:
            await until_ended(store, family.carrier, "parent")
        assert family.children() == [child]
        assert family.asked == ["parent", "parent"]

    asyncio.run(scene())


def test_a_child_that_ended_while_no_runner_lived_is_not_run_again(store: Store, tmp_path: Path) -> None:
    family = Family(store, tmp_path)

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            child = await until_born(family)
            await until_begun(store, family.carrier, child)
        (number,) = [job.number for job in store.jobs(store.begun()) if job.id == child]
        store.write(partial(writes.end, number=number, outcome=finished('"early"'), now=9))
        async with carrying(store, family) as family.carrier:
            parent = await until_ended(store, family.carrier, "parent")
        assert parent.result_json == '"early"'

    asyncio.run(scene())


@pytest.mark.parametrize("wish", ["stop", "terminate"])
def test_a_wish_is_passed_on_to_the_child(store: Store, tmp_path: Path, wish: str) -> None:
    family = Family(store, tmp_path)

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            child = await until_born(family)
            await until_begun(store, family.carrier, child)
            ask(store, "parent", wish)
            for name in (child, "parent"):
                assert (await until_ended(store, family.carrier, name)).status is Status.STOPPED

    asyncio.run(scene())


def test_a_step_that_gives_up_its_child_terminates_it(store: Store, tmp_path: Path) -> None:
    """A timeout of the step cancels it, while the parent goes on to its next one."""
    family = Family(store, tmp_path)

    async def impatient(job: Job, journal: Journal, control: Control) -> Outcome:
        if job.depth > 0:
            return await waits(job, journal, control)
        nested = asyncio.create_task(
            NestedRuns(store, family.carrier, family.catalogue, job).run(CHILD, "1", "c")
        )
        child = await until_born(family)
        await until_begun(store, family.carrier, child)
        nested.cancel()
        await asyncio.wait([nested])
        await control.stop_wanted()
        return Outcome(Ending.STOPPED)

    async def scene() -> None:
        family.catalogue.register("child.yaml")
        start(store, "parent")
        async with carrying(store, impatient) as family.carrier:
            child = await until_born(family)
            assert (await until_ended(store, family.carrier, child)).status is Status.STOPPED
            assert store.get("parent").status is Status.RUNNING

    asyncio.run(scene())


def test_the_end_of_a_parent_is_the_end_of_its_children(store: Store, tmp_path: Path) -> None:
    """A parent that failed in another branch leaves no child behind."""
    family = Family(store, tmp_path)

    async def scene() -> None:
        start(store, "parent")
        async with carrying(store, family) as family.carrier:
            child = await until_born(family)
            await until_begun(store, family.carrier, child)
        (number,) = [job.number for job in store.jobs(store.begun()) if job.id == "parent"]
        store.write(partial(writes.end, number=number, outcome=Outcome(Ending.FAILED), now=9))
        async with carrying(store, family) as family.carrier:
            assert (await until_ended(store, family.carrier, child)).status is Status.STOPPED

    asyncio.run(scene())
