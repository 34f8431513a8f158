"""What the conformance suite of providers works with: samples, a provider at a time, and patience."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from declarative.model.execution import Execution, Status
from declarative.protocols import (
    Clock,
    GetRequest,
    Kind,
    ListRequest,
    Provider,
    ProviderError,
    Reader,
    ResolveRequest,
    StartRequest,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A workflow for the suite, as the configuration would name it, and an input it accepts.

    `result_json`: what it finishes with, None where that is not known.
    """

    reference: str
    input_json: str = "{}"
    result_json: str | None = None


class ProviderProbe:
    """The factories that a plugin's author gives, and how the suite uses them."""

    clock: Clock
    ends_within = 30.0
    """Seconds on `clock` after which a sample must have ended."""
    poll_seconds = 0.05

    def open_provider(self) -> Provider:
        raise NotImplementedError

    def open_reader(self) -> Reader | None:
        """The half that cannot start or stop, where the provider has one."""
        return None

    def finishing(self) -> Sample:
        """A workflow that finishes; it accepts every input."""
        raise NotImplementedError

    def failing(self) -> Sample:
        raise NotImplementedError

    def endless(self) -> Sample:
        """A workflow that runs until it is stopped, and stops within `ends_within`."""
        raise NotImplementedError

    @contextmanager
    def _provider(self) -> Iterator[Provider]:
        provider = self.open_provider()
        try:
            yield provider
        finally:
            provider.close()

    def _resolved(self, sample: Sample) -> str:
        with self._provider() as provider:
            return provider.resolve(ResolveRequest(sample.reference))

    def _not_after(self) -> float:
        return self.clock.monotonic() + 60

    def _start(
        self, provider: Provider, sample: Sample, input_json: str | None = None, attempt: str | None = None
    ) -> str:
        workflow_id = provider.resolve(ResolveRequest(sample.reference))
        text = sample.input_json if input_json is None else input_json
        attempt = attempt or str(uuid.uuid4())
        chosen = f"conformance-{attempt}" if provider.capabilities.client_ids else None
        return provider.start(
            StartRequest(workflow_id, text, attempt, self._not_after(), chosen)
        ).execution_id

    def _running(self, provider: Provider) -> str:
        execution_id = self._start(provider, self.endless())
        self._until(provider, execution_id, lambda seen: seen.status is Status.RUNNING)
        return execution_id

    def _ended(self, provider: Provider, execution_id: str) -> Execution:
        return self._until(provider, execution_id, lambda seen: seen.status.is_terminal)

    def _until(self, provider: Provider, execution_id: str, wanted: Callable[[Execution], bool]) -> Execution:
        """The execution once it is as wanted; an engine may need a moment to know its own id."""
        give_up_at = self.clock.monotonic() + self.ends_within
        while True:
            try:
                seen: Execution | None = provider.get(GetRequest(execution_id))
            except ProviderError as error:
                if error.kind is not Kind.NOT_FOUND:
                    raise
                seen = None
            if seen is not None and wanted(seen):
                return seen
            assert self.clock.monotonic() < give_up_at, f"{execution_id} is still {seen}"
            self.clock.sleep(self.poll_seconds)

    def _until_listed(self, provider: Provider, sample: Sample, ids: set[str]) -> dict[str, Execution]:
        give_up_at = self.clock.monotonic() + self.ends_within
        while not ids <= set(rows := self._rows(provider, sample)):
            assert self.clock.monotonic() < give_up_at, "what was started is not listed"
            self.clock.sleep(self.poll_seconds)
        return rows

    def _rows(
        self, provider: Provider, sample: Sample, page_size: int = 1000, active_only: bool = False
    ) -> dict[str, Execution]:
        workflow_id, token = provider.resolve(ResolveRequest(sample.reference)), ""
        rows: dict[str, Execution] = {}
        for _ in range(10_000):
            page = provider.list(ListRequest(workflow_id, token, page_size, active_only))
            rows |= {row.id: row for row in page.executions}
            token = page.next_page_token
            if not token:
                return rows
        raise AssertionError("the pages never end")

    def _failure(self, call: Callable[[], object]) -> ProviderError:
        try:
            call()
        except ProviderError as error:
            return error
        raise AssertionError("a ProviderError was expected")

    def _allowing(self, kind: Kind, call: Callable[[], None]) -> None:
        try:
            call()
        except ProviderError as error:
            assert error.kind is kind
