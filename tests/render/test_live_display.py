"""The live display, watched through a terminal emulator: what a person sees is what is asserted."""

import threading

import pyte
from render_samples import events

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.event import Ended, Moved, Started, StopAsked, StopPending, StopRefused
from declarative.model.execution import Status
from declarative.model.record import Outcome, StopMode
from declarative.render.live import INTERVAL_SECONDS, Live
from declarative.render.style import Style


class Watched:
    """A terminal that keeps its screen, its scrollback and how often it was drawn."""

    def __init__(self, columns: int = 60, rows: int = 24) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self.screen.set_mode(pyte.modes.LNM)
        self.stream = pyte.Stream(self.screen)
        self.writes = 0
        self.now = 100.0

    def write(self, text: str) -> None:
        self.writes += 1
        self.stream.feed(text)

    def size(self) -> tuple[int, int]:
        return self.screen.columns, self.screen.lines

    def clock(self) -> float:
        return self.now

    @property
    def lines(self) -> list[str]:
        above = ["".join(row[x].data for x in range(self.screen.columns)) for row in self.screen.history.top]
        return [line.rstrip() for line in [*above, *self.screen.display] if line.strip()]


def load(key: str) -> Address:
    return Address("load", key)


def live_on(terminal: Watched, total: int = 10_000) -> Live:
    return Live(terminal, terminal.clock, Style(), total)


def test_it_counts_and_names_what_is_under_way() -> None:
    terminal = Watched()
    live = live_on(terminal)
    live.see(Started(load("eu"), "a"))
    terminal.now += 12
    live.see(Moved(load("eu"), "a", Status.RUNNING))
    assert terminal.lines == ["1 started, 0 ended [12s elapsed]", '  load["eu"]: RUNNING 12s']


def test_what_ended_leaves_the_screen_and_what_failed_stays_on_it() -> None:
    terminal = Watched()
    live = live_on(terminal)
    live.see(Started(load("eu"), "a"))
    live.see(Started(load("us"), "b"))
    terminal.now += 1
    live.see(Ended(load("eu"), "a", Outcome.FINISHED, seconds=1))
    live.see(Ended(load("us"), "b", Outcome.FAILED, "E", "boom", 1))
    live.close()
    assert terminal.lines == ['load["us"]: FAILED after 1s [id=b]: E: boom']


def test_a_small_apply_keeps_a_line_for_everything() -> None:
    terminal = Watched(columns=200)
    live = live_on(terminal, total=3)
    for event in events():
        terminal.now += 1
        live.see(event)
    live.close()
    assert len(terminal.lines) == len(events())


def test_it_ends_in_plain_lines() -> None:
    terminal = Watched()
    live = live_on(terminal)
    for n in range(30):
        live.see(Started(load(str(n)), "a"))
    terminal.now += 1
    live.tick()
    assert len(terminal.lines) == 9
    assert terminal.lines[-1] == "  … 23 more"
    live.close()
    assert terminal.lines == []


def test_ten_thousand_events_at_once_are_drawn_a_few_times() -> None:
    terminal = Watched()
    live = live_on(terminal)
    for n in range(10_000):
        terminal.now += 0.0001
        live.see(Started(load(str(n)), "a"))
    assert terminal.writes <= 1.0 / INTERVAL_SECONDS + 1
    terminal.now += 1
    live.tick()
    assert "10000 started" in terminal.lines[0]


def test_narrow_and_low_terminals_hold() -> None:
    for columns, rows in ((12, 4), (1, 1), (3, 2), (20, 3)):
        terminal = Watched(columns, rows)
        live = live_on(terminal)
        for n in range(50):
            terminal.now += 1
            live.see(Started(Address("a-rather-long-name", str(n)), "a"))
        assert all(len(line) <= columns for line in terminal.screen.display)
        assert len(terminal.screen.history.top) == 0 or rows <= 2
        live.close()


def test_a_terminal_made_narrow_between_two_drawings_is_cleaned_all_the_same() -> None:
    terminal = Watched(columns=60)
    live = live_on(terminal)
    live.see(Started(load("a" * 30), "a"))
    drawn = terminal.lines
    narrow = Watched(columns=25)
    for line in drawn:
        narrow.write(line + "\n")
    live._terminal = narrow
    terminal.now += 1
    live.see(Ended(load("a" * 30), "a", Outcome.FINISHED))
    assert narrow.lines == ["1 started, 1 ended [1s …"]
    live.close()
    assert narrow.lines == []


def test_what_was_refused_or_left_is_not_shown_as_under_way() -> None:
    terminal = Watched()
    live = live_on(terminal)
    live.see(StopAsked(load("eu"), "a", StopMode.GRACEFUL))
    live.see(StopAsked(load("us"), "b", StopMode.GRACEFUL))
    live.see(StopRefused(load("eu"), "a", Diagnostic("denied", "403")))
    live.see(StopPending(load("us"), "b", 120.0))
    terminal.now += 1
    live.tick()
    assert terminal.lines == [
        'load["eu"]: stop refused: 403',
        'load["us"]: still stopping after 2m00s [id=b]',
        "0 started, 0 ended [1s elapsed]",
    ]


def test_text_from_elsewhere_stays_above_the_moving_lines() -> None:
    terminal = Watched()
    live = live_on(terminal)
    live.see(Started(load("eu"), "a"))
    terminal.now += 1
    live.say("Error: first\n\n  detail\n")
    live.close()
    assert terminal.lines == ["Error: first", "  detail"]


def test_several_threads_may_report() -> None:
    terminal = Watched()
    live = live_on(terminal)

    def report(lane: int) -> None:
        for n in range(200):
            live.see(Started(load(f"{lane}/{n}"), "a"))
            live.see(Ended(load(f"{lane}/{n}"), "a", Outcome.FINISHED))

    threads = [threading.Thread(target=report, args=(lane,)) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    terminal.now += 1
    live.tick()
    assert terminal.lines == ["800 started, 800 ended [1s elapsed]"]


def test_a_strangers_address_cannot_drive_the_terminal() -> None:
    terminal = Watched()
    live = live_on(terminal)
    live.see(Started(load("\x9b2J\u202e"), "a"))
    terminal.now += 1
    live.tick()
    assert terminal.lines[-1].startswith('  load["')
