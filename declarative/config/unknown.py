"""How a room says that something an entry names cannot be told."""

from __future__ import annotations

from declarative.diagnostics import Diagnostic


class Unknown(Exception):
    """Caught where the entry is read, and never further out."""

    def __init__(self, problem: Diagnostic) -> None:
        self.problem = problem
        super().__init__(problem.summary)
