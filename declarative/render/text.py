"""A plan as people read it: legend, blocks with reasons, Terraform's summary line, and ours below it."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from declarative.model.change import Action, Gate
from declarative.render.dump import JsonObject
from declarative.render.fields import laid_out
from declarative.render.outline import FULL_BLOCKS_MAX, Block, Outline
from declarative.render.outputs import output_change_lines
from declarative.render.reading import names_at, object_at, text_at
from declarative.render.style import PLAIN, Style
from declarative.render.summary import executions_line, may_rerun_line, plan_line
from declarative.render.words import count, moment, shorten

ERROR_LINES_MAX = 4

_SYMBOLS = {
    Action.NONE: "?",
    Action.START: "+",
    Action.AGAIN: "+",
    Action.RERUN: "-/+",
    Action.START_FIRST: "+/-",
    Action.STOP: "-",
    Action.UPDATE: "~",
    Action.RETIRE: ".",
    Action.ABANDON: ".",
    Action.ADOPT: ".",
    Action.RESOLVE: "?",
}
_LEGEND = {
    "+": "start",
    "-": "stop",
    "-/+": "stop, then start again",
    "+/-": "start again, then stop the old one",
    "~": "update what state keeps",
    ".": "change state alone (adopt, retire)",
    "?": "not known yet",
    "!": "blocked: a person has to decide",
}
_WILL = {
    Action.NONE: "may run again",
    Action.START: "will be started",
    Action.AGAIN: "will be started again",
    Action.RERUN: "will be stopped and started again",
    Action.START_FIRST: "will be started again before the old one is stopped",
    Action.STOP: "will be stopped",
    Action.UPDATE: "will be updated in state",
    Action.RETIRE: "will be retired from state",
    Action.ABANDON: "will be abandoned: its execution goes on",
    Action.ADOPT: "will be adopted",
    Action.RESOLVE: "has a start whose outcome is unknown",
}


def plan_text(outline: Outline, style: Style = PLAIN, width: int = 80, *, verbose: bool = False) -> str:
    """The whole text, ending in a line break. `verbose` cuts no value; the outline decides on folding."""
    lines = _body(outline, style, max(width, 40), verbose)
    lines += _remarks(outline, max(width, 40))
    lines += _summary(outline, style)
    return "".join(f"{line}\n" for line in lines)


def _body(outline: Outline, style: Style, width: int, verbose: bool) -> list[str]:
    if not outline.blocks:
        return []
    lines = _legend(outline.blocks, style)
    lines += ["", "declarative will perform the following actions:", ""]
    for number, block in enumerate(outline.blocks):
        if number < FULL_BLOCKS_MAX or verbose:
            lines += [*_block(block, style, width, verbose), ""]
        else:
            lines.append(_short(block, style))
    return lines if not lines[-1] else [*lines, ""]


def _legend(blocks: Iterable[Block], style: Style) -> list[str]:
    used = {_symbol(object_at(block.entry, "declarative")) for block in blocks}
    lines = [f"{' ' * (3 - len(s))}{style.symbol(s)} {words}" for s, words in _LEGEND.items() if s in used]
    return ["Actions are indicated with the following symbols:", *lines]


# ── one block ──────────────────────────────────────────────────────────────────────────────────────────


def _symbol(ours: JsonObject) -> str:
    return "!" if ours.get("gate") == Gate.BLOCKED.value else _SYMBOLS[Action(text_at(ours, "action"))]


def _block(block: Block, style: Style, width: int, verbose: bool) -> list[str]:
    ours = object_at(block.entry, "declarative")
    symbol = _symbol(ours)
    address = text_at(block.entry, "address")
    lines = [style.bold(f"  # {address} {_headline(ours)}"), *_why(block.entry, ours, width)]
    lines.append(f"{' ' * (3 - len(symbol))}{style.symbol(symbol)} {address}")
    lines += _facts(block.entry, ours)
    lines += _engine_words(ours, width, verbose)
    lines += laid_out(object_at(block.entry, "change"), style, width, verbose)
    return [*lines, *([style.dim(_more(block))] if block.more else [])]


def _more(block: Block) -> str:
    return f"      … {block.more} more alike (-v shows them)"


def _short(block: Block, style: Style) -> str:
    ours = object_at(block.entry, "declarative")
    symbol = _symbol(ours)
    more = f", and {block.more} more alike" if block.more else ""
    lead = f"{' ' * (3 - len(symbol))}{style.symbol(symbol)} {text_at(block.entry, 'address')}"
    return f"{lead} {_headline(ours)}{more}"


def _headline(ours: JsonObject) -> str:
    action = Action(text_at(ours, "action"))
    if ours.get("gate") == Gate.BLOCKED.value:
        return f"is blocked: {_code_words(ours)}"
    if object_at(ours, "stop").get("deposed") is True:
        return "has an old execution, which will be stopped"
    if action is Action.NONE and not ours.get("may_rerun"):
        return "waits"
    later = "" if ours.get("gate") == Gate.READY.value or action is Action.NONE else " later"
    return _WILL[action] + later


def _code_words(ours: JsonObject) -> str:
    return text_at(ours, "gate_code").replace("_", " ")


def _why(entry: JsonObject, ours: JsonObject, width: int) -> list[str]:
    reasons = [_because(ours), _gate(ours)]
    if text_at(entry, "previous_address"):
        reasons.insert(0, f"moved from {text_at(entry, 'previous_address')}")
    return [line for reason in reasons if reason for line in _wrapped("  # ", f"({reason})", width)]


def _because(ours: JsonObject) -> str:
    reason = text_at(ours, "reason").rstrip(".")
    if not reason or text_at(ours, "gate_reason").startswith(reason):
        return ""
    action = Action(text_at(ours, "action"))
    if ours.get("gate") != Gate.BLOCKED.value or not (action.starts or action.stops):
        return f"because {reason}"
    return f"it would be {_WILL[action].removeprefix('will be ')}, because {reason}"


def _gate(ours: JsonObject) -> str:
    if ours.get("gate") == Gate.READY.value:
        return ""
    words = text_at(ours, "gate_reason").rstrip(".") or _waits_for(names_at(ours, "by"))
    if ours.get("gate") == Gate.BLOCKED.value:
        return words
    return f"{text_at(ours, 'gate')}: {words or _code_words(ours)}"


def _waits_for(addresses: list[str]) -> str:
    if not addresses:
        return ""
    rest = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return f"waits for {addresses[0]}{rest}"


def _facts(entry: JsonObject, ours: JsonObject) -> list[str]:
    """Never cut: an id that is not whole is of no use to anybody."""
    workflow, provider = text_at(ours, "workflow"), text_at(entry, "provider_name")
    execution, seen = text_at(ours, "execution_id"), object_at(ours, "seen")
    started = text_at(seen, "started_at")
    status = ", ".join(
        filter(None, (text_at(seen, "status"), f"started {moment(started)}" if started else ""))
    )
    facts = (
        f"workflow {workflow}{' on ' + provider if provider else ''}" if workflow else "",
        f"execution {execution}" if execution else "",
        f"status {status}" if status else "",
    )
    return [f"        {fact}" for fact in facts if fact]


def _engine_words(ours: JsonObject, width: int, verbose: bool) -> list[str]:
    error = object_at(object_at(ours, "seen"), "error")
    words = ": ".join(filter(None, (text_at(error, "code"), text_at(error, "message"))))
    lines = _wrapped("        ", f"error {words}", width) if words else []
    if len(lines) > ERROR_LINES_MAX and not verbose:
        lines[ERROR_LINES_MAX - 1 :] = [shorten(" ".join(lines[ERROR_LINES_MAX - 1 :]), width)]
    note = text_at(ours, "note")
    return [*lines, *(_wrapped("        ", f"note: {note}", width) if note else [])]


def _wrapped(lead: str, text: str, width: int) -> list[str]:
    return wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=lead,
        break_on_hyphens=False,
        break_long_words=False,
    )


# ── around the blocks ──────────────────────────────────────────────────────────────────────────────────


def _remarks(outline: Outline, width: int) -> list[str]:
    lines = []
    for remark in outline.remarks:
        more = f" (and {remark.more} more alike)" if remark.more else ""
        lines += _wrapped("", f"Note: {remark.address}: {remark.text}{more}", width)
    if outline.left_out:
        lines.append(f"Note: the selection leaves out {count(outline.left_out, 'instance')}.")
    return [*lines, ""] if lines else []


def _summary(outline: Outline, style: Style) -> list[str]:
    lines = (
        [] if outline.complete else [style.yellow("This plan is incomplete: something could not be read.")]
    )
    ours = executions_line(outline.summary)
    if outline.has_changes:
        lines.append(style.bold(plan_line(outline.summary)))
    elif outline.complete:
        lines.append(style.bold(style.green("No changes.")) + _nothing(outline))
    lines += [line for line in (ours, may_rerun_line(outline.summary)) if line]
    outputs = output_change_lines(outline.outputs, style) if outline.has_changes else []
    return [*lines, *(["", *outputs] if outputs else [])]


def _nothing(outline: Outline) -> str:
    return " There is nothing to destroy." if outline.destroy else " The executions match the configuration."
