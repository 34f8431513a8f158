"""The stream of events: lines for people, NDJSON for machines, and the count at the end."""

from typing import get_args

from render_samples import MADE_AT, SOURCES, events, golden, mixed_changes, outputs, problems
from schema_checks import closed, complaints, fits

from declarative.model import event as event_model
from declarative.model.address import Address
from declarative.model.event import Ended, Event, Recovered, Started, StartUnknown, StopAsked
from declarative.model.record import Outcome
from declarative.render.dump import JsonObject, dump
from declarative.render.events import event_line
from declarative.render.events_schema import events_schema
from declarative.render.outputs import output_document
from declarative.render.reading import object_at, objects_at
from declarative.render.stream import (
    TYPES,
    change_summary_event,
    diagnostic_event,
    event_document,
    outputs_event,
    planned_change_events,
    redacted,
    version_event,
)
from declarative.render.style import Style
from declarative.render.summary import summarize
from declarative.render.tally import Left, Tally


def whole_stream() -> list[JsonObject]:
    tally = Tally()
    for event in events():
        tally.see(event)
    return [
        version_event("0.1.0", MADE_AT),
        *planned_change_events(mixed_changes(), MADE_AT),
        change_summary_event(summarize(mixed_changes()), "plan", MADE_AT),
        *(event_document(event, MADE_AT + 0.25) for event in events()),
        diagnostic_event(problems()[0], SOURCES, MADE_AT),
        outputs_event(output_document(outputs()), MADE_AT),
        {**change_summary_event(summarize([]), "apply", MADE_AT), "changes": tally.document()},
    ]


def test_the_samples_hold_every_kind_of_event() -> None:
    assert {type(event) for event in events()} == set(get_args(event_model.Event))


def test_plain_lines() -> None:
    golden("events.txt", "".join(f"{event_line(event)}\n" for event in events()))


def test_the_stream() -> None:
    golden("events.ndjson", "".join(f"{dump(line)}\n" for line in whole_stream()))


def test_every_line_is_one_line() -> None:
    assert all("\n" not in event_line(event) and "\x1b" not in event_line(event) for event in events())


def test_every_object_is_what_the_schema_says_and_nothing_more() -> None:
    strict = closed_lines()
    for line in whole_stream():
        assert list(complaints(events_schema(), line)) == []
        assert list(complaints(strict[str(line["type"])], line)) == []
        assert not fits(strict[str(line["type"])], {**line, "extra": 1})
    assert {line["type"] for line in whole_stream()} == set(TYPES)


def closed_lines() -> dict[str, JsonObject]:
    """Per type, head and payload in one object that holds nothing else."""
    schema = closed(events_schema())
    head = object_at(schema, "properties")
    return {
        str(line["title"]): {
            **line,
            "properties": {**head, **object_at(line, "properties")},
            "$defs": schema["$defs"],
        }
        for line in objects_at(schema, "oneOf")
    }


def test_a_line_that_lacks_its_payload_is_refused_by_the_schema() -> None:
    line = event_document(events()[5], MADE_AT)
    del line["hook"]
    assert not fits(events_schema(), line)


def test_a_line_is_redacted_in_its_words_and_keeps_its_names() -> None:
    failure = Ended(Address("load", "eu"), "dfq-load", Outcome.FAILED, "E", "no load for hunter22")
    line = redacted(event_document(failure, MADE_AT), frozenset({"hunter22", "load", "execution_ended"}))
    assert "hunter22" not in dump(line)
    assert line["type"] == "execution_ended"
    assert '"addr":"load[\\"eu\\"]"' in dump(line)
    assert '"id_value":"dfq-load"' in dump(line)


def test_moments_are_rfc_3339_to_the_microsecond() -> None:
    assert event_document(events()[0], MADE_AT + 0.25)["@timestamp"] == "2026-11-18T11:06:40.250000Z"


def test_levels_tell_failures_from_progress() -> None:
    def level(event: Event) -> object:
        return event_document(event, MADE_AT)["@level"]

    address = events()[5].address  # type: ignore[union-attr]
    assert level(Ended(address, "x", Outcome.FINISHED)) == "info"
    assert level(Ended(address, "x", Outcome.STOPPED_BY_US)) == "info"
    assert level(Ended(address, "x", Outcome.FAILED)) == "error"
    assert level(Ended(address, "x", Outcome.STOPPED_OUTSIDE)) == "error"
    assert level(Recovered(address, "nothing_started", None, "")) == "info"
    assert level(Recovered(address, "unknown", None, "")) == "error"


def tallied(*seen: Event, operation: str = "apply") -> Tally:
    tally = Tally(operation)
    for event in seen:
        tally.see(event)
    return tally


def test_the_last_words_of_an_apply() -> None:
    golden("apply_incomplete.txt", tallied(*events()).text(Left(3, 1, 340, 2)))


def test_a_clean_apply_says_terraforms_line() -> None:
    address = events()[5].address  # type: ignore[union-attr]
    text = tallied(Started(address, "a"), Ended(address, "a", Outcome.FINISHED)).text(Left())
    assert text == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\nExecutions: 1 finished.\n"


def test_a_destroy_says_terraforms_line() -> None:
    address = events()[5].address  # type: ignore[union-attr]
    stopped = Ended(address, "a", Outcome.STOPPED_BY_US)
    assert tallied(stopped, operation="destroy").text(Left()) == "Destroy complete! Resources: 1 destroyed.\n"


def test_an_unknown_start_or_an_interrupt_is_never_complete() -> None:
    address = events()[5].address  # type: ignore[union-attr]
    assert tallied(StartUnknown(address, problems()[0])).text(Left()).startswith("Apply incomplete!")
    assert tallied().text(Left(), interrupted=True).startswith("Apply interrupted!")
    assert "\x1b[" in tallied().text(Left(), Style(colour=True))


def test_a_start_whose_outcome_was_found_out_is_unknown_no_more() -> None:
    address = events()[5].address  # type: ignore[union-attr]
    lost = StartUnknown(address, problems()[0])
    found = tallied(lost, Recovered(address, "adopted", "a", "")).text(Left())
    assert found == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\nExecutions: 1 adopted.\n"
    again = tallied(lost, Recovered(address, "nothing_started", None, ""), Started(address, "a")).text(Left())
    assert again == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n"
    doubted = tallied(lost, Recovered(address, "unknown", None, "")).text(Left())
    assert "Apply incomplete!" in doubted and "1 with an unknown outcome" in doubted


def test_what_could_not_be_read_is_never_complete() -> None:
    assert tallied().text(Left(blind=True)).startswith("Apply incomplete!")


def test_what_is_left_names_what_to_run_next() -> None:
    assert "declarative wait" in tallied().text(Left(in_progress=2))
    assert "apply --wait" in tallied().text(Left(in_progress=2, held=1))
    assert (
        tallied()
        .text(Left(unstarted=1))
        .endswith("Left: 1 not started.\nRun declarative apply again to go on.\n")
    )
    assert "Left:" not in tallied().text(Left())


def test_asking_for_a_stop_is_not_yet_a_stop() -> None:
    asked = next(event for event in events() if isinstance(event, StopAsked))
    assert tallied(asked).document()["remove"] == 0
