"""Problems as JSON in Terraform's shape, and as text made from that JSON: the place, the line, a caret.

Opens no file: `sources` (file -> text) comes from whoever read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

from declarative.diagnostics import Diagnostic, Span, errors_in
from declarative.render.dump import JsonObject
from declarative.render.reading import number_at, object_at, objects_at, text_at
from declarative.render.style import PLAIN, Style
from declarative.render.words import clean, in_place, width_of

ALIKE_MAX = 20
"""Problems of one kind that are shown; ten thousand instances can share one mistake."""
_CODE_WIDTH_MIN = 20


# ── JSON ───────────────────────────────────────────────────────────────────────────────────────────────


def diagnostic_documents(problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[JsonObject]:
    """Terraform's keys (`severity summary detail address range snippet`) and ours (`code hint notes`)."""
    texts = _Texts(sources)
    return [_document(problem, texts) for problem in problems]


def validation_document(problems: Sequence[Diagnostic], sources: Mapping[str, str]) -> JsonObject:
    """What `validate --json` says."""
    errors = sum(problem.is_error for problem in problems)
    return {
        "format_version": "1.0",
        "valid": not errors_in(problems),
        "error_count": errors,
        "warning_count": len(problems) - errors,
        "diagnostics": list(diagnostic_documents(problems, sources)),
    }


def _document(problem: Diagnostic, texts: _Texts) -> JsonObject:
    found: JsonObject = {
        "severity": problem.severity.value,
        "code": problem.code,
        "summary": clean(problem.summary),
        "detail": clean(problem.detail),
    }
    if problem.hint:
        found["hint"] = clean(problem.hint)
    if problem.address is not None:
        found["address"] = problem.address
    if problem.span is not None:
        found |= _place(problem.span, texts)
    if problem.notes:
        found["notes"] = [{"text": clean(note.text), **_place(note.span, texts)} for note in problem.notes]
    return found


def _place(span: Span, texts: _Texts) -> JsonObject:
    found: JsonObject = {
        "range": {
            "filename": span.file,
            "start": {"line": span.line, "column": span.column, "byte": texts.byte(span, start=True)},
            "end": {"line": span.end_line, "column": span.end_column, "byte": texts.byte(span, start=False)},
        }
    }
    code = texts.line(span.file, span.line)
    if code is not None:
        found["snippet"] = _snippet(span, code)
    return found


def _snippet(span: Span, code: str) -> JsonObject:
    start = min(span.column - 1, len(code))
    end = span.end_column - 1 if span.end_line == span.line else len(code)
    return {
        "context": None,
        "code": in_place(code),
        "start_line": span.line,
        "highlight_start_offset": start,
        "highlight_end_offset": min(max(end, start + 1), max(len(code), start + 1)),
        "values": [],
    }


class _Texts:
    """Lines and byte offsets of the sources, split once however many problems point into them."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}
        self._offsets: dict[str, list[int]] = {}

    def line(self, file: str, number: int) -> str | None:
        lines = self._split(file)
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else None

    def byte(self, span: Span, *, start: bool) -> int:
        """From the beginning of the file, 0 where its text is not at hand."""
        line, column = (span.line, span.column) if start else (span.end_line, span.end_column)
        lines = self._split(span.file)
        if not 0 < line <= len(lines):
            return 0
        inside = lines[line - 1][: column - 1].encode("utf-8", "replace")
        return self._offsets[span.file][line - 1] + len(inside)

    def _split(self, file: str) -> list[str]:
        if file not in self._lines:
            lines = self._sources[file].split("\n") if file in self._sources else []
            offsets = [0]
            for line in lines:
                offsets.append(offsets[-1] + len(line.encode("utf-8", "replace")) + 1)
            self._lines[file], self._offsets[file] = lines, offsets
        return self._lines[file]


# ── text, from the JSON ────────────────────────────────────────────────────────────────────────────────


def diagnostics_text(documents: Iterable[JsonObject], style: Style = PLAIN, width: int = 80) -> str:
    """Boxes where there is colour, else plain blocks. Beyond ALIKE_MAX of one code only a count is shown."""
    shown: dict[tuple[str, str], int] = {}
    blocks: list[str] = []
    for document in documents:
        kind = (text_at(document, "severity"), text_at(document, "code"))
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= ALIKE_MAX:
            blocks.append(_block(document, style, width))
    for (severity, code), number in shown.items():
        if number > ALIKE_MAX:
            more = f"… {number - ALIKE_MAX} more of the kind {code} (--json lists them all)"
            blocks.append(_framed([more], severity, style))
    return "".join(blocks)


def render_diagnostics(
    problems: Iterable[Diagnostic], sources: Mapping[str, str], style: Style = PLAIN, width: int = 80
) -> str:
    return diagnostics_text(diagnostic_documents(problems, sources), style, width)


def _block(document: JsonObject, style: Style, width: int) -> str:
    severity = text_at(document, "severity")
    return _framed(_lines(document, severity, style, width - 2), severity, style)


def _framed(lines: list[str], severity: str, style: Style) -> str:
    if not style.colour:
        return "\n" + "".join(f"{line}\n" for line in lines)
    paint = style.red if severity == "error" else style.yellow
    bar = paint("│")
    body = "".join(f"{bar} {line}\n" if line else f"{bar}\n" for line in lines)
    return f"{paint('╷')}\n{body}{paint('╵')}\n"


def _lines(document: JsonObject, severity: str, style: Style, width: int) -> list[str]:
    paint = style.red if severity == "error" else style.yellow
    word = paint(style.bold("Error: " if severity == "error" else "Warning: "))
    lines = [word + style.bold(text_at(document, "summary"))]
    lines += _place_lines(document, style, width)
    for note in objects_at(document, "notes"):
        lines += ["", *_code_lines(note, style, width, f"  {text_at(note, 'text')}, on ")]
    if document.get("detail"):
        lines += ["", *_wrapped(str(document["detail"]), width)]
    if document.get("hint"):
        lines += ["", *_wrapped(f"hint: {document['hint']}", width)]
    return lines


def _place_lines(document: JsonObject, style: Style, width: int) -> list[str]:
    address, place = text_at(document, "address"), object_at(document, "range")
    lines = [f"  with {address}" + ("," if place else "")] if address else []
    lines += _code_lines(document, style, width, "  on ") if place else []
    return ["", *lines] if lines else []


def _code_lines(document: JsonObject, style: Style, width: int, lead: str) -> list[str]:
    place, snippet = object_at(document, "range"), object_at(document, "snippet")
    number = number_at(object_at(place, "start"), "line")
    where = f"{lead}{text_at(place, 'filename')} line {number}"
    if not snippet:
        return [where]
    return [f"{where}:", *_marked(snippet, number, style, width)]


def _marked(snippet: JsonObject, number: int, style: Style, width: int) -> list[str]:
    """The line with a caret below; of a long line only the surroundings of the caret."""
    margin = f"  {number:>3}: "
    code = str(snippet.get("code", ""))
    start, end = (number_at(snippet, f"highlight_{side}_offset") for side in ("start", "end"))
    room = max(_CODE_WIDTH_MIN, width - len(margin))
    cut = max(0, min(start - room // 3, len(code) - room))
    shown, start, end = code[cut : cut + room], start - cut, min(end - cut, room)
    caret = " " * (len(margin) + width_of(shown[:start])) + "^" * max(1, width_of(shown[start:end]))
    return [margin + shown.rstrip(), style.red(caret) if style.colour else caret]


def _wrapped(text: str, width: int) -> list[str]:
    """Paragraphs wrapped; lines that begin with a space are laid out already."""
    lines: list[str] = []
    for line in clean(text).split("\n"):
        laid_out = not line or line.startswith(" ")
        lines += (
            [line] if laid_out else wrap(line, max(width, 20), break_on_hyphens=False, break_long_words=False)
        )
    return lines
