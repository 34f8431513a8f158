"""What the expressions of these tests see: variables, entries, and executions that have finished or not."""

from __future__ import annotations

from dataclasses import dataclass, field

from declarative import source
from declarative.config import expressions
from declarative.config.scope import Entries
from declarative.config.variables import Variables
from declarative.diagnostics import Diagnostic
from declarative.model.address import Address, parse
from declarative.model.desired import Pending
from declarative.model.json import Json
from declarative.source import Document


@dataclass
class Finished:
    """An Upstream of executions by address: those that are not there have not finished."""

    results: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def result(self, address: Address) -> Json:
        return self._known(address, self.results)

    def id(self, address: Address) -> str:
        self._known(address, self.results)
        return f"id-of-{address}"

    def input(self, address: Address) -> Json:
        return {"of": str(address)}

    def status(self, address: Address) -> str:
        return "FINISHED" if address in map(parse, self.results) else "RUNNING"

    def _known(self, address: Address, results: dict[str, Json]) -> Json:
        self.asked.append(str(address))
        for name, result in results.items():
            if parse(name) == address:
                return result
        raise Pending(address)


VARIABLES = Variables(
    {
        "regions": ["eu", "us"],
        "count": 3,
        "flag": True,
        "nothing": None,
        "token": "hunter2",
        "table": {"items": "data", "keys": 1, "deep": {"a": [10, 20]}},
    },
    sensitive=frozenset({"token"}),
    secrets=frozenset({"hunter2"}),
)
ENTRIES = Entries(
    {
        "extract": {"2026-11-01": None, "2026-11-02": None},
        "merge": None,
        "load-eu": None,
        "vault": None,
    },
    disabled={"consumer"},
    sensitive={"vault": {"input", "result"}},
)


def written(value: str) -> Document:
    """A file whose key x has the text as its value, single-quoted as the documentation asks for."""
    quoted = value.replace("'", "''")
    document, problems = source.read(f"# a comment\nx: '{quoted}'\n", "orders.yaml")
    assert document is not None, problems
    return document


def compiled(value: str) -> tuple[expressions.Template | None, list[Diagnostic]]:
    document = written(value)
    assert isinstance(document.value, dict)
    return expressions.compile_value(document.value["x"], ("x",), document)


def template(value: str) -> expressions.Template:
    found, problems = compiled(value)
    assert found is not None, problems
    return found


def refused(value: str) -> Diagnostic:
    """The one problem for which the text is no expression."""
    found, problems = compiled(value)
    assert found is None
    assert len(problems) == 1
    return problems[0]
