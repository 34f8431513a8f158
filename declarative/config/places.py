"""Where an expression stands in its file, as exactly as the file's own spelling of the text allows."""

from __future__ import annotations

import re

from declarative.config.scanner import Found
from declarative.diagnostics import Span
from declarative.source import Document

_SPELLING = re.compile(r"[\s'\"\\]")


def place(
    document: Document,
    path: tuple[str | int, ...],
    ordinal: int,
    found: Found | None = None,
    offset: int = -1,
) -> Span:
    """The span of the expression with this ordinal in the text at `path`.

    `offset` asks for one character of the expression. Quotes and line folding may spell the text
    differently in the file; then the nearest thing that is certain is returned.
    """
    whole = document.span(path)
    start = _dollar(document.text, _index(document.text, whole), ordinal)
    if start < 0 or (found and not _agrees(document.text, start, found.text)):
        return whole
    if found is None or not document.text.startswith(found.text, start + 2):
        return _span(document, start, 2)
    if offset >= 0:
        return _span(document, start + 2 + offset, 1)
    return _span(document, start, len(found.text) + 3)


def _index(text: str, span: Span) -> int:
    at = 0
    for _ in range(span.line - 1):
        at = text.find("\n", at) + 1
    return at + span.column - 1


def _dollar(text: str, at: int, ordinal: int) -> int:
    for _ in range(ordinal + 1):
        at = text.find("${", at) + 2
        if at < 2:
            return -1
    return at - 2


def _agrees(raw: str, start: int, text: str) -> bool:
    near = raw[start + 2 : start + 2 + 3 * len(text) + 200]
    return _SPELLING.sub("", near).startswith(_SPELLING.sub("", text))


def _span(document: Document, start: int, length: int) -> Span:
    text = document.text
    line_start = text.rfind("\n", 0, start) + 1
    line = text.count("\n", 0, start) + 1
    line_end = text.find("\n", start)
    width = min(length, (line_end if line_end >= 0 else len(text)) - start)
    column = start - line_start + 1
    return Span(document.file, line, column, line, column + max(1, width))
