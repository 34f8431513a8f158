"""A plan as a comment on a merge request: short enough for every forge, found again, safe to render."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from declarative.render.diagnostics import diagnostics_text
from declarative.render.dump import JsonObject
from declarative.render.outline import Block, Outline
from declarative.render.reading import object_at, text_at
from declarative.render.style import PLAIN
from declarative.render.summary import executions_line, may_rerun_line, plan_line
from declarative.render.text import plan_text
from declarative.render.words import clean, escape_markdown, one_line, shorten

CHARACTERS_MAX = 60_000
"""GitHub takes 65,536 characters in a comment; whoever posts it may add a link or two."""
LISTED_MAX = 20
_ADDRESS_MAX = 160
_WORDS_MAX = 120
_TEXT_WIDTH = 120
_TICKS = re.compile("`+")
_TICKS_MAX = 20
_LONG_TICKS = re.compile(f"`{{{_TICKS_MAX + 1},}}")
"""A fence is longer than any run of backticks inside; nobody's text may make it as long as it likes."""


def marker(name: str, environment: str) -> str:
    """Hidden in the comment, so that the next run finds and updates its own."""
    place = "/".join(
        re.sub(r"[^A-Za-z0-9_.-]", "_", part)[:100] for part in (name or "-", environment or "-")
    )
    return f"<!-- declarative:plan:{place} -->"


def plan_markdown(outline: Outline, diagnostics: Sequence[JsonObject] = ()) -> str:
    """Under CHARACTERS_MAX characters, whatever the plan."""
    head = "\n\n".join(_head(outline, diagnostics))
    room = CHARACTERS_MAX - len(head) - 200
    details = _details("Show the plan", plan_text(outline, PLAIN, _TEXT_WIDTH), room)
    return f"{head}\n\n{details}\n"


def _head(outline: Outline, diagnostics: Sequence[JsonObject]) -> list[str]:
    failed = any(text_at(found, "severity") == "error" for found in diagnostics)
    title = "Plan failed" if failed else "Plan" if outline.has_changes else "Plan: no changes"
    where = shorten(" / ".join(filter(None, (outline.name, outline.environment))), _ADDRESS_MAX)
    parts = [
        marker(outline.name, outline.environment),
        f"## {title}: {code_span(where)}" if where else f"## {title}",
    ]
    parts.append(f"**{plan_line(outline.summary)}**")
    said = (executions_line(outline.summary), may_rerun_line(outline.summary))
    parts += [line for line in said if line]
    parts += [] if outline.complete else ["**The plan is incomplete: something could not be read.**"]
    parts += _list("Executions that will be stopped", [b for b in outline.blocks if _stops(b)])
    parts += _list("Blocked", [b for b in outline.blocks if _gate(b) == "blocked"])
    if diagnostics:
        parts.append(fenced(diagnostics_text(diagnostics, PLAIN, _TEXT_WIDTH), CHARACTERS_MAX // 4))
    return parts


def _stops(block: Block) -> bool:
    actions = object_at(block.entry, "change").get("actions")
    return isinstance(actions, list) and "delete" in actions and _gate(block) != "blocked"


def _gate(block: Block) -> str:
    return text_at(object_at(block.entry, "declarative"), "gate")


def _list(title: str, blocks: Sequence[Block]) -> list[str]:
    if not blocks:
        return []
    lines = [f"- {_address(b)}{_alike(b)}{_words(b)}" for b in blocks[:LISTED_MAX]]
    more = len(blocks) - LISTED_MAX
    return [f"### {title}", "\n".join([*lines, *([f"- … {more} more"] if more > 0 else [])])]


def _address(block: Block) -> str:
    return code_span(shorten(text_at(block.entry, "address"), _ADDRESS_MAX))


def _alike(block: Block) -> str:
    return f" and {block.more} more alike" if block.more else ""


def _words(block: Block) -> str:
    ours = object_at(block.entry, "declarative")
    words = text_at(ours, "gate_reason") or text_at(ours, "reason")
    return f": {escape_markdown(shorten(words, _WORDS_MAX))}" if words else ""


def _details(title: str, text: str, room: int) -> str:
    return f"<details><summary>{title}</summary>\n\n{fenced(text, room - 80)}\n\n</details>"


def fenced(text: str, room: int) -> str:
    """A code block that the text cannot close, cut in the middle where it is longer than `room`."""
    whole = _LONG_TICKS.sub("`" * _TICKS_MAX + "…", clean(text).strip("\n"))
    shown = _cut(whole, max(room - 2 * _TICKS_MAX - 20, 0))
    ticks = "`" * max(3, 1 + _longest(found.group() for found in _TICKS.finditer(shown)))
    return f"{ticks}text\n{shown}\n{ticks}"


def code_span(text: str) -> str:
    """Untrusted text as inline code, with fences that it cannot close."""
    shown = one_line(text)
    ticks = "`" * (1 + _longest(found.group() for found in _TICKS.finditer(shown)))
    space = " " if shown.startswith("`") or shown.endswith("`") or len(ticks) > 1 else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _longest(runs: Iterable[str]) -> int:
    return max(map(len, runs), default=0)


def _cut(text: str, room: int) -> str:
    """The beginning and the end: the summary stands last."""
    if len(text) <= room:
        return text
    gap = "\n… cut here: the whole plan is in the job's output …\n"
    tail = min(4_000, room // 4)
    return text[: max(room - tail - len(gap), 0)] + gap + text[len(text) - tail :]
