"""The simulation is no proof unless it notices what would break the promise: each fault is planted, and found.

`where`: in which schedules it is looked for; all of them are among those that CI plays. Not here, because
leaving them out breaks no promise: the executor's own look at the clock before a start (the provider looks
again just before the bytes), the higher serial on a take-over and the recognition of an own write whose answer
was lost (without them an apply is refused by compare-and-set where it could have gone on), and the time that an
old execution has to become visible (`get` lags on no engine that we know).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import pytest
from sim_all import Named, failure, random_ones, small_ones, two_at_once
from sim_backend import PlaceKind
from sim_mutants import Edit, planted
from sim_pairs import COMES_BACK, meetings, pairs
from sim_stories import stories

import declarative.app.applying as applying
from declarative.app import news
from declarative.app.follow import Follow
from declarative.app.rounds import Rounds
from declarative.app.session import Session
from declarative.applying import executor, moves, recovery, searching, watermark
from declarative.applying.desk import Desk
from declarative.planning import absorb, compare, decide
from declarative.planning.approval import Approval
from declarative.state import delivery
from declarative.state.heartbeat import Heartbeat
from declarative.state.store import Store

Where = Callable[[], Iterator[Named]]


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    edits: tuple[Edit, ...]
    where: Where


def chance() -> Iterator[Named]:
    return random_ones(0, 600)


def one_fault() -> Iterator[Named]:
    return small_ones(0, 1, 20)


def two() -> Iterator[Named]:
    return two_at_once(0, 1, 10)


def two_without_versions() -> Iterator[Named]:
    """Where the lock alone keeps two apart: a state that is compared by its version is not overwritten."""
    return (one for pair in pairs() if pair.place is PlaceKind.SERVER for one in meetings(pair))


def one_comes_back() -> Iterator[Named]:
    return meetings(COMES_BACK)


def anywhere() -> Iterator[Named]:
    return chain(stories(), one_fault(), chance(), two())


def mutant(name: str, function: object, old: str, new: str, where: Where = anywhere) -> Mutant:
    return Mutant(name, (Edit(function, old, new),), where)


_LOOKING = [
    mutant(
        "frees every start without looking for it",
        recovery._resolve_workflow,
        "    listing = list_all(key, reader)",
        "    for address, _ in group:\n        yield _nothing_started(address, desk)\n    return\n"
        "    listing = list_all(key, reader)",
    ),
    mutant(
        "does not wait for settle",
        recovery.settle_waits,
        "settle = reader.capabilities.settle if reader else 0.0",
        "settle = 0.0",
    ),
    mutant(
        "counts settle of others' starts from long ago",
        recovery.settle_waits,
        "since.get(intent.attempt, default_since)",
        "since.get(intent.attempt, default_since - 60.0)",
    ),
    mutant(
        "counts settle of its own starts from before the deadline",
        executor._count_settle_time,
        "shop.clock.monotonic()",
        "shop.clock.monotonic() - 6.0",
    ),
    mutant("reads the first page only", searching.list_all, "if not page.next_page_token:", "if True:"),
    mutant(
        "believes absence when a candidate cannot be read",
        searching._with_inputs,
        "complete = False",
        "complete = True",
    ),
    mutant(
        "believes absence when the engine may have forgotten",
        recovery._why_not_absent,
        "_remembers(intent, listing, reader, clock)",
        "True",
    ),
    mutant(
        "believes a list that hides what is known to run",
        recovery._distrust_what_hides,
        "hidden is not None",
        "False",
    ),
    mutant(
        "believes an echo that differed before",
        news._differs,
        "sent_digests(workflow_id, execution.input_json)[0] != sent",
        "False",
    ),
    mutant(
        "distrusts an echo after the search only",
        Rounds._recover,
        "self._distrust_doubted()",
        "pass",
        stories,
    ),
    mutant(
        "takes no notice of what the watermark had seen",
        searching.Candidates.may_be,
        "execution.id not in self.excluded[intent.attempt] and",
        "",
    ),
    mutant(
        "takes no notice of the watermark's time",
        searching._may_be_after,
        "started is None or",
        "True or",
    ),
    mutant(
        "takes what runs already as seen by no watermark",
        watermark._is_young,
        "started is None or started > served_at - MARGIN_SECONDS",
        "False",
    ),
    mutant(
        "takes for seen what only a later watermark saw",
        searching._seen_before,
        "found[intent.attempt] = seen",
        "found[intent.attempt] = frozenset(i for _, o in group for i in (o.watermark.seen if o.watermark else ()))",
    ),
    mutant(
        "adopts what another address has", searching._known_ids, "return desk.known_ids()", "return set()"
    ),
    mutant(
        "adopts what was bound once",
        searching._known_ids,
        "desk.known_ids()",
        "{one.current.id for one in desk.records.values() if one.current}",
    ),
    mutant("adopts what is only nearly equal", searching.matches, "near.append(", "exact.append("),
    mutant("takes what is nearly equal for absence", recovery._resolve_equal, "or found.near", ""),
    mutant(
        "adopts one of two",
        searching.assigned,
        "            return None",
        "            continue",
    ),
    mutant(
        "does not know its own attempt again",
        recovery._resolve_workflow,
        "if row.attempt is not None",
        "if False",
    ),
    mutant(
        "looks only for starts of what is selected",
        Rounds._to_look_for,
        "intents = unresolved(self.desk.records)",
        "intents = [one for one in unresolved(self.desk.records)"
        " if self.request.selects is None or self.request.selects(one[0])]",
    ),
    mutant(
        "looks only for starts of what is declared",
        Rounds._to_look_for,
        "intents = unresolved(self.desk.records)",
        "intents = [one for one in unresolved(self.desk.records) if one[0] in self.desired.instances]",
    ),
    mutant(
        "drops a start whose declaration is gone",
        Rounds._to_look_for,
        "intents = unresolved(self.desk.records)",
        "intents = unresolved(self.desk.records)\n"
        "    for address, _ in intents:\n"
        "        if address not in self.desired.instances:\n"
        "            self.desk.put(address, moves.withdraw(self.desk.record(address)))\n"
        "    intents = unresolved(self.desk.records)",
    ),
]

_SENDING = [
    mutant(
        "sends first and writes intents afterwards",
        executor.carry_out,
        "fenced_at = shop.desk.save()",
        "fenced_at = shop.clock.monotonic()",
    ),
    mutant(
        "takes a lost answer for proof that nothing started",
        executor._start_answered,
        "(error is not None and error.proves_nothing_happened)",
        "error is not None",
    ),
    mutant(
        "takes proof that nothing started for a lost answer",
        executor._start_answered,
        "(error is not None and error.proves_nothing_happened)",
        "False",
    ),
    mutant(
        "makes a start again at once when its answer is lost",
        executor._send_start,
        "    return _Answer(sent=True, execution_id=provider.start(request).execution_id)",
        "    try:\n        made = provider.start(request)\n    except ProviderError:\n"
        "        made = provider.start(request)\n    return _Answer(sent=True, execution_id=made.execution_id)",
    ),
    mutant(
        "sends however long ago the intent was written",
        executor._send_start,
        "not_after=not_after",
        "not_after=1e18",
    ),
    mutant(
        "counts the send window from when the write was answered",
        Desk.save,
        "return begun if fence is None else min(begun, fence)",
        "return self._clock.monotonic()",
    ),
    mutant(
        "sends although the lock is lost, or state cannot be written",
        executor._call,
        "shop.interrupted() or not shop.desk.may_send",
        "shop.interrupted()",
    ),
    mutant("goes on sending after Ctrl-C", executor._call, "shop.interrupted() or", ""),
    mutant(
        "does not notice that the lease ran out",
        Heartbeat.is_overdue,
        "self._clock.monotonic() - self._renewed_at > self._lease",
        "False",
    ),
    mutant(
        "counts the lease from when it heard of it",
        Heartbeat.beat,
        "except BackendError:\n        return",
        "except BackendError:\n        self._renewed_at = sent_at",
    ),
    mutant(
        "leaves an intent that was never sent",
        executor._start_answered,
        "not answer.sent or",
        "answer.sent and",
    ),
    mutant(
        "stops what is at the address",
        executor._send_stop,
        "StopRequest(order.execution_id)",
        "StopRequest(shop.desk.record(change.address).current.id)",
    ),
    mutant(
        "stops without recording it",
        executor._write_intents,
        "for change in wave.stops:",
        "for change in ():",
    ),
    mutant(
        "terminates at once",
        executor.stop_mode,
        "now - asked_at >= order.grace",
        "True",
    ),
    mutant(
        "counts grace anew in each apply",
        moves.ask_stop,
        "since = bound.stopping.asked_at if bound.stopping else now",
        "since = now",
    ),
    mutant(
        "takes up a start that was tried before this decision",
        Session._may_start,
        "change.start.generation <= desk.record(change.address).generation",
        "False",
    ),
    mutant(
        "carries out a start as often as it is decided",
        Approval.use,
        "self.used.add(change.address)",
        "pass",
        chance,
    ),
]

_MOVING = [
    mutant(
        "forgets that it stopped it itself",
        absorb._outcome,
        "Outcome.STOPPED_BY_US if bound.stopping else",
        "",
    ),
    mutant(
        "forgets `stopping` when it looks at it",
        absorb._still_active,
        "replace(bound,",
        "replace(bound, stopping=None,",
        two,
    ),
    mutant("forgets old ids", moves._spent, "(*record.spent, (record.current.id, now))", "record.spent"),
    mutant(
        "drops the old one that goes on",
        moves._deposed,
        "return (*record.deposed,",
        "return record.deposed or (*record.deposed,",
    ),
    mutant(
        "binds over an active one",
        moves._deposed,
        "assert pending.start_first",
        "return record.deposed\n    assert True",
    ),
    mutant(
        "overwrites an intent",
        decide.decide,
        "record.pending is not None and not _settles_pending(case, record.pending.reason)",
        "False",
    ),
    mutant(
        "uses a generation twice",
        moves.pending_for,
        "generation=order.generation",
        "generation=order.generation - 1",
    ),
    mutant(
        "starts while the stop has not acted",
        decide.decide,
        "case.condition.is_active and record.current is not None",
        "False",
        one_fault,
    ),
    mutant(
        "runs again what is finished",
        decide._ended,
        "case.condition is Condition.FINISHED and satisfied",
        "False",
    ),
    mutant(
        "repairs what nobody asked to repair",
        decide._repair,
        "_END_OF[case.condition] not in policies.rerun_on",
        "False",
        chance,
    ),
    mutant(
        "stops the old one before the new one runs",
        decide.decide_deposed,
        "case.successor_runs or",
        "True or",
    ),
    mutant(
        "takes a secret's mask for a change",
        compare.compare,
        " or _same_under_present_lists(instance, evaluated, bound)",
        "",
    ),
    mutant("stops what is protected", decide._stop, "if case.protected", "if False"),
    mutant(
        "takes what is gone for finished",
        absorb._record_after,
        "Outcome.STOPPED_BY_US if bound.stopping else Outcome.LOST",
        "Outcome.FINISHED",
        one_fault,
    ),
]

_LOCKING = [
    mutant(
        "takes the serial of others for its own",
        Store._deliver,
        "WriteRequest(data, self._version,",
        "WriteRequest(data, (lambda found: found.version if found else None)(self.backend.read()),",
        two,
    ),
    mutant(
        "takes another one's write for its own",
        delivery._found,
        "raise changed(backend.place)",
        "return document.version",
        two,
    ),
    mutant(
        "goes on with the state of before the wait",
        applying._Work._reopen,
        "self.store.read() or rounds.desk.state",
        "rounds.desk.state",
        two_without_versions,
    ),
    mutant(
        "does not notice who took over",
        Follow._notice_take_over,
        "state.acted not in (acted, self.rounds.acting)",
        "False",
        one_comes_back,
    ),
    mutant("does not say who acts", Rounds._act, "acted=self.acting, ", "", one_comes_back),
]


_ALL = [*_LOOKING, *_SENDING, *_MOVING, *_LOCKING]


@pytest.mark.parametrize("mutant", _ALL, ids=[one.name for one in _ALL])
def test_a_planted_fault_is_noticed(mutant: Mutant) -> None:
    with planted(mutant.edits):
        assert next(filter(None, map(failure, mutant.where())), None) is not None
