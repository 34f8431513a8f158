"""One expression text -> something callable, and what it names; each text once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate

from jinja2 import TemplateSyntaxError, nodes
from jinja2.parser import Parser

from declarative.config.bounds import NESTING_MAX, Fault
from declarative.config.chains import Chain, chains
from declarative.config.functions import NAMES as FUNCTIONS
from declarative.config.sandbox import Sandbox
from declarative.diagnostics import did_you_mean

ROOTS = ("each", "environment", "executions", "var")
_HYPHEN = re.compile(r"\b(executions|var)\.([A-Za-z_]\w*(?:-\w+)+)")
_END = re.compile("'end of (?:print statement|template)'")
_LEXER_OFFSET = re.compile(r" at (\d+)\Z")
_OTHER_LANGUAGES = {
    "&&": "Write `and`.",
    "||": "Write `or`.",
    "!": "Write `not`.",
    "?": "Write `a if condition else b`.",
    "=": "Write == to compare.",
    "`": "Quote texts with ' or \".",
    ";": "An expression has no statements.",
}
_OTHER_NAMES = {
    "null": "none",
    "environ": "environment",
    "env": "environment",
    "vars": "var",
    "variables": "var",
    "execution": "executions",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """`run` takes the names' values and returns what Jinja made of them. `chains` is what it reads."""

    text: str
    run: Callable[[dict[str, object]], object]
    chains: tuple[Chain, ...]


class SyntaxFault(Fault):
    """A text that is no expression. `offset` is where, in characters; -1 for the whole."""

    def __init__(
        self, summary: str, hint: str = "", offset: int = -1, code: str = "expression_syntax"
    ) -> None:
        super().__init__(code, summary, hint)
        self.offset = offset


@lru_cache(maxsize=20_000)
def compiled(text: str) -> Compiled | SyntaxFault:
    try:
        tree = _parsed(text)
        _check(tree, text)
        run = _sandbox().compile_expression(text, undefined_to_none=False)
        return Compiled(text, run, chains(tree))
    except SyntaxFault as fault:
        return fault
    except (RecursionError, MemoryError):
        return SyntaxFault("The expression is nested too deeply")
    except (TemplateSyntaxError, SyntaxError, ValueError) as error:
        return SyntaxFault(f"This is not a valid expression: {error}")


@cache
def _sandbox() -> Sandbox:
    return Sandbox()


def _parsed(text: str) -> nodes.Expr:
    tokens = _tokens(text)
    parser = Parser(_sandbox(), text, state="variable")
    try:
        tree = parser.parse_expression()
        message = f'unexpected "{parser.stream.current.value}"'
        if parser.stream.eos:
            return tree
    except TemplateSyntaxError as error:
        message = _END.sub("end of the expression", error.message or "")
    offset = _offset(tokens, parser, len(text))
    raise SyntaxFault(f"This is not a valid expression: {message}", _habit(text, offset), offset)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


def _tokens(text: str) -> list[_Token]:
    """The text's tokens, for their places: Jinja's own errors only know lines."""
    try:
        raw = list(_sandbox().lexer.tokeniter(text, None, None, state="variable"))
    except TemplateSyntaxError as error:
        message = error.message or ""
        at = _LEXER_OFFSET.search(message)
        offset = int(at[1]) if at else -1
        words = _LEXER_OFFSET.sub("", message)
        raise SyntaxFault(f"This is not a valid expression: {words}", _habit(text, offset), offset) from None
    offsets = accumulate((len(word) for _, _, word in raw), initial=0)
    tokens = [_Token(kind, word, at) for (_, kind, word), at in zip(raw, offsets, strict=False)]
    return [token for token in tokens if token.kind != "whitespace"]


def _offset(tokens: list[_Token], parser: Parser, end: int) -> int:
    left = sum(1 for _ in parser.stream)
    return tokens[-left].offset if 0 < left <= len(tokens) else end - 1


def _habit(text: str, offset: int) -> str:
    """A hint for who writes another language."""
    near = text[max(0, offset - 1) : offset + 2]
    return next((hint for symbol, hint in _OTHER_LANGUAGES.items() if symbol in near), "")


def _check(tree: nodes.Expr, text: str) -> None:
    for node, level in _walk(tree):
        if level > NESTING_MAX:
            raise SyntaxFault("The expression is nested too deeply", "Split it, or use variables.")
        if isinstance(node, nodes.Const) and node.value in (math.inf, -math.inf):
            raise SyntaxFault("A number in the expression is too large")
        if isinstance(node, nodes.Name) and node.name not in ROOTS and node.name not in FUNCTIONS:
            raise _unknown_name(node.name, text)
        if isinstance(node, nodes.Filter) and node.name not in _sandbox().filters:
            raise _unknown("filter", node.name, text, _sandbox().filters)
        if isinstance(node, nodes.Test) and node.name not in _sandbox().tests:
            raise _unknown("test", node.name, text, _sandbox().tests)


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every node and its level, without recursion: the tree is as deep as a stranger wants it."""
    heap = [(tree, 0)]
    while heap:
        node, level = heap.pop()
        yield node, level
        heap.extend((child, level + 1) for child in node.iter_child_nodes())


def _unknown_name(name: str, text: str) -> SyntaxFault:
    offset = _word(text, name)
    hyphen = _HYPHEN.search(text)
    if hyphen and name in hyphen[2].split("-"):
        hint = f'A name with a hyphen is written {hyphen[1]}["{hyphen[2]}"].'
        return SyntaxFault(f"{hyphen[0]} is read as a subtraction", hint, hyphen.start(), "expression_name")
    near = _OTHER_NAMES.get(name) or did_you_mean(name, (*ROOTS, *FUNCTIONS, "none", "true", "false"))
    hint = f'Did you mean "{near}"?' if name in _OTHER_NAMES else near
    hint = hint or f"There are {', '.join(ROOTS)}; a text is quoted: '{name}'."
    return SyntaxFault(f'The name "{name}" means nothing here', hint, offset, "expression_name")


def _unknown(what: str, name: str, text: str, known: Iterable[str]) -> SyntaxFault:
    hint = did_you_mean(name, [word for word in known if not word.startswith(" ")])
    if name == "random":
        hint = "An expression gives the same value every time."
    return SyntaxFault(f'There is no {what} "{name}"', hint, _word(text, name), "expression_name")


def _word(text: str, word: str) -> int:
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", text)
    return found.start() if found else -1
