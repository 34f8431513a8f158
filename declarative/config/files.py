"""Which files make the configuration of a folder: `declarative.yaml`, those beside it, those they include."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from declarative import source
from declarative.config import opening
from declarative.config.opening import Unreadable
from declarative.diagnostics import Diagnostic, Severity, Span, did_you_mean
from declarative.source import Document

MAIN = "declarative.yaml"
BESIDE = "*.declarative.yaml"


@dataclass(slots=True)
class Files:
    """What was read. Files go by the names that a person in the current directory would type.

    `folders`: by the name of a file, its folder relative to `root`. `is_complete` is false when a file could
    not be read: names that seem unknown may stand in it.
    """

    root: Path
    shown_root: str
    documents: list[Document] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    is_complete: bool = True

    def name_of(self, path: Path) -> str:
        return os.path.normpath(Path(self.shown_root) / os.path.relpath(path, self.root))


def read(directory: str) -> Files:
    """All files and all that is wrong with reading them."""
    found = Files(Path(directory).resolve(), _shown(directory))
    if not (found.root / MAIN).exists():
        found.problems.append(_no_configuration(found))
        found.is_complete = False
        return found
    found.problems += [_misspelt(found, path) for path in _visible(found.root, "*.declarative.yml")]
    _read_all(found, [found.root / MAIN, *_visible(found.root, BESIDE)])
    return found


def _shown(directory: str) -> str:
    """Relative where it is below the current directory: what editors and CI annotations take."""
    relative = os.path.relpath(directory)
    return os.path.normpath(directory) if relative.startswith(os.pardir) else relative


def _visible(folder: Path, pattern: str) -> list[Path]:
    """Hidden files are often an editor's: `.#load.declarative.yaml`."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def _read_all(found: Files, first: list[Path]) -> None:
    """Included files may include others; each is read once, however often it is named."""
    seen: set[Path] = set()
    waiting: list[tuple[Path, Span | None]] = [(path, None) for path in first]
    while waiting:
        path, named_at = waiting.pop(0)
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        document = _document(found, path, named_at)
        if document is not None:
            waiting += _included(found, document, path.parent)


def _document(found: Files, path: Path, named_at: Span | None) -> Document | None:
    name = found.name_of(path)
    try:
        text = opening.text(opening.inside(found.root, path))
    except Unreadable as error:
        found.problems.append(_unreadable(error, name, named_at))
        found.is_complete = False
        return None
    found.sources[name] = text
    document, problems = source.read(text, name)
    found.problems += problems
    if document is None:
        found.is_complete = False
        return None
    found.documents.append(document)
    found.folders[name] = os.path.relpath(path.parent, found.root)
    return document


def _included(found: Files, document: Document, folder: Path) -> Iterator[tuple[Path, Span | None]]:
    """Only what has the right shape: the rest is named when shapes are checked."""
    patterns = document.value.get("include") if isinstance(document.value, dict) else None
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        if isinstance(pattern, str) and pattern:
            span = document.span(("include", index))
            paths = _matches(found.root, folder, pattern)
            if not paths:
                found.problems.append(_nothing_included(folder, pattern, span))
            for path in paths:
                yield path, span


def _matches(root: Path, folder: Path, pattern: str) -> list[Path]:
    if not pattern.isprintable():
        return []
    if not glob.has_magic(pattern):
        path = folder / pattern
        return [path] if path.exists() or not path.resolve().is_relative_to(root) else []
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - leaves hidden files out
    return [path for path in (folder / name for name in sorted(names)) if not path.is_dir()]


def _no_configuration(found: Files) -> Diagnostic:
    place = "." if found.shown_root == os.curdir else found.shown_root
    if not found.root.is_dir():
        return Diagnostic("no_configuration", f"There is no folder {place}")
    near = [path.name for path in _visible(found.root, "*declarative.y*ml")]
    if near:
        hint = f"There is {near[0]}; one file must be called {MAIN}."
    else:
        hint = "declarative init writes a small one that works; -C names another folder."
    return Diagnostic("no_configuration", f"There is no {MAIN} in {place}", hint=hint)


def _misspelt(found: Files, path: Path) -> Diagnostic:
    summary = f"{found.name_of(path)} is not read"
    hint = f"Call it {path.stem}.yaml if it belongs to the configuration."
    return Diagnostic("file_not_read", summary, hint=hint, severity=Severity.WARNING)


def _unreadable(error: Unreadable, name: str, named_at: Span | None) -> Diagnostic:
    span = named_at
    if error.place is not None:
        line, column = error.place
        span = Span(name, line, column, line, column + 1)
    hint = "Move it into the folder, or point -C higher." if error.code == "outside_folder" else ""
    return Diagnostic(error.code, f"{name} {error}", hint=hint, span=span)


def _nothing_included(folder: Path, pattern: str, span: Span) -> Diagnostic:
    """A pattern may be there for files to come; a name that is not there is a mistake."""
    if glob.has_magic(pattern):
        summary = f"No file matches {pattern}"
        return Diagnostic("include_not_found", summary, severity=Severity.WARNING, span=span)
    parent = (folder / pattern).parent
    there = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    hint = did_you_mean(Path(pattern).name, there)
    return Diagnostic("include_not_found", f"There is no file {pattern}", hint=hint, span=span)
