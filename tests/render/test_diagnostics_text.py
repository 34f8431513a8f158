"""Problems as people and machines see them."""

import json
import re

from render_samples import SOURCES, YAML, golden, problems
from schema_checks import closed, complaints, fits

from declarative.diagnostics import Diagnostic, Severity, Span
from declarative.render.diagnostics import (
    ALIKE_MAX,
    diagnostic_documents,
    diagnostics_text,
    render_diagnostics,
    validation_document,
)
from declarative.render.dump import dump
from declarative.render.events_schema import events_schema
from declarative.render.style import Style


def shown(problem: Diagnostic, source: str = "", width: int = 80) -> str:
    return render_diagnostics([problem], {"f.yaml": source}, width=width)


def test_plain_blocks() -> None:
    golden("diagnostics.txt", render_diagnostics(problems(), SOURCES))


def test_boxes_with_colour() -> None:
    golden("diagnostics_colour.txt", render_diagnostics(problems(), SOURCES, Style(colour=True), 60))


def test_the_json_of_validate() -> None:
    document = validation_document(problems(), SOURCES)
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 3, 1)
    golden("diagnostics.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def test_warnings_alone_are_valid() -> None:
    assert validation_document(problems()[3:], SOURCES)["valid"] is True


def test_it_is_what_the_schema_says_and_nothing_more() -> None:
    schema = closed(events_schema())
    schema["$ref"] = "#/$defs/diagnostic"
    for key in ("type", "oneOf", "properties", "required", "additionalProperties"):
        schema.pop(key, None)
    for document in diagnostic_documents(problems(), SOURCES):
        assert list(complaints(schema, document)) == []
        assert not fits(schema, {**document, "severity": "fatal"})


def test_byte_offsets_count_bytes_and_columns_count_characters() -> None:
    line, column = 5, YAML.split("\n")[4].index("при") + 1
    span = Span("declarative.yaml", line, column, line, column + 3)
    (document,) = diagnostic_documents([Diagnostic("x", "x", span=span)], SOURCES)
    place = json.loads(dump(document["range"]))
    start, end = place["start"]["byte"], place["end"]["byte"]
    assert YAML.encode()[start:end].decode() == "при"


def test_the_caret_stands_below_wide_characters_and_tabs() -> None:
    source = "\t漢字: x"
    text = shown(Diagnostic("x", "x", span=Span("f.yaml", 1, 2, 1, 4)), source)
    code, caret = text.splitlines()[-2:]
    assert code == "    1:  漢字: x"
    assert caret == "        ^^^^"
    after = shown(Diagnostic("x", "x", span=Span("f.yaml", 1, 6, 1, 7)), source)
    assert after.splitlines()[-1] == "              ^"


def test_a_long_line_is_shown_around_its_caret() -> None:
    source = "a" * 3000 + " here " + "b" * 3000
    text = shown(Diagnostic("x", "x", span=Span("f.yaml", 1, 3002, 1, 3006)), source, width=60)
    code, caret = text.splitlines()[-2:]
    assert len(code) <= 60
    assert code[caret.index("^") : caret.rindex("^") + 1] == "here"


def test_a_caret_never_points_beyond_its_line() -> None:
    text = shown(Diagnostic("x", "x", span=Span("f.yaml", 1, 90, 3, 95)), "short\nb\nc")
    assert text.endswith("    1: short\n            ^\n")


def test_a_place_without_its_text_is_named_all_the_same() -> None:
    text = render_diagnostics([Diagnostic("x", "x", span=Span("gone.yaml", 7, 1, 7, 2))], {})
    assert "  on gone.yaml line 7\n" in text


def test_a_place_beyond_the_end_of_the_text_is_no_crash() -> None:
    (document,) = diagnostic_documents(
        [Diagnostic("x", "x", span=Span("f.yaml", 99, 1, 99, 2))], {"f.yaml": "a"}
    )
    assert "snippet" not in document


def test_strangers_words_are_only_words() -> None:
    problem = Diagnostic("x", "sum\x1b[31mmary", "de\x9btail\r\n\x1b]0;t\x07two", "h\u202eint")
    text = shown(problem)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "summary" in text and "two" in text


def test_a_source_line_cannot_drive_the_terminal() -> None:
    text = shown(Diagnostic("x", "x", span=Span("f.yaml", 1, 4, 1, 5)), "a\x1b[2Jb")
    assert "\x1b" not in text


def test_one_mistake_of_many_instances_is_not_a_flood() -> None:
    many = [Diagnostic("same", f"number {n}") for n in range(1000)]
    many.append(Diagnostic("other", "another", severity=Severity.WARNING))
    text = render_diagnostics(many, {})
    assert text.count("Error: ") == ALIKE_MAX
    assert f"… {1000 - ALIKE_MAX} more of the kind same" in text
    assert "Warning: another" in text
    assert len(diagnostic_documents(many, {})) == 1001


def test_text_comes_from_the_json_alone() -> None:
    documents = json.loads(dump(list(diagnostic_documents(problems(), SOURCES))))
    assert diagnostics_text(documents) == render_diagnostics(problems(), SOURCES)
