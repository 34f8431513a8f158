"""The simulation is no proof unless it catches what would break the promise: each fault is planted and found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sim_random import schedule_of
from sim_schedule import play

from declarative.applying import executor, recovery, searching

SEEDS = 500


def _skip_the_look_up(patch: pytest.MonkeyPatch) -> None:
    """Frees every unresolved start without looking for it."""

    def freed(key: Any, group: Any, desk: Any, reader: Any, clock: Any) -> Iterator[Any]:
        for address, _ in group:
            yield recovery._nothing_started(address, desk)

    patch.setattr(recovery, "_resolve_workflow", freed)


def _take_every_failure_for_proof(patch: pytest.MonkeyPatch) -> None:
    """A start whose answer is lost is made again."""
    real = executor._start_answered

    def answered(change: Any, answer: Any, shop: Any) -> Iterator[Any]:
        if answer.error is not None:
            answer.error.proves_nothing_happened = True
        yield from real(change, answer, shop)

    patch.setattr(executor, "_start_answered", answered)


def _do_not_wait_for_settle(patch: pytest.MonkeyPatch) -> None:
    """Absence is believed at once, while the start may still take effect."""
    import declarative.app.unresolved as unresolved

    real = unresolved.settle_waits
    patch.setattr(
        unresolved, "settle_waits", lambda *args, **kwargs: dict.fromkeys(real(*args, **kwargs), 0.0)
    )


def _forget_what_is_ours(patch: pytest.MonkeyPatch) -> None:
    """Executions that are bound, or were, count as candidates."""
    patch.setattr(searching, "_known_ids", lambda desk: set())


@pytest.mark.parametrize(
    "mutate",
    [
        _skip_the_look_up,
        _take_every_failure_for_proof,
        _do_not_wait_for_settle,
        _forget_what_is_ours,
    ],
    ids=lambda mutate: mutate.__name__.strip("_"),
)
def test_a_planted_fault_is_found(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    found = next((seed for seed in range(SEEDS) if _breaks(seed)), None)
    assert found is not None, "no schedule noticed"


def _breaks(seed: int) -> bool:
    try:
        return bool(play(schedule_of(seed)).broken)
    except AssertionError:
        return True
