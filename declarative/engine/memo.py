"""The interpreter's notes in a journal entry, and what a journal tells of a run before it is walked again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from declarative.engine.journal import Entry, EntryStatus
from declarative.engine.secrets import Veil
from declarative.engine.workflow import Block, step_path

FINISHED = frozenset((EntryStatus.COMPLETED, EntryStatus.FAILED))
ENDED = FINISHED | {EntryStatus.CANCELLED}
CANCELLED = frozenset((EntryStatus.CANCEL_REQUESTED, EntryStatus.CANCELLED))


@dataclass(frozen=True, slots=True)
class Memo:
    """What replay must know of a step beyond its history entry.

    `turn` and `due`: the try of the retry policy, and when it or a wait is over. `next`: the successor
    chosen. `ends` and `result`: the run ended in this step, with this result. `count`: the items of a
    foreach; `steps` were carried out inside. `veil`: what the placeholders of input and output stand for.
    """

    turn: int = 1
    due: float | None = None
    next: str | None = None
    caught: bool = False
    ends: bool = False
    result: str | None = None
    count: int = 0
    steps: int = 0
    veil: Veil = field(default_factory=dict)

    def text(self) -> str | None:
        """Only what differs from the default: most steps need no note."""
        notes = {name: note for name, usual in _DEFAULTS.items() if (note := getattr(self, name)) != usual}
        return json.dumps(notes, ensure_ascii=False, separators=(",", ":")) if notes else None

    @classmethod
    def of(cls, entry: Entry) -> Memo:
        notes = json.loads(entry.memo or "{}")
        veil = {held: tuple(origin) for held, origin in notes.pop("veil", {}).items()}
        return cls(**notes, veil=veil)


_DEFAULTS = asdict(Memo())


def ends_run(entry: Entry) -> bool:
    """Whether the run ended with this entry: a success, or a failure that nothing caught."""
    memo = Memo.of(entry)
    return memo.ends or (entry.status is EntryStatus.FAILED and not memo.caught)


def entries(block: Block, recall: Callable[[str], Entry | None], prefix: str = "") -> Iterator[Entry]:
    """Every entry of a block that a walk may come to, in its order.

    Those inside a finished step are not among them, unless the run ended in there.
    """

    def begun(path: str) -> bool:
        return recall(path) is not None

    visits: Counter[str] = Counter()
    following: str | None = block.start
    while following is not None:
        visits[following] += 1
        entry = recall(step_path(prefix, following, visits[following]))
        if entry is None:
            return
        yield entry
        memo = Memo.of(entry)
        if entry.status not in FINISHED or memo.ends:
            for inner, inner_prefix in block.steps[following].body.lanes(entry.path, memo.count, begun):
                yield from entries(inner, recall, inner_prefix)
            return
        following = memo.next
