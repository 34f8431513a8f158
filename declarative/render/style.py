"""How much a place for text can show: colour and boxes, or plain characters only."""

from __future__ import annotations

from dataclasses import dataclass

_SYMBOL_COLOUR = {"+": "32", "-": "31", "~": "33", "!": "31", "?": "36", ".": "2"}


@dataclass(frozen=True, slots=True)
class Style:
    """`colour` brings boxes with it; without it every line must read as well.

    All methods return text of the same visible width.
    """

    colour: bool = False

    def bold(self, text: str) -> str:
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        return self._paint("2", text)

    def red(self, text: str) -> str:
        return self._paint("31", text)

    def green(self, text: str) -> str:
        return self._paint("32", text)

    def yellow(self, text: str) -> str:
        return self._paint("33", text)

    def symbol(self, text: str) -> str:
        """A plan symbol such as `-/+`, each character in its own colour."""
        return "".join(self._paint(_SYMBOL_COLOUR[c], c) if c in _SYMBOL_COLOUR else c for c in text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


PLAIN = Style()
