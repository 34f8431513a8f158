"""The text of a plan: whole outputs as golden files, and the promises behind them."""

import re

import pytest
from render_samples import (
    failed,
    golden,
    mixed_changes,
    mixed_plan,
    order,
    outputs,
    plan_of,
    quiet,
    rerun,
    start,
    stop,
)

from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate, Seen
from declarative.render.outline import outline_of_plan
from declarative.render.style import Style
from declarative.render.summary import may_rerun_line, summarize
from declarative.render.text import plan_text
from declarative.render.words import width_of

PAINT = re.compile(r"\x1b\[[0-9;]*m")


def text_of(*changes: Change, verbose: bool = False, width: int = 80, **more: object) -> str:
    outline = outline_of_plan(plan_of(changes, **more), verbose=verbose)
    return plan_text(outline, width=width, verbose=verbose)


def test_a_plan_with_one_of_everything() -> None:
    golden("plan_mixed.txt", plan_text(outline_of_plan(mixed_plan(), outputs())))


def test_everything_asked_for() -> None:
    text = plan_text(outline_of_plan(mixed_plan(), outputs(), verbose=True), width=60, verbose=True)
    golden("plan_mixed_verbose.txt", text)


def test_colour_changes_nothing_but_colour() -> None:
    outline = outline_of_plan(mixed_plan(), outputs())
    painted = plan_text(outline, Style(colour=True))
    assert painted != plan_text(outline)
    assert PAINT.sub("", painted) == plan_text(outline)


def test_nothing_to_do() -> None:
    done = [quiet("load", f"{n}", Code.DONE, "FINISHED") for n in range(3)]
    running = quiet("load", "now", Code.IN_PROGRESS, "RUNNING")
    golden("plan_nothing.txt", text_of(*done, running))


def test_nothing_to_destroy() -> None:
    assert text_of(destroy=True) == "No changes. There is nothing to destroy.\n"


def test_an_incomplete_plan_never_says_no_changes() -> None:
    text = text_of(quiet("load", None, Code.DONE, "FINISHED"), complete=False)
    assert "No changes" not in text
    assert "incomplete" in text


def test_ten_thousand_fit_a_screen() -> None:
    waiting = {"gate": Gate.HELD, "gate_code": Code.MAX_ACTIVE, "gate_reason": "max_active is reached"}
    changes = [start("load", f"{n:05}", **(waiting if n >= 6 else {})) for n in range(5_000)]
    changes += [quiet("extract", f"{n:05}", Code.DONE, "FINISHED") for n in range(5_000)]
    text = text_of(*changes)
    assert len(text.splitlines()) <= 24
    golden("plan_ten_thousand.txt", text)


def test_verbose_shows_every_one() -> None:
    text = text_of(*(start("load", f"{n}") for n in range(70)), verbose=True)
    assert all(f'# load["{n}"] will be started' in text for n in range(70))
    assert "alike" not in text


def test_blocked_ones_are_never_folded() -> None:
    text = text_of(*(failed("nightly", f"{n}") for n in range(200)))
    assert all(f'! nightly["{n}"]' in text for n in range(200))
    assert "alike" not in text


def test_many_different_entries_are_all_named() -> None:
    text = text_of(*(start(f"job{n}") for n in range(300)))
    assert all(re.search(rf"\+ job{n}\b", text) for n in range(300))
    assert len(text.splitlines()) < 700


def test_different_reasons_are_different_blocks() -> None:
    again = start("load", "b", action=Action.AGAIN, code=Code.REVISION, reason="the revision changed")
    text = text_of(start("load", "a"), again, start("load", "c"))
    assert "the revision changed" in text
    assert "1 more alike" in text


def test_the_same_action_for_another_reason_is_another_block() -> None:
    retried = start("load", "a", action=Action.AGAIN, code=Code.RETRY, reason="it failed")
    revised = start("load", "b", action=Action.AGAIN, code=Code.REVISION, reason="the revision changed")
    assert "it failed" in text_of(retried, revised)
    assert "the revision changed" in text_of(retried, revised)


def test_an_id_inside_a_reason_is_never_broken() -> None:
    twin = "dfqaaaaaaaaaaaaaaaa2-b3e3dade-4903-4a6f-9df7-a4b6aaaaaaaa"
    blocked = start("load", gate=Gate.BLOCKED, gate_code=Code.DUPLICATE, gate_reason=f"{twin} is active")
    assert twin in text_of(blocked, width=40)


def test_only_used_symbols_are_explained() -> None:
    text = text_of(start("load"))
    assert "  + start\n" in text
    assert "-/+" not in text and "blocked" not in text


def test_the_line_of_terraform_to_the_letter() -> None:
    found = re.search(r"^Plan: (\d+) to add, (\d+) to change, (\d+) to destroy\.$", text_of(rerun("a")), re.M)
    assert found and found.groups() == ("1", "0", "1")


def test_what_is_blocked_is_not_counted_and_what_waits_is() -> None:
    blocked = start("a", gate=Gate.BLOCKED, gate_code=Code.DUPLICATE)
    held = start("b", gate=Gate.HELD, gate_code=Code.BACKOFF)
    deferred = start("c", gate=Gate.DEFERRED, gate_code=Code.UPSTREAM)
    text = text_of(blocked, held, deferred)
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in text
    assert "Executions: 1 to start later; 1 held, 1 blocked." in text


def test_each_change_is_in_one_part_of_the_line() -> None:
    summary = summarize(mixed_changes())
    parts = set(summary) - {"add", "change", "remove", "may_rerun", "may_rerun_active"}
    assert sum(summary[part] for part in parts) == len(mixed_changes())


def test_outcomes_of_state_count_like_statuses_of_the_engine() -> None:
    words = ["finished", "FINISHED", "accepted", "failed", "stopped_outside", "lost", "RUNNING"]
    summary = summarize(quiet("load", word, Code.KEPT, word) for word in words)
    counted = {key: number for key, number in summary.items() if number}
    assert counted == {"finished": 3, "failed": 1, "stopped": 1, "lost": 1, "in_progress": 1}


def test_what_a_yes_covers_beyond_the_plan_is_said() -> None:
    assert may_rerun_line(summarize(mixed_changes())).startswith("Up to 1 more may run again")
    assert may_rerun_line(summarize([start("load")])) == ""


def test_words_of_strangers_cannot_repaint_the_terminal() -> None:
    text = text_of(
        failed("load", "a\u202eb\x9b", "boom\x1b[2J\r\x1b]0;owned\x07\u200b done"),
        start("load", reason="\x1b[8mhidden\x1b[0m"),
        start("b", after={"k\x1b[2J": "v\x9b\u202e"}),
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", text)
    assert "boom done" in text


def test_secrets_and_unknowns_stand_without_quotes() -> None:
    text = plan_text(outline_of_plan(mixed_plan()))
    assert "+ input.token          = (sensitive value)" in text
    assert "+ input.tables[0].rows = (known after apply)" in text
    assert '~ input.path = "s3://a" -> (known after apply)' in text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_values_are_cut_to_the_width_and_ids_are_not(width: int) -> None:
    long_id = "dfqaaaaaaaaaaaaaaaa2-b3e3dade-4903-4a6f-9df7-a4b6aaaaaaaa"
    change = Change(
        Address("load"),
        Action.RERUN,
        Code.CHANGED,
        "the declaration differs from what was started",
        start=order(),
        stop=stop(long_id),
        seen=Seen(long_id, "RUNNING"),
        before={"text": "a" * 500},
        after={"text": "b" * 500, "漢字": "漢" * 300},
    )
    text = text_of(change, width=width)
    assert long_id in text
    lines = [line for line in text.splitlines() if " = " in line]
    assert len(lines) == 2
    assert all(width_of(line) <= max(width, 60) and "…" in line for line in lines)
    assert "b" * 500 in text_of(change, verbose=True)


def test_a_wide_input_shows_some_paths_and_counts_the_rest() -> None:
    text = text_of(start("load", after={f"k{n:03}": n for n in range(100)}))
    assert "input.k019" in text and "input.k020" not in text
    assert "… 80 more (-v shows them)" in text


def test_an_input_that_is_null_or_no_object_is_shown() -> None:
    assert "+ input = 5" in text_of(start("load", after=5))
    assert "+ input = null" in text_of(start("load", after=None, start=order(kept="null")))


def test_a_blocked_search_for_a_lost_start_reads_as_a_sentence() -> None:
    change = Change(
        Address("load"),
        Action.RESOLVE,
        Code.START_UNRESOLVED,
        "it is not known what became of its start",
        row=2,
        gate=Gate.BLOCKED,
        gate_code=Code.AMBIGUOUS_START,
        gate_reason="several executions could be the one that was started",
    )
    text = text_of(change)
    assert "# load is blocked: ambiguous start\n  # (because it is not known what became" in text


def test_a_moved_address_says_where_from() -> None:
    text = text_of(start("load", moved_from=Address("load-old")))
    assert "# (moved from load-old)" in text
