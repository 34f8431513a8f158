"""What merge requests and CI systems get."""

import html.parser
import re

import pytest
from render_samples import SOURCES, failed, golden, mixed_changes, mixed_plan, plan_of, problems, quiet, start

from declarative.diagnostics import Diagnostic, Severity, Span
from declarative.model.change import Code
from declarative.render.diagnostics import diagnostic_documents
from declarative.render.markdown import CHARACTERS_MAX, code_span, fenced, marker, plan_markdown
from declarative.render.outline import outline_of_plan
from declarative.render.reports import ANNOTATIONS_MAX, github_annotations, gitlab_report
from declarative.render.summary import summarize


def test_a_comment() -> None:
    golden(
        "plan.md", plan_markdown(outline_of_plan(mixed_plan()), diagnostic_documents(problems()[3:], SOURCES))
    )


def test_nothing_to_do_says_so_in_its_title() -> None:
    plan = plan_of((quiet("load", None, Code.DONE, "FINISHED"),))
    assert "## Plan: no changes" in plan_markdown(outline_of_plan(plan))


def test_a_failed_plan_says_so_in_its_title() -> None:
    found = diagnostic_documents(problems(), SOURCES)
    assert "## Plan failed" in plan_markdown(outline_of_plan(plan_of(())), found)


@pytest.mark.parametrize("key", ["<b>" * 60, "`" * 200, "&" * 200, "é" * 200, "\\" * 120])
def test_a_comment_always_fits(key: str) -> None:
    changes = tuple(failed(f"nightly{n}", f"{n}{key}", "boom " * 400) for n in range(500))
    many = [Diagnostic("x", "s" * 500, "d " * 3000) for _ in range(50)]
    text = plan_markdown(outline_of_plan(plan_of(changes)), diagnostic_documents(many, {}))
    assert len(text) <= CHARACTERS_MAX
    assert text.endswith("</details>\n")
    assert "Plan: 0 to add, 0 to change, 0 to destroy." in text.rsplit("cut here", 1)[1]


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def outside_code(text: str) -> str:
    """What a forge would interpret: the comment without its fenced blocks and code spans."""
    without = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.S | re.M)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", without, flags=re.S)


def test_strangers_cannot_write_markup_or_call_people() -> None:
    evil = "```\n</details><img src=x onerror=alert(1)>\n# heading\n@everyone [x](http://evil) `a` -->"
    changes = (
        failed("nightly", evil, evil),
        start("load", evil, reason=evil, after={evil: evil}),
    )
    blocked = plan_of((*changes, failed("b", "x")))
    text = plan_markdown(outline_of_plan(blocked), diagnostic_documents([Diagnostic("x", evil, evil)], {}))
    tags = Tags()
    tags.feed(outside_code(text))
    assert tags.seen == ["details", "summary"]
    assert "@everyone" not in outside_code(text)
    assert "evil)" not in outside_code(text)


def test_reasons_are_escaped_where_they_stand_in_running_text() -> None:
    import dataclasses

    change = dataclasses.replace(failed("a", None), gate_reason="it failed with <b>@team</b> **x**")
    text = outside_code(plan_markdown(outline_of_plan(plan_of((change,)))))
    assert "@team" not in text and "<b>" not in text and "**x**" not in text
    assert "it failed with" in text


def test_fences_and_spans_outgrow_their_content() -> None:
    assert fenced("a\n`````\nb", 1000).splitlines()[0] == "``````text"
    assert code_span("a`b") == "`` a`b ``"
    assert code_span("``") == "``` `` ```"
    assert code_span("plain") == "`plain`"


def test_the_marker_is_the_same_next_time_and_cannot_be_closed_early() -> None:
    assert marker("orders", "prod") == "<!-- declarative:plan:orders/prod -->"
    assert marker("a-->b", "") == "<!-- declarative:plan:a--_b/- -->"


def test_gitlabs_report_has_exactly_its_three_keys() -> None:
    assert gitlab_report(summarize(mixed_changes())) == {"create": 7, "update": 1, "delete": 4}
    assert gitlab_report({"add": 5_000_000, "change": 0, "remove": 0})["create"] == 999_999


def test_githubs_annotations() -> None:
    golden("github.txt", github_annotations(diagnostic_documents(problems(), SOURCES)))


def test_an_annotation_is_one_command_whatever_it_says() -> None:
    evil = Diagnostic(
        "x", "a,b:c\n::error::d%0A", "x\r\n::set-output name=a::b", span=Span("a,b:c", 1, 1, 1, 2)
    )
    text = github_annotations(diagnostic_documents([evil], {}))
    assert text.count("\n") == 1 and text.startswith("::error file=a%2Cb%3Ac,line=1,")
    assert "title=a%2Cb%3Ac %3A%3Aerror%3A%3Ad%250A::" in text


def test_errors_come_first_and_the_rest_is_counted() -> None:
    many = [
        Diagnostic("w", "warn", severity=Severity.WARNING),
        *(Diagnostic("e", f"e{n}") for n in range(25)),
    ]
    lines = github_annotations(diagnostic_documents(many, {})).splitlines()
    assert len(lines) == ANNOTATIONS_MAX + 1
    assert lines[ANNOTATIONS_MAX - 1] == "::error title=declarative::and 16 more"
    assert lines[-1] == "::warning title=warn::warn"
