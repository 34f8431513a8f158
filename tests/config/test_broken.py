"""Broken configurations, each with all that is said about it: place, code, words."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from declarative.config.load import Loaded, load
from declarative.diagnostics import Diagnostic, Span

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(path.stem for path in BROKEN.glob("*.yaml"))
NOON = 1_795_608_000.0


def said(diagnostic: Diagnostic) -> str:
    about = f" [{diagnostic.address}]" if diagnostic.address else ""
    lines = [
        f"{place(diagnostic.span)}: {diagnostic.severity} {diagnostic.code}{about}: {diagnostic.summary}"
    ]
    lines += [f"    {diagnostic.detail}"] if diagnostic.detail else []
    lines += [f"    hint: {diagnostic.hint}"] if diagnostic.hint else []
    lines += [f"    {place(note.span)}: {note.text}" for note in diagnostic.notes]
    return "\n".join(lines) + "\n"


def place(span: Span | None) -> str:
    return f"{span.file}:{span.line}:{span.column}" if span else "-"


def loaded(text: str, folder: Path) -> Loaded:
    """The first line may be a comment with options, as a person would give them."""
    (folder / "declarative.yaml").write_text(text)
    (folder / "flow.yaml").write_text("")
    first = text.splitlines()[0]
    words = shlex.split(first.removeprefix("# ")) if first.startswith("# --") else []
    options = dict(zip(words[::2], words[1::2], strict=True))
    variables = dict([options["--var"].split("=")]) if "--var" in options else {}
    return load(".", options.get("--env"), variables, [], {}, NOON)


@pytest.mark.parametrize("case", CASES)
def test_a_broken_configuration_is_explained(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = loaded((BROKEN / f"{case}.yaml").read_text(), tmp_path)
    expected = (BROKEN / f"{case}.expected").read_text()
    assert "".join(map(said, found.diagnostics)) == expected
    assert (found.desired is None) == any(diagnostic.is_error for diagnostic in found.diagnostics)
