r"""`\( )` in a text: found by scanning, never by handing the text to jq as a string literal.

A text without `\(` is itself, its other backslashes included. What stands between the parentheses is jq; its
end is found with respect to jq's strings (which may hold `\( )` again), brackets and comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN_PATH = re.compile(r"[ \t\r\n]*(\.|(?:\.[A-Za-z_][A-Za-z0-9_]*)+)[ \t\r\n]*\Z")
_INTEREST = re.compile(r'\\\(|#[^\n]*|["()\[\]{}]')
_IN_STRING = re.compile(r'\\\(|\\.|"', re.DOTALL)
_CLOSES = {"(": ")", "[": "]", "{": "}", "\\(": ")"}


class BadTemplate(ValueError):
    """The text holds a `\\(` that is never closed, or brackets that do not match."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One jq expression. `keys` of a plain path such as `.a.b` (`()` for `.`); None for everything else."""

    text: str
    keys: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Template:
    """A text, cut into what stands literally and what is evaluated."""

    text: str
    pieces: tuple[str | Expression, ...]

    @property
    def whole(self) -> Expression | None:
        """The expression when there is nothing around it: such a template yields a value, not a text."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], Expression):
            return self.pieces[0]
        return None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Expression))


NOTHING = Template("", ())


def expression(text: str) -> Expression:
    plain = _PLAIN_PATH.match(text)
    return Expression(text, None if plain is None else tuple(filter(None, plain.group(1).split("."))))


def read(text: str) -> Template:
    """Cuts a text at its `\\( )`. Raises BadTemplate."""
    pieces: list[str | Expression] = []
    at = 0
    while (opening := text.find("\\(", at)) >= 0:
        closing = _closing(text, opening + 2)
        pieces += [text[at:opening], expression(text[opening + 2 : closing])]
        at = closing + 1
    pieces.append(text[at:])
    return Template(text, tuple(piece for piece in pieces if piece != ""))


def read_value(text: str) -> Template:
    """As `read`, for fields of any JSON: white space around a whole template does not make it a text."""
    stripped = read(text.strip())
    return stripped if stripped.whole else read(text)


def read_condition(text: str) -> Template:
    """Bare jq; a text that begins with `\\(` is a template instead."""
    if text.lstrip().startswith("\\("):
        return read_value(text)
    return Template(text, (expression(text),))


def _closing(text: str, start: int) -> int:
    """Where the `)` stands that closes the `\\(` before `start`. No recursion: texts nest as they like."""
    expected = [")"]
    at = start
    while expected:
        at, found = _next(text, at, in_string=expected[-1] == '"')
        if found == expected[-1]:
            expected.pop()
        elif expected[-1] == '"':
            expected += [")"] if found == "\\(" else []
        elif found == '"':
            expected.append('"')
        elif found in _CLOSES:
            expected.append(_CLOSES[found])
        else:
            raise BadTemplate(f'"{found}" where "{expected[-1]}" is expected')
    return at - 1


def _next(text: str, at: int, in_string: bool) -> tuple[int, str]:
    """The next token that matters, and where the text goes on after it; comments are passed over."""
    match = (_IN_STRING if in_string else _INTEREST).search(text, at)
    while match is not None and match.group().startswith("#"):
        match = _INTEREST.search(text, match.end())
    if match is None:
        raise BadTemplate("a jq string is never closed" if in_string else "\\( is never closed")
    return match.end(), match.group()
