"""Measures this tool beside Terraform, where `terraform` is there, and prints the table.

python tests/benchmarks/bench.py --sizes 100 1000 10000 100000 --runs 3 --out docs/speed.md
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cases import Case, cases
from engine_figures import figures
from measuring import Cost, Failed, middle
from repositories import WORKFLOWS, write_ours, write_workflows
from served import Served, served
from table import Row, machine, page
from tools import interpreter, ours, ours_first_line, terraform, theirs

import declarative


def main() -> None:
    given = _arguments()
    where = machine()
    with (
        tempfile.TemporaryDirectory(prefix="declarative-speed-") as name,
        served(Path(name, "engine")) as engine,
    ):
        place = Path(name)
        _compile(place)
        starts = list(_starts(place, given.runs * 3))
        rows = [row for count in given.sizes for row in _rows(place, count, engine, given.runs)]
        measured = f"{where}; {_versions(place)}; {given.runs} runs"
        text = page(rows, starts, figures(place / "figures"), measured)
    sys.stdout.write(text)
    if given.out is not None:
        given.out.write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _rows(place: Path, count: int, engine: Served, runs: int) -> Iterator[Row]:
    for case in cases(place, count, engine, terraform() is not None):
        row = _row(case, engine, runs)
        sys.stderr.write(f"{row.name} {count}: {row.ours.wall:.2f} s, CPU {row.ours.cpu:.2f} s\n")
        yield row
    shutil.rmtree(place / str(count))


def _row(case: Case, engine: Served, runs: int) -> Row:
    """In turns, so that what else the machine does meets both alike."""
    ours_costs: list[Cost] = []
    their_costs: list[Cost] = []
    for _ in range(runs):
        engine.calls()
        ours_costs.append(_checked(case.ours(), case))
        calls = engine.calls()
        if case.theirs is not None:
            their_costs.append(_checked(case.theirs(), case))
    return Row(case.name, case.count, middle(ours_costs), middle(their_costs) if their_costs else None, calls)


def _checked(cost: Cost, case: Case) -> Cost:
    """A tool that failed quickly must not look fast."""
    if case.expects not in cost.output:
        raise Failed(f"{case.name} {case.count} did not say {case.expects!r}:\n{cost.output[-2000:]}")
    return cost


def _starts(place: Path, runs: int) -> Iterator[tuple[str, Cost]]:
    folder = place / "starts"
    folder.mkdir()
    for program in ("pass", "import click"):
        yield f"`python -c '{program}'`", middle([interpreter(folder, program) for _ in range(runs)])
    for word in ("version", "--help"):
        yield f"`declarative {word}`", middle([ours(folder, word) for _ in range(runs)])
    write_ours(folder, 1000, write_workflows(folder))
    firsts = [ours_first_line(folder, "plan") for _ in range(runs)]
    yield "first line of `declarative plan`, 1,000 declarations", middle(firsts)


def _compile(place: Path) -> None:
    """Every module that is measured was loaded once before."""
    for case in cases(place / "compile", 1, Served("http://127.0.0.1:1", ["w"] * WORKFLOWS), False):
        if not case.name.endswith("changed"):
            case.ours()


def _versions(place: Path) -> str:
    found = [f"declarative {declarative.__version__}", f"Python {platform.python_version()}"]
    if terraform() is not None:
        found.append(theirs(place, "version").output.splitlines()[0])
    return ", ".join(found)


if __name__ == "__main__":
    main()
