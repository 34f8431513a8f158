"""What CI systems read: GitLab's terraform report, GitHub's annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from declarative.render.dump import JsonObject
from declarative.render.reading import number_at, object_at, text_at

ANNOTATIONS_MAX = 10
"""GitHub shows ten of a kind per step; the tenth says how many were left out."""
_GITLAB_MAX = 999_999


def gitlab_report(summary: Mapping[str, int]) -> JsonObject:
    """For `artifacts: reports: terraform`: exactly these keys, as the merge request's widget demands."""
    return {
        "create": min(summary["add"], _GITLAB_MAX),
        "update": min(summary["change"], _GITLAB_MAX),
        "delete": min(summary["remove"], _GITLAB_MAX),
    }


def github_annotations(diagnostics: Sequence[JsonObject]) -> str:
    """Workflow commands, errors first, one per line; from the JSON of `diagnostic_documents`."""
    lines: list[str] = []
    for severity in ("error", "warning"):
        found = [item for item in diagnostics if text_at(item, "severity") == severity]
        shown = found if len(found) <= ANNOTATIONS_MAX else found[: ANNOTATIONS_MAX - 1]
        lines += [_annotation(item, severity) for item in shown]
        if len(found) > len(shown):
            lines.append(f"::{severity} title=declarative::and {len(found) - len(shown)} more")
    return "".join(f"{line}\n" for line in lines)


def _annotation(item: JsonObject, severity: str) -> str:
    properties = [*_place(object_at(item, "range")), ("title", text_at(item, "summary"))]
    said = ",".join(f"{key}={_property(value)}" for key, value in properties)
    words = (text_at(item, "address"), str(item.get("detail") or ""), text_at(item, "hint"))
    message = "\n".join(filter(None, words)) or text_at(item, "summary")
    return f"::{severity} {said}::{_data(message)}"


def _place(span: JsonObject) -> list[tuple[str, str]]:
    if not span:
        return []
    start, end = object_at(span, "start"), object_at(span, "end")
    return [
        ("file", text_at(span, "filename")),
        ("line", str(number_at(start, "line"))),
        ("endLine", str(number_at(end, "line"))),
        ("col", str(number_at(start, "column"))),
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
