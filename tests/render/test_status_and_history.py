"""Reading commands: status, show, history, drift, outputs, graph."""

import json

import pytest
from render_samples import MADE_AT, SPEC, failed, golden, mixed_changes, outputs, quiet, rerun

from declarative.diagnostics import Span
from declarative.model.address import Address
from declarative.model.change import Code
from declarative.model.desired import Constant, Dependency, Instance, Need, Policies, WorkflowRef
from declarative.model.digests import MASK
from declarative.model.execution import Execution, ExecutionError, Status, Step
from declarative.model.record import (
    Applied,
    Bound,
    Cause,
    Deposed,
    Outcome,
    Pending,
    Record,
    StopMode,
    Stopping,
    Suspended,
)
from declarative.render.drift import (
    DriftItem,
    DriftKind,
    DriftReport,
    Unmanaged,
    Unread,
    drift_document,
    drift_text,
)
from declarative.render.dump import JsonObject, dump
from declarative.render.graph import dot, graph_document, graph_of, mermaid
from declarative.render.history import history_document, history_text
from declarative.render.outputs import output_document, output_text, output_value
from declarative.render.show import show_document, show_text
from declarative.render.status import status_document, status_row, status_text
from declarative.render.style import Style

NOW = MADE_AT + 3 * 86_400


# ── status ─────────────────────────────────────────────────────────────────────────────────────────────


def status_of_everything() -> JsonObject:
    done = [quiet("extract", f"{n}", Code.DONE, "finished") for n in range(352)]
    rows = [status_row(change) for change in (*mixed_changes(), *done)]
    return status_document("orders", "prod", rows, NOW)


def test_the_status_table() -> None:
    golden("status.txt", status_text(status_of_everything()))


def test_status_counts_and_troubles() -> None:
    document = status_of_everything()
    assert document["counts"]["FINISHED"] == 354  # type: ignore[index, call-overload]
    assert document["trouble"] == 4
    assert len(document["executions"]) == 352 + len(mixed_changes())  # type: ignore[arg-type]


def test_status_folds_only_what_needs_no_eyes() -> None:
    text = status_text(status_of_everything())
    assert "… 353 of extract FINISHED (-v shows them)" in text
    assert 'extract["2026-11-20"]' in text, "it has a note"
    assert 'nightly["mon"]' in text and "the mart answered 503" in text
    assert 'extract["351"]' in status_text(status_of_everything(), verbose=True)


def test_status_colours_only_the_status() -> None:
    text = status_text(
        status_document("orders", "prod", [status_row(failed("load", "eu"))], NOW), Style(True)
    )
    assert "\x1b[31mFAILED\x1b[0m" in text


def test_status_of_nothing() -> None:
    assert status_text(status_document("orders", "", [], NOW)) == "No executions to show.\n"


# ── history ────────────────────────────────────────────────────────────────────────────────────────────

RUN = Execution(
    "dfq-1", "dfqwf", Status.FAILED, "2026-11-20T10:00:00Z", 12.5, error=ExecutionError("E", "bad\x1b[2J")
)


def step(path: str, type_: str = "HttpCall", status: str = "COMPLETED", **more: object) -> Step:
    name = path.rsplit("/", 1)[-1].split("~")[0]
    return Step(name, type_, status, path=path, duration=0.5, **more)  # type: ignore[arg-type]


NESTED = (
    step("fetch", title="Fetch the posts"),
    step("both", "Parallel"),
    step("both.quick/note", "NoOp"),
    step("both.slow/ask", attempts=3, last_error=ExecutionError("HTTP_CALL_503", "busy")),
    step("both.quick/again", "NoOp"),
    step("each", "Foreach"),
    step("each[0]/detail"),
    step("each[1]/detail", status="FAILED", error=ExecutionError("HTTP_CALL_500", "broken\nbadly")),
    step("loop", "While"),
    step("loop[0]/add", "NoOp"),
    step("loop[0]/inner", "Parallel"),
    step("loop[0]/inner.a/deep", "NoOp"),
    step("loop[1]/add", "NoOp"),
    step("fetch~2"),
)


def test_branches_items_iterations_and_visits_can_be_read() -> None:
    document = history_document(Address("load", "eu"), RUN, NESTED)
    golden("history_nested.txt", history_text(json.loads(dump(document))))


def test_the_status_says_where_an_active_execution_is() -> None:
    def opened(path: str, type_: str = "HttpCall", **more: object) -> Step:
        return step(path, type_, "STARTED", **more)

    steps = (
        step("fetch"),
        opened("both", "Parallel"),
        opened("both.quick/each", "Foreach"),
        step("both.quick/each[0]/detail"),
        opened("both.quick/each[1]/detail"),
        opened("both.slow/ask", attempts=3, last_error=ExecutionError("HTTP_CALL_503", "busy")),
    )
    row = status_row(quiet("load", "eu", Code.DONE, "in progress"), steps)
    assert row.under_way == (
        "both / branch quick / each / item 1 / detail",
        "both / branch slow / ask, attempt 3 after HTTP_CALL_503",
    )
    assert "    at both / branch quick / each / item 1 / detail\n" in status_text(
        status_document("orders", "", [row], NOW), verbose=True
    )


def test_the_status_of_many_items_at_once_stays_short() -> None:
    steps = [step("each", "Foreach"), *(step(f"each[{n}]/x", status="STARTED") for n in range(50))]
    row = status_row(quiet("load", "eu", Code.DONE, "in progress"), steps)
    text = status_text(status_document("orders", "", [row], NOW), verbose=True)
    assert text.count("    at each / item") == 5
    assert "… and 45 more (history shows them)" in text


def test_a_failure_that_a_catch_rule_took_over_is_told_from_one_that_ended_the_run() -> None:
    error = ExecutionError("HTTP_CALL_404", "nope")
    steps = [
        step("a", status="FAILED", error=error, output_json="{}"),
        step("b", status="FAILED", error=error),
    ]
    text = history_text(history_document(Address("load"), RUN, steps, hidden=True))
    assert text.count("caught: HTTP_CALL_404: nope") == 1
    assert text.count("HTTP_CALL_404: nope") == 2


def test_an_engine_that_tells_no_paths_gives_a_flat_list() -> None:
    steps = [Step("fetch_posts", "HttpCall", "COMPLETED"), Step("note", "NoOp", "COMPLETED")]
    steps.append(Step("note", "NoOp", "COMPLETED", started_at="2025-03-10T15:54:44.452347159Z"))
    text = history_text(history_document(Address("load"), RUN, steps))
    assert [line.split()[0] for line in text.splitlines()[3:6]] == ["fetch_posts", "note", "note"]


def test_a_run_that_has_not_begun_has_no_steps() -> None:
    queued = Execution("dfq-1", "dfqwf", Status.QUEUED)
    assert "No step has begun." in history_text(history_document(Address("load"), queued, ()))


def test_history_of_a_sensitive_execution_shows_no_data() -> None:
    steps = [Step("a", "HttpCall", "COMPLETED", input_json='{"t":"s3cr3t"}', output_json='"s3cr3t"')]
    assert "s3cr3t" in dump(history_document(Address("load"), RUN, steps))
    assert "s3cr3t" not in dump(history_document(Address("load"), RUN, steps, hidden=True))


# ── show ───────────────────────────────────────────────────────────────────────────────────────────────


def instance(name: str, key: str | None = None, **more: object) -> Instance:
    made = {"provider": "yandex", "workflow": WorkflowRef("load", "dfq2"), "input": Constant({"a": 1})}
    return Instance(Address(name, key), **{**made, "policies": Policies(), **more})  # type: ignore[arg-type]


def full_record() -> Record:
    bound = Bound(
        "dfq-report",
        SPEC,
        3,
        "yandex:b1g",
        "load",
        "dfqwf",
        "1",
        outcome=Outcome.FAILED,
        error_code="E",
        error_message="first\n\x1b[31msecond",
        stopping=Stopping(Cause.CHANGED, StopMode.GRACEFUL, MADE_AT),
        applied=Applied(protected=True),
        input_json=f'{{"token":"{MASK}","n":[1,{{"deep":null}}]}}',
        results={"": {"rows": 12}},
        started_at="2026-11-20T10:00:00Z",
        duration=12.5,
        ended_at=MADE_AT,
    )
    pending = Pending("uuid", SPEC, "s", "l", 4, Cause.RERUN, "yandex:b1g", "load", "dfqwf", "1", MADE_AT)
    old = Deposed("dfq-older", "yandex:b1g", Cause.ROTATED)
    return Record(
        bound,
        pending,
        (old,),
        generation=4,
        failures=2,
        not_before=MADE_AT,
        suspended=Suspended("budget", MADE_AT),
    )


def test_everything_known_of_one_address() -> None:
    declared = instance(
        "report",
        depends_on=(Dependency("load", Need.SETTLED),),
        span=Span("declarative.yaml", 3, 3, 3, 9),
        policies=Policies(labels={"team": "data"}),
    )
    document = show_document(Address("report"), declared, full_record(), [rerun("report")])
    golden("show.txt", show_text(json.loads(dump(document))))


def test_what_is_not_there_is_said() -> None:
    text = show_text(show_document(Address("x"), None, None, []))
    assert "declared: not declared" in text and "state: state keeps nothing of it" in text


def test_show_tells_the_row_and_what_was_seen() -> None:
    text = show_text(show_document(Address("report"), None, None, [rerun("report")]))
    assert (
        "  row: 8 of the decision table: active, declared differently\n" in text
        and "    status: RUNNING\n" in text
    )


# ── drift ──────────────────────────────────────────────────────────────────────────────────────────────


def drift(**more: object) -> DriftReport:
    return DriftReport("orders", "prod", MADE_AT, **{"checked": 412, "known": 412, **more})  # type: ignore[arg-type]


ITEMS = (
    DriftItem(Address("nightly", "mon"), DriftKind.FAILED, "dfq-n", "RUNNING", "FAILED", "", "E", "boom\x07"),
    DriftItem(Address("load"), DriftKind.STOPPED, "dfq-l", "RUNNING", "STOPPED"),
    DriftItem(Address("consumer"), DriftKind.PAUSED, "dfq-c", "RUNNING", "PAUSED"),
    DriftItem(Address("away"), DriftKind.LOST, "dfq-a", "RUNNING", ""),
)


def test_a_drift_report() -> None:
    unread = (Unread(Address("blind"), "get: 503 after 3 tries"),)
    strangers = (Unmanaged("dfq-stranger", "load", "RUNNING"),)
    report = drift(items=ITEMS, unread=unread, unmanaged=strangers, checked=411)
    golden("drift.txt", drift_text(json.loads(dump(drift_document(report)))))


def test_no_drift_says_how_much_was_looked_at() -> None:
    assert drift_text(drift_document(drift())) == "No drift. Checked 412 of 412 executions.\n"


def test_nothing_looked_at_is_not_no_drift() -> None:
    text = drift_text(drift_document(drift(checked=0)))
    assert "No drift" not in text and "nothing can be said" in text
    assert drift_document(drift(checked=0))["complete"] is False


def test_unmanaged_is_drift_only_where_it_was_asked_for() -> None:
    stranger = (Unmanaged("dfq-stranger", "load", "RUNNING"),)
    assert drift_document(drift(unmanaged=stranger))["drift"] is True
    assert drift_document(drift(unmanaged=()))["unmanaged"] == []
    assert "unmanaged" not in drift_document(drift())


# ── outputs ────────────────────────────────────────────────────────────────────────────────────────────


def test_outputs_are_masked_and_unknown_ones_say_so() -> None:
    document = output_document(outputs())
    assert "s3cr3t" not in dump(document)
    expected = 'loaded = 12\npath   = (known after apply)\nsecret = {"token":"(sensitive value)","n":1}\n'
    assert output_text(document) == expected


@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), (5, "5"), ({"a": [1]}, '{"a":[1]}'), (None, "null")]
)
def test_one_output_for_a_script(value: object, text: str) -> None:
    assert output_value({"value": value}, terminal=False) == text  # type: ignore[dict-item]


def test_a_string_is_exact_for_a_script_and_harmless_on_a_terminal() -> None:
    output: JsonObject = {"value": "a\tb\x1b[2Jc"}
    assert output_value(output, terminal=False) == "a\tb\x1b[2Jc"
    assert output_value(output, terminal=True) == "a bc"


# ── graph ──────────────────────────────────────────────────────────────────────────────────────────────

GRAPH = graph_of(
    [
        *(instance("extract", f"{n}", workflow=WorkflowRef("extract", "x")) for n in range(3)),
        *(instance("load", f"{n}", reads=("extract",)) for n in range(2)),
        instance("end", depends_on=(Dependency("load", Need.SETTLED), Dependency("empty", Need.FINISHED))),
        instance("odd", workflow=WorkflowRef('a"<b>\\', "x")),
    ]
)


def test_mermaid() -> None:
    golden("graph.mmd", mermaid(GRAPH))


def test_dot() -> None:
    golden("graph.dot", dot(GRAPH))


def test_the_graph_has_one_node_per_entry_and_one_edge_per_need() -> None:
    document = graph_document(GRAPH)
    assert {"from": "extract", "to": "load", "need": "result"} in document["edges"]  # type: ignore[operator]
    assert len(document["edges"]) == 3  # type: ignore[arg-type]
    assert {"name": "empty", "workflow": "", "instances": 0} in document["nodes"]  # type: ignore[operator]
