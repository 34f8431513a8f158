"""YAML text -> value and positions, straight from libyaml's events. The only room that knows yaml.

Stricter than YAML, on purpose: a file that two readers understand differently starts the wrong executions.
No tags, one document, string keys, no key twice; plain scalars mean what JSON would mean (`no`, `0777` and
`2026-11-23` are strings). Merge keys and aliases work, bounded in what they expand to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from declarative.diagnostics import Diagnostic, Note, Severity, Span
from declarative.model.json import Json, NotJson, number

DEPTH_MAX = 100
NODES_MAX = 5_000_000
TEXT_MAX_BYTES = 64 * 1024 * 1024

Path: TypeAlias = Sequence[str | int]
Marks: TypeAlias = "int | tuple[int, dict[str, tuple[int, Marks]]] | tuple[int, list[Marks]]"
"""Where things stand, in the shape of the value. A place is line << 20 | column, both from 0."""

_COLUMN_BITS = 20
_Parser: Any = getattr(yaml, "cyaml").CParser if yaml.__with_libyaml__ else yaml.SafeLoader  # noqa: B009
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_LOOKS_TYPED = re.compile(
    r"(?:True|TRUE|False|FALSE|Null|NULL|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    r"|0[xX][0-9a-fA-F]+|0o[0-7]+|[-+]?\.[0-9]+|[-+]?[0-9]+\.|\+[0-9][0-9.]*|[-+]?[0-9]+(?:_[0-9]+)+)\Z"
)
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\]\}]+""")


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read. `text` is kept so that a problem can be shown with its line."""

    file: str
    text: str
    value: Json
    marks: Marks

    def span(self, path: Path = (), key: bool = False) -> Span:
        """Where `path` stands; `key` asks for the key itself instead of its value.

        A segment that the file does not have is skipped: pydantic puts union tags into its locations.
        """
        return _span(self.file, self.text, _find(self.marks, path, key))


def read(text: str, file: str) -> tuple[Document | None, list[Diagnostic]]:
    """All problems of one text in one run; a document only when none of them is an error."""
    reader = _Reader(file, text)
    if len(text) > TEXT_MAX_BYTES:
        reader.problem("file_too_large", "The file is larger than 64 MiB", 0)
        return None, reader.problems
    document = reader.document()
    return (None if any(p.is_error for p in reader.problems) else document), reader.problems


@dataclass(slots=True)
class _Node:
    value: Json
    marks: Marks
    size: int = 1


class _Abort(Exception):
    """Reading cannot go on: the problem is already noted."""


@dataclass(slots=True)
class _Reader:
    file: str
    text: str
    problems: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)

    def document(self) -> Document | None:
        parser = _Parser(self.text)
        try:
            return self._document(parser)
        except yaml.YAMLError as error:
            self._syntax(error)
        except _Abort:
            pass
        finally:
            parser.dispose()
        return None

    def problem(self, code: str, summary: str, at: int, hint: str = "", first: int | None = None) -> None:
        notes = () if first is None else (Note("first here", _span(self.file, self.text, first)),)
        span = _span(self.file, self.text, at)
        self.problems.append(Diagnostic(code, summary, hint=hint, span=span, notes=notes))

    def _document(self, parser: Any) -> Document | None:
        parser.get_event()
        event = parser.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            return Document(self.file, self.text, None, 0)
        node = self._node(parser, parser.get_event(), 0)
        parser.get_event()
        after = parser.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            self.problem("several_documents", "The file holds more than one document", _at(after))
        return Document(self.file, self.text, node.value, node.marks)

    def _node(self, parser: Any, event: Any, depth: int) -> _Node:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        if event.tag is not None:
            self.problem("tag", f"Tags are not supported: {event.tag}", _at(event), "Write the plain value.")
        if depth > DEPTH_MAX:
            self.problem("too_deep", f"The file is nested deeper than {DEPTH_MAX} levels", _at(event))
            raise _Abort
        if kind is yaml.ScalarEvent:
            node = self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            node = self._mapping(parser, event, depth)
        else:
            node = self._sequence(parser, event, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> _Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            self.problem("unknown_alias", f"There is no anchor named {event.anchor} before this", _at(event))
            return _Node(None, _at(event))
        return node

    def _scalar(self, event: Any) -> _Node:
        text, at = event.value, _at(event)
        if not event.implicit[0]:
            return _Node(text, at)
        if text in _WORDS:
            return _Node(_WORDS[text], at)
        if _NUMBER.match(text):
            return self._number(text, at)
        if _LOOKS_TYPED.match(text):
            self._ambiguous(text, at)
        return _Node(text, at)

    def _number(self, text: str, at: int) -> _Node:
        try:
            return _Node(number(text), at)
        except NotJson as error:
            self.problem("number", f"{error}".capitalize(), at, "Quote it if it is meant as text.")
            return _Node(None, at)

    def _ambiguous(self, text: str, at: int) -> None:
        span = _span(self.file, self.text, at)
        self.problems.append(
            Diagnostic(
                "ambiguous_scalar",
                f"{text} is read as a string",
                hint="Quote it to say so, or write it as JSON would (true, 0.5, 31).",
                severity=Severity.WARNING,
                span=span,
            )
        )

    def _sequence(self, parser: Any, start: Any, depth: int) -> _Node:
        values: list[Json] = []
        marks: list[Marks] = []
        size = 1
        while type(event := parser.get_event()) is not yaml.SequenceEndEvent:
            node = self._node(parser, event, depth + 1)
            values.append(node.value)
            marks.append(node.marks)
            size += node.size
        return self._bounded(_Node(values, (_at(start), marks), size))

    def _mapping(self, parser: Any, start: Any, depth: int) -> _Node:
        values: dict[str, Json] = {}
        marks: dict[str, tuple[int, Marks]] = {}
        merges: list[tuple[Any, _Node]] = []
        size = 1
        while type(event := parser.get_event()) is not yaml.MappingEndEvent:
            key = self._key(parser, event, depth)
            node = self._node(parser, parser.get_event(), depth + 1)
            size += node.size
            if key == "<<" and event.implicit[0]:
                merges.append((event, node))
            elif key is not None:
                self._put(values, marks, key, _at(event), node)
        for event, node in merges:
            self._merge(values, marks, event, node)
        return self._bounded(_Node(values, (_at(start), marks), size))

    def _key(self, parser: Any, event: Any, depth: int) -> str | None:
        if type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None:
            text: str = event.value
            if not event.implicit[0] or not (text in _WORDS or _NUMBER.match(text)):
                return text
            self.problem("key_type", f"The key {text or 'null'} is not a string", _at(event), "Quote it.")
            return None
        node = self._node(parser, event, depth + 1)
        if isinstance(node.value, str):
            return node.value
        hint = "Single-quote the expression." if self._line_has_expression(_at(event)) else ""
        self.problem("key_type", "A key must be a string", _at(event), hint)
        return None

    def _put(
        self, values: dict[str, Json], marks: dict[str, tuple[int, Marks]], key: str, at: int, node: _Node
    ) -> None:
        if key in values:
            self.problem("duplicate_key", f'The key "{key}" stands here twice', at, first=marks[key][0])
            return
        values[key] = node.value
        marks[key] = (at, node.marks)

    def _merge(
        self, values: dict[str, Json], marks: dict[str, tuple[int, Marks]], event: Any, node: _Node
    ) -> None:
        """YAML's merge key: the mapping's own keys win, then the first source that has one."""
        for value, value_marks in _sources(node):
            if not isinstance(value, dict) or isinstance(value_marks, int):
                self.problem("merge_type", "<< takes a mapping or a list of mappings", _at(event))
                return
            keys: Any = value_marks[1]
            for key, item in value.items():
                if key not in values:
                    values[key] = item
                    marks[key] = keys[key]

    def _bounded(self, node: _Node) -> _Node:
        if node.size > NODES_MAX:
            where = node.marks if isinstance(node.marks, int) else node.marks[0]
            self.problem("too_large", f"Aliases expand to more than {NODES_MAX:,} values", where)
            raise _Abort
        return node

    def _line_has_expression(self, at: int) -> bool:
        return "${" in _line(self.text, at >> _COLUMN_BITS)

    def _syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        at = 0 if mark is None else mark.line << _COLUMN_BITS | min(mark.column, (1 << _COLUMN_BITS) - 1)
        words = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        hint = "Single-quote values that hold ${...}." if self._line_has_expression(at) else _remedy(words)
        self.problem("yaml_syntax", f"This is not valid YAML: {words}", at, hint)


_REMEDIES = {
    "found character that cannot start any token": "YAML indents with spaces, never with tabs; a value that "
    "begins with @, ` or % is quoted.",
    "mapping values are not allowed": "A value that holds a colon and a space is quoted.",
    "did not find expected ',' or '}'": "A { is closed with }, and its items stand apart by commas.",
    "did not find expected ',' or ']'": "A [ is closed with ], and its items stand apart by commas.",
    "did not find expected key": "Keys of one mapping begin in the same column.",
    "found unexpected end of stream": "A quote that was opened is closed with the same one.",
}
"""What libyaml says is true, and helps nobody who does not know its grammar."""


def _remedy(words: str) -> str:
    return next((hint for beginning, hint in _REMEDIES.items() if words.startswith(beginning)), "")


def _sources(node: _Node) -> list[tuple[Json, Marks]]:
    if isinstance(node.value, list) and not isinstance(node.marks, int):
        item_marks: Any = node.marks[1]
        return list(zip(node.value, item_marks, strict=True))
    return [(node.value, node.marks)]


def _at(event: Any) -> int:
    mark = event.start_mark
    line: int = mark.line
    column: int = mark.column
    return line << _COLUMN_BITS | column


def _find(marks: Marks, path: Path, key: bool) -> int:
    at = marks if isinstance(marks, int) else marks[0]
    for segment in path:
        if isinstance(marks, int):
            break
        inside: Any = marks[1]
        if isinstance(inside, dict) and segment in inside:
            key_at, marks = inside[segment]
            at = key_at if key else (marks if isinstance(marks, int) else marks[0])
        elif isinstance(inside, list) and isinstance(segment, int) and 0 <= segment < len(inside):
            marks = inside[segment]
            at = marks if isinstance(marks, int) else marks[0]
    return at


def _span(file: str, text: str, at: int) -> Span:
    line, column = at >> _COLUMN_BITS, at & ((1 << _COLUMN_BITS) - 1)
    token = _TOKEN.match(_line(text, line), column)
    width = max(1, len(token.group().rstrip(":"))) if token else 1
    return Span(file, line + 1, column + 1, line + 1, column + 1 + width)


def _line(text: str, index: int) -> str:
    start = 0
    for _ in range(index):
        start = text.find("\n", start) + 1
        if start == 0:
            return ""
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)]
