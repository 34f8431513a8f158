"""What every provider must do, as tests. A plugin's author subclasses it and lets pytest collect that."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from declarative.model.execution import Status
from declarative.model.json import canonical, parse
from declarative.protocols import (
    GetRequest,
    HistoryRequest,
    Kind,
    StartRequest,
    StopRequest,
    TerminateRequest,
)
from declarative.testing.probe import ProviderProbe

INPUTS = (
    "{}",
    "null",
    "true",
    "0",
    "-0.5",
    '""',
    "[]",
    "9007199254740993",
    "123456789012345678901234567890",
    "0.1",
    "1e-7",
    '[1, [2, {"three": null}], "4"]',
    '{"a": {"b": [true, false, null]}, "": 0}',
    '{"text": "\\u0000 \\n \\" \\\\ \\u2028 é 漢字 👩‍🚀", "ключ": "значение"}',
)
"""One of each JSON type, and what careless engines lose."""


class ProviderConformance(ProviderProbe):
    """Subclass it as `TestX`, give the factories and a clock. Every test opens a provider of its own."""

    # ── who it is ──────────────────────────────────────────────────────────────────────────────────────

    def test_its_identity_is_the_same_every_time(self) -> None:
        with self._provider() as first:
            identity = first.identity
        with self._provider() as second:
            assert identity and second.identity == identity

    def test_it_has_had_time_to_send_before_it_settles(self) -> None:
        with self._provider() as provider:
            promised = provider.capabilities
        assert promised.settle >= 0 and promised.send_window > 0 and promised.retention_min > 0
        assert promised.idempotent_start or promised.client_ids or promised.settle >= promised.send_window

    def test_a_reader_cannot_change_anything(self) -> None:
        reader = self.open_reader()
        if reader is None:
            return
        try:
            assert not {"start", "stop", "terminate"} & set(dir(reader))
        finally:
            reader.close()

    def test_close_may_be_called_twice(self) -> None:
        provider = self.open_provider()
        provider.close()
        provider.close()

    # ── starting and reading ───────────────────────────────────────────────────────────────────────────

    def test_what_was_started_can_be_read(self) -> None:
        with self._provider() as provider:
            sample = self.endless()
            execution_id = self._start(provider, sample)
            found = self._until(provider, execution_id, lambda seen: True)
            provider.terminate(TerminateRequest(execution_id))
        assert found.id == execution_id
        assert found.workflow_id == self._resolved(sample)
        assert found.status in (Status.QUEUED, Status.RUNNING)

    def test_it_finishes_with_its_result(self) -> None:
        with self._provider() as provider:
            sample = self.finishing()
            found = self._ended(provider, self._start(provider, sample))
        assert found.status is Status.FINISHED and found.error is None
        assert found.started_at and found.raw_status == "FINISHED"
        assert found.result_json is not None
        if sample.result_json is not None:
            assert canonical(parse(found.result_json)) == canonical(parse(sample.result_json))

    def test_it_fails_with_its_reason(self) -> None:
        with self._provider() as provider:
            found = self._ended(provider, self._start(provider, self.failing()))
        assert found.status is Status.FAILED
        assert found.error is not None and (found.error.code or found.error.message)

    def test_every_input_comes_back_as_it_was_sent(self) -> None:
        with self._provider() as provider:
            sent = {self._start(provider, self.finishing(), text): text for text in INPUTS}
            echoes = {text: self._ended(provider, each).input_json for each, text in sent.items()}
        for text, echo in echoes.items():
            assert echo is not None and canonical(parse(echo)) == canonical(parse(text)), text

    def test_each_start_is_an_execution_of_its_own(self) -> None:
        with self._provider() as provider, ThreadPoolExecutor(10) as threads:
            sample = self.finishing()
            ids = list(threads.map(lambda _: self._start(provider, sample), range(20)))
        assert len(set(ids)) == 20

    def test_history_tells_the_steps(self) -> None:
        with self._provider() as provider:
            execution_id = self._start(provider, self.finishing())
            self._ended(provider, execution_id)
            steps = provider.history(HistoryRequest(execution_id))
        assert steps and all(step.id and step.status and step.attempts >= 1 for step in steps)

    # ── lists ──────────────────────────────────────────────────────────────────────────────────────────

    def test_lists_show_what_was_started(self) -> None:
        with self._provider() as provider:
            sample = self.endless()
            execution_id = self._start(provider, sample)
            rows = self._until_listed(provider, sample, {execution_id})
            active = self._rows(provider, sample, active_only=True)
            provider.terminate(TerminateRequest(execution_id))
        assert rows[execution_id].status in (Status.QUEUED, Status.RUNNING)
        assert execution_id in active, "active_only may narrow, but never hide what is active"

    def test_pages_show_every_execution(self) -> None:
        with self._provider() as provider:
            sample = self.finishing()
            ids = {self._start(provider, sample) for _ in range(5)}
            self._until_listed(provider, sample, ids)
            paged = self._rows(provider, sample, page_size=2)
        assert ids <= set(paged)

    def test_an_ended_execution_is_listed_as_ended(self) -> None:
        with self._provider() as provider:
            sample = self.failing()
            execution_id = self._start(provider, sample)
            self._ended(provider, execution_id)
            rows = self._until_listed(provider, sample, {execution_id})
        assert rows[execution_id].status is Status.FAILED

    # ── stopping ───────────────────────────────────────────────────────────────────────────────────────

    def test_stop_ends_it(self) -> None:
        with self._provider() as provider:
            execution_id = self._running(provider)
            provider.stop(StopRequest(execution_id))
            assert self._ended(provider, execution_id).status is Status.STOPPED

    def test_terminate_ends_it(self) -> None:
        with self._provider() as provider:
            execution_id = self._running(provider)
            provider.terminate(TerminateRequest(execution_id))
            assert self._ended(provider, execution_id).status is Status.STOPPED

    def test_what_has_ended_stays_as_it_is(self) -> None:
        with self._provider() as provider:
            execution_id = self._start(provider, self.finishing())
            before = self._ended(provider, execution_id)
            self._allowing(Kind.PRECONDITION, lambda: provider.stop(StopRequest(execution_id)))
            self._allowing(Kind.PRECONDITION, lambda: provider.terminate(TerminateRequest(execution_id)))
            assert provider.get(GetRequest(execution_id)) == before

    # ── refusals ───────────────────────────────────────────────────────────────────────────────────────

    def test_an_unknown_execution_is_not_found(self) -> None:
        with self._provider() as provider:
            known = self._start(provider, self.finishing())
            unknown = known[:-6] + ("f00ba1" if not known.endswith("f00ba1") else "ba1f00")
            for call in (
                lambda: provider.get(GetRequest(unknown)),
                lambda: provider.history(HistoryRequest(unknown)),
                lambda: provider.stop(StopRequest(unknown)),
                lambda: provider.terminate(TerminateRequest(unknown)),
            ):
                assert self._failure(call).kind is Kind.NOT_FOUND

    def test_starting_an_unknown_workflow_starts_nothing(self) -> None:
        with self._provider() as provider:
            unknown = StartRequest("dfq00000000000000000", "{}", str(uuid.uuid4()), self._not_after())
            failure = self._failure(lambda: provider.start(unknown))
        assert failure.proves_nothing_happened and failure.call

    def test_too_late_a_start_is_not_sent(self) -> None:
        with self._provider() as provider:
            sample = self.finishing()
            workflow_id = self._resolved(sample)
            before = self._rows(provider, sample)
            late = StartRequest(workflow_id, "{}", str(uuid.uuid4()), self.clock.monotonic() - 0.001)
            failure = self._failure(lambda: provider.start(late))
            after = self._rows(provider, sample)
        assert failure.kind is Kind.TOO_LATE and failure.proves_nothing_happened
        assert set(after) == set(before)

    def test_a_repeated_start_is_the_same_where_that_is_promised(self) -> None:
        with self._provider() as provider:
            if not provider.capabilities.idempotent_start:
                return
            sample = self.finishing()
            attempt = str(uuid.uuid4())
            ids = {self._start(provider, sample, attempt=attempt) for _ in range(3)}
            ended = self._ended(provider, next(iter(ids)))
            ids.add(self._start(provider, sample, attempt=attempt))
        assert ids == {ended.id}
