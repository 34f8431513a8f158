"""Small pieces of text, and text from outside."""

import pytest

from declarative.render.words import (
    age,
    clean,
    duration,
    escape_html,
    escape_markdown,
    in_place,
    one_line,
    shorten,
    width_of,
)


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bcreset", "reset"),
        ("a\rb\r\nc", "a\nb\nc"),
        ("ring\x07\x00\x7f", "ring"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag\U000e0041", "tag"),
        ("lone \ud800", "lone \ufffd"),
        ("tab\tand Ж и 漢", "tab and Ж и 漢"),
    ],
)
def test_nothing_reaches_a_terminal_that_it_would_obey(dirty: str, shown: str) -> None:
    assert clean(dirty) == shown


def test_one_line_is_one_line() -> None:
    assert one_line("first  word\n\n   second\u2028third\n") == "first  word second third"


def test_replacing_in_place_keeps_every_column() -> None:
    assert in_place("a\tb\x1bc\u202ed") == "a b\ufffdc\ufffdd"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (0.25, "0.2s"),
        (0.97, "1s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (3599.6, "1h00m"),
        (3725, "1h02m"),
        (187_200, "2d04h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-30, "just now"),
        (4, "just now"),
        (42, "42s ago"),
        (300, "5m ago"),
        (7200, "2h ago"),
        (90_000, "1d ago"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_widths_are_those_of_a_terminal() -> None:
    assert (width_of("ab"), width_of("漢字"), width_of("e\u0301")) == (2, 4, 1)
    assert shorten("漢字漢字", 5) == "漢字…"
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


def test_markdown_of_strangers_is_only_text() -> None:
    shown = escape_markdown("**b** [x](http://e) <img src=x> @team #1 `c` |")
    assert "<" not in shown and "@team" not in shown and "#1" not in shown
    assert r"\*\*b\*\* \[x\](http://e)" in shown


def test_html_of_strangers_is_only_text() -> None:
    assert escape_html('<a href="x">&') == "&lt;a href=&quot;x&quot;&gt;&amp;"
