"""The smallest pieces of text: counts, spans of time, and text from outside made safe to show."""

from __future__ import annotations

import re
import unicodedata

KNOWN_AFTER = "(known after apply)"

_TERMINAL_SEQUENCES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 (but tab and newline), DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"  # bidi, zero width, tags
)
_UNSAFE = re.compile(f"[{_CONTROLS}]")
_UNSAFE_OR_BREAK = re.compile(f"[{_CONTROLS}\t\n\u2028\u2029\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_AROUND_BREAKS = re.compile(r"\s*\n\s*")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~])")
_FRACTION = re.compile(r"\.\d+(?=Z\Z)")
_REFERENCES = re.compile("([@#])")


def clean(text: str) -> str:
    """Untrusted text for a terminal: no escape sequences, controls, bidi overrides or invisible characters.

    Line breaks stay; a tab is a space; a lone surrogate, which no terminal can be sent, is U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _BREAKS.sub("\n", _TERMINAL_SEQUENCES.sub("", text))
    return _SURROGATES.sub("\ufffd", _UNSAFE.sub("", text)).replace("\t", " ")


def one_line(text: str) -> str:
    """`clean`, with line breaks and the white space around them as one space."""
    if text.isascii() and text.isprintable():
        return text
    return _AROUND_BREAKS.sub(" ", clean(text)).strip()


def in_place(text: str) -> str:
    """Unsafe characters replaced one for one, so that columns still point where they did."""
    return _UNSAFE_OR_BREAK.sub(lambda found: " " if found.group() == "\t" else "\ufffd", text)


def escape_markdown(text: str) -> str:
    """Untrusted text for a line of Markdown: no markup, no HTML, and nobody is called by it.

    Forges look for @names after a backslash too; only something invisible in between keeps them away.
    """
    return _escape_tags(_REFERENCES.sub("\\1\u200b", _MARKDOWN.sub(r"\\\1", one_line(text))))


def escape_html(text: str) -> str:
    """Untrusted text for HTML, attributes included."""
    return _escape_tags(clean(text)).replace('"', "&quot;").replace("'", "&#x27;")


def _escape_tags(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def count(number: int, noun: str) -> str:
    """'1 execution', '3 executions'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """'0.4s', '12s', '2m10s', '1h05m', '2d04h'."""
    if seconds < 0.95:
        return f"{max(0.0, seconds):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02}h"


def age(seconds: float) -> str:
    """'just now', '5m ago', '3d ago'; a moment ahead of our clock is 'just now'."""
    if seconds < 5:
        return "just now"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return f"{int(seconds)}s ago"


def moment(text: str) -> str:
    """A moment as an engine writes it, to the second."""
    return _FRACTION.sub("", clean(text))


def width_of(text: str) -> int:
    """Columns of a terminal that clean text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def shorten(text: str, width: int) -> str:
    """The text, or as much of it as fits `width` columns, ending in an ellipsis."""
    if len(text) <= width and width_of(text) <= width:
        return text
    taken, columns = [], 0
    for character in text:
        columns += _columns(character)
        if columns > width - 1:
            break
        taken.append(character)
    return "".join(taken) + "…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """Spaces up to `width` columns; never cuts."""
    return text + " " * max(0, width - width_of(text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
