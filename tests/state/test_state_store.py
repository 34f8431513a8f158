"""What apply relies on: a lock that is ours or known to be lost, writes that are known to have happened."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from state_kit import failure, state_of

from declarative.clock import SystemClock
from declarative.diagnostics import Diagnostic, Refused, Severity
from declarative.model.state import State
from declarative.protocols import (
    BackendAbilities,
    BackendError,
    Conflict,
    Locked,
    LockGrant,
    LockInfo,
    LockLost,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.state.codec import Encoder, decode
from declarative.state.heartbeat import Heartbeat
from declarative.state.owner import Owner
from declarative.state.problems import refusal
from declarative.state.store import Store
from declarative.testing.backends import MemoryBackend, MemoryPlace
from declarative.testing.clock import StillClock
from declarative.testing.memory import Fault

OWNER = Owner("orders", "prod")


class Scene:
    """One place, one clock; `store()` is another process's view of it."""

    def __init__(self, folder: Path) -> None:
        self.place = MemoryPlace()
        self.clock = StillClock()
        self.folder = folder
        self.stores: list[Store] = []

    def backend(self) -> MemoryBackend:
        return MemoryBackend(self.place, self.clock)

    def store(
        self, backend: MemoryBackend | None = None, owner: Owner = OWNER, locking: bool = True
    ) -> Store:
        store = Store(
            backend or self.backend(), self.clock, owner, locking=locking, folder=self.folder, environ={}
        )
        self.stores.append(store)
        return store

    @property
    def document(self) -> dict[str, object]:
        assert self.place.data is not None
        found: dict[str, object] = json.loads(self.place.data)
        return found


@pytest.fixture
def scene(tmp_path: Path) -> object:
    made = Scene(tmp_path)
    yield made
    for store in made.stores:
        store.unlock()


def locked(scene: Scene, backend: MemoryBackend | None = None) -> Store:
    store = scene.store(backend)
    store.lock("apply")
    store.read()
    return store


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────


def test_each_write_has_a_serial_and_a_writer_of_its_own(scene: Scene) -> None:
    store = locked(scene)
    first = store.write(state_of("a"))
    second = store.write(first)
    assert (first.serial, second.serial) == (1, 2)
    assert first.writer != second.writer != ""
    assert scene.store().read() == second


def test_the_configuration_is_recorded(scene: Scene) -> None:
    written = locked(scene).write(state_of("a"))
    assert (written.name, written.environment) == ("orders", "prod")


def test_a_first_state_has_a_lineage(scene: Scene) -> None:
    one, two = scene.store().new(), scene.store().new()
    assert one.lineage != two.lineage != "" and one.name == "orders" and scene.place.data is None


def test_a_serial_never_goes_down(scene: Scene) -> None:
    store = locked(scene)
    store.write(store.write(state_of("a")))
    pushed = store.write(replace(state_of("b"), serial=0))
    assert pushed.serial == 3
    assert store.write(replace(pushed, serial=40)).serial == 41


def test_the_fence_is_when_the_write_was_sent(scene: Scene) -> None:
    class Slow(MemoryBackend):
        def write(self, request: WriteRequest) -> str:
            scene.clock.advance(20)
            return super().write(request)

    store = locked(scene, Slow(scene.place, scene.clock))
    assert store.fence is None
    before = scene.clock.monotonic()
    store.write(state_of("a"))
    assert store.fence == before


def test_a_write_that_had_to_be_repeated_counts_from_its_first_try(scene: Scene) -> None:
    backend = scene.backend()
    store = locked(scene, backend)
    before = scene.clock.monotonic()
    backend.faults.append(Fault.LOST_BEFORE)
    store.write(state_of("a"))
    assert store.fence == before and scene.clock.monotonic() > before


def test_the_fence_ends_with_the_lock(scene: Scene) -> None:
    store = locked(scene)
    store.write(state_of("a"))
    store.unlock()
    assert store.fence is None
    store.lock("apply")
    assert store.fence is None


@pytest.mark.parametrize("faults", [[Fault.LOST_BEFORE], [Fault.LOST_AFTER], [Fault.LOST_BEFORE] * 3])
def test_a_write_without_an_answer_is_settled(scene: Scene, faults: list[Fault]) -> None:
    backend = scene.backend()
    store = locked(scene, backend)
    first = store.write(state_of("a"))
    backend.faults.extend(faults)
    second = store.write(first)
    third = store.write(second)
    assert scene.store().read() == third and third.serial == 3
    assert list(scene.folder.iterdir()) == []


def test_a_write_is_not_repeated_when_its_answer_alone_was_lost(scene: Scene) -> None:
    backend = scene.backend()
    store = locked(scene, backend)
    backend.faults.append(Fault.LOST_AFTER)
    store.write(state_of("a"))
    assert scene.place.version == 1


class LateBackend(MemoryBackend):
    """Its first write is still on the wire when the second is sent, and arrives before it."""

    late: WriteRequest | None = None

    def write(self, request: WriteRequest) -> str:
        if self.late is None:
            self.late = request
            raise BackendError(Diagnostic("x", "no answer"), outcome_unknown=True, transient=True)
        if self.late.data == request.data:
            super().write(self.late)
        return super().write(request)


def test_a_write_that_arrives_late_is_recognised(scene: Scene) -> None:
    store = locked(scene, LateBackend(scene.place, scene.clock))
    written = store.write(state_of("a"))
    assert scene.place.version == 1 and store.write(written).serial == 2


class Refusing(MemoryBackend):
    """Refuses `refusals` writes without effect."""

    refusals = 0
    transient = True

    def write(self, request: WriteRequest) -> str:
        if self.refusals:
            self.refusals -= 1
            problem = Diagnostic("state_failed", "Cannot write the state: memory", "No space left.")
            raise BackendError(problem, transient=self.transient)
        return super().write(request)


def test_a_passing_refusal_is_waited_for(scene: Scene) -> None:
    backend = Refusing(scene.place, scene.clock)
    backend.refusals = 3
    locked(scene, backend).write(state_of("a"))
    assert scene.clock.slept == [1, 2, 4]


def test_a_lasting_refusal_is_not_repeated(scene: Scene) -> None:
    backend = Refusing(scene.place, scene.clock)
    backend.refusals, backend.transient = 1, False
    store = locked(scene, backend)
    failure(lambda: store.write(state_of("a")))
    assert scene.clock.slept == [] and scene.place.data is None


def test_what_cannot_be_written_is_kept_in_a_private_file(scene: Scene) -> None:
    backend = Refusing(scene.place, scene.clock)
    backend.refusals = 99
    store = locked(scene, backend)
    error = failure(lambda: store.write(state_of("a")))
    kept = scene.folder / "errored.state.json"
    assert str(kept) in error.problem.hint and "state push" in error.problem.hint
    assert kept.stat().st_mode & 0o777 == 0o600
    assert decode(kept.read_bytes(), "x").records == state_of("a").records
    assert scene.clock.slept == [1, 2, 4, 8]


def test_the_kept_file_goes_when_a_later_write_succeeds(scene: Scene) -> None:
    backend = Refusing(scene.place, scene.clock)
    backend.refusals = 5
    store = locked(scene, backend)
    failure(lambda: store.write(state_of("a")))
    store.write(state_of("a", "b"))
    assert list(scene.folder.iterdir()) == []


def test_a_kept_file_of_an_earlier_run_is_left_alone(scene: Scene) -> None:
    (scene.folder / "errored.state.json").write_text("precious")
    backend = Refusing(scene.place, scene.clock)
    backend.refusals, backend.transient = 2, False
    store = locked(scene, backend)
    failure(lambda: store.write(state_of("a")))
    error = failure(lambda: store.write(state_of("a", "b")))
    assert (scene.folder / "errored.state.json").read_text() == "precious"
    ours = scene.folder / "errored-2.state.json"
    assert decode(ours.read_bytes(), "x").records == state_of("a", "b").records
    assert str(ours) in error.problem.hint
    assert len(list(scene.folder.iterdir())) == 2


def test_when_not_even_a_file_can_be_kept_it_says_so(scene: Scene) -> None:
    scene.folder = scene.folder / "not there"
    backend = Refusing(scene.place, scene.clock)
    backend.refusals, backend.transient = 1, False
    store = locked(scene, backend)
    assert "could not even be kept" in failure(lambda: store.write(state_of("a"))).problem.detail


# ── somebody else ──────────────────────────────────────────────────────────────────────────────────────


def test_a_foreign_write_is_a_lock_lost_for_good(scene: Scene) -> None:
    store = locked(scene)
    first = store.write(state_of("a"))
    theirs = Encoder().encode(replace(first, serial=2, writer="theirs"))
    scene.place.data, scene.place.version = theirs, scene.place.version + 1
    loss = failure(lambda: store.write(state_of("b")))
    assert isinstance(loss, LockLost) and isinstance(loss.__cause__, Conflict)
    assert scene.place.data == theirs
    assert (scene.folder / "errored.state.json").exists()
    assert isinstance(failure(store.check), LockLost)
    assert isinstance(failure(lambda: store.write(state_of("c"))), LockLost)
    assert refusal(loss).exit_code == 4


def test_a_foreign_write_after_a_lost_one_is_not_overwritten(scene: Scene) -> None:
    class Overtaken(MemoryBackend):
        def write(self, request: WriteRequest) -> str:
            theirs = Encoder().encode(State("x", serial=9, writer="theirs"))
            scene.place.data, scene.place.version = theirs, 9
            raise BackendError(Diagnostic("x", "no answer"), outcome_unknown=True, transient=True)

    store = locked(scene, Overtaken(scene.place, scene.clock))
    assert isinstance(failure(lambda: store.write(state_of("a"))), LockLost)
    assert scene.document["writer"] == "theirs"


def test_a_freed_lock_stops_the_next_write(scene: Scene) -> None:
    store = locked(scene)
    store.write(state_of("a"))
    holder = scene.backend().holder()
    assert holder is not None
    scene.backend().force_unlock(holder.id)
    assert isinstance(failure(lambda: store.write(state_of("b"))), LockLost)
    assert scene.document["serial"] == 1


def test_nothing_is_written_without_the_lock(scene: Scene) -> None:
    store = scene.store()
    store.read()
    assert isinstance(failure(lambda: store.write(state_of("a"))), LockLost)
    assert scene.place.data is None


def test_a_new_lock_forgets_that_an_old_one_was_lost(scene: Scene) -> None:
    store = locked(scene)
    scene.place.data = Encoder().encode(OWNER.sign(replace(state_of("theirs"), serial=5)))
    assert isinstance(failure(lambda: store.write(state_of("a"))), LockLost)
    store.unlock()
    store.lock("apply")
    store.read()
    store.check()
    assert store.write(state_of("a")).serial == 6


def test_a_conflict_over_nothing_is_tried_again(scene: Scene) -> None:
    """S3 answers so when two requests meet, though neither was the other's writer."""

    class Colliding(MemoryBackend):
        collisions = 1

        def write(self, request: WriteRequest) -> str:
            if self.collisions:
                self.collisions -= 1
                raise Conflict(Diagnostic("state_conflict", "conflicting operation"))
            return super().write(request)

    assert locked(scene, Colliding(scene.place, scene.clock)).write(state_of("a")).serial == 1


# ── the lock ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_held_lock_is_refused_at_once_and_names_its_holder(scene: Scene) -> None:
    locked(scene)
    error = failure(lambda: scene.store().lock("apply"))
    assert isinstance(error, Locked) and error.holder is not None and error.holder.operation == "apply"
    assert scene.clock.slept == [] and refusal(error).exit_code == 4


def test_waiting_for_the_lock_backs_off_and_tells(scene: Scene) -> None:
    holder = locked(scene)
    heartbeat = holder._heartbeat
    assert heartbeat is not None
    seen: list[LockInfo | None] = []

    def waiting(info: LockInfo | None) -> None:
        heartbeat.beat()
        seen.append(info)

    waiter = scene.store()
    error = failure(lambda: waiter.lock("plan", timeout=60, waiting=waiting))
    assert isinstance(error, Locked)
    assert scene.clock.slept == [1, 2, 4, 8, 16, 16, 13]
    assert len(seen) == 7 and all(info is not None and info.operation == "apply" for info in seen)


def test_the_lock_is_taken_as_soon_as_it_is_free(scene: Scene) -> None:
    holder = locked(scene)
    tries: list[LockInfo | None] = []

    def waiting(info: LockInfo | None) -> None:
        tries.append(info)
        if len(tries) == 2:
            holder.unlock()

    scene.store().lock("apply", timeout=600, waiting=waiting)
    assert scene.clock.slept == [1, 2]


def test_a_wait_ends_when_the_process_is_asked_to(scene: Scene) -> None:
    locked(scene)
    clock = SystemClock()
    clock.wake.set()
    store = Store(scene.backend(), clock, OWNER, folder=scene.folder, environ={})
    assert isinstance(failure(lambda: store.lock("apply", timeout=600)), Locked)


def test_taking_over_raises_the_serial_before_anything_else(scene: Scene) -> None:
    dead = locked(scene)
    first = dead.write(state_of("a"))
    assert dead._heartbeat is not None
    dead._heartbeat.stop()
    scene.clock.advance(61)
    taker = scene.store()
    grant = taker.lock("apply")
    assert grant is not None and grant.taken_from is not None
    assert scene.document["serial"] == 2 and scene.document["writer"] != first.writer
    assert isinstance(failure(lambda: dead.write(first)), LockLost)
    found = taker.read()
    assert found is not None and found.records == first.records
    assert taker.fence is None, "the bump is no intent"


def test_a_write_of_the_dead_holder_in_between_is_taken_over_too(scene: Scene) -> None:
    dead = locked(scene)
    first = dead.write(state_of("a"))
    scene.clock.advance(61)
    late = Encoder().encode(replace(first, serial=2, writer="late", records=state_of("a", "b").records))

    class Meeting(MemoryBackend):
        def write(self, request: WriteRequest) -> str:
            if scene.place.version == 1:
                scene.place.data, scene.place.version = late, 2
            return super().write(request)

    taker = scene.store(Meeting(scene.place, scene.clock))
    taker.lock("apply")
    assert scene.document["serial"] == 3
    found = taker.read()
    assert found is not None and found.records == state_of("a", "b").records


def test_a_lock_that_was_given_back_raises_nothing(scene: Scene) -> None:
    store = locked(scene)
    store.write(state_of("a"))
    store.unlock()
    scene.store().lock("apply")
    assert scene.document["serial"] == 1


def test_a_state_that_cannot_be_taken_over_leaves_the_lock_free(scene: Scene) -> None:
    dead = locked(scene)
    dead.write(state_of("a"))
    scene.place.data = b"{"
    scene.clock.advance(61)
    with pytest.raises(Refused):
        scene.store().lock("apply")
    assert scene.place.holder is None


def test_a_passing_failure_does_not_cost_the_lock(scene: Scene) -> None:
    class Shaky(MemoryBackend):
        failures = 2

        def lock(self, request: LockRequest) -> LockGrant:
            self.failures -= 1
            if self.failures >= 0:
                raise BackendError(Diagnostic("x", "busy"), transient=True)
            return super().lock(request)

    scene.store(Shaky(scene.place, scene.clock)).lock("apply")
    assert scene.clock.slept == [1, 2] and scene.place.holder is not None


def test_a_lock_that_could_not_be_given_back_is_a_warning(scene: Scene) -> None:
    class Deaf(MemoryBackend):
        def unlock(self, request: LockRequest) -> None:
            raise BackendError(Diagnostic("state_failed", "Cannot unlock the state: memory"))

    store = locked(scene, Deaf(scene.place, scene.clock))
    warning = store.unlock()
    assert warning is not None and warning.severity is Severity.WARNING
    assert store.unlock() is None


def test_without_locking_nothing_is_locked_and_writes_go_through(scene: Scene) -> None:
    store = scene.store(locking=False)
    assert store.lock("apply") is None and scene.place.holder is None
    store.read()
    store.write(state_of("a"))
    store.check()
    assert scene.document["serial"] == 1


# ── the heartbeat ──────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_that_cannot_be_renewed_is_lost_after_its_lease(scene: Scene) -> None:
    class Unreachable(MemoryBackend):
        def renew(self, request: LockRequest) -> None:
            raise BackendError(Diagnostic("x", "unreachable"), transient=True)

    store = locked(scene, Unreachable(scene.place, scene.clock))
    heartbeat = store._heartbeat
    assert heartbeat is not None
    scene.clock.advance(59)
    heartbeat.beat()
    store.check()
    scene.clock.advance(2)
    assert isinstance(failure(store.check), LockLost)


def test_a_machine_that_slept_has_lost_its_lock_before_any_beat(scene: Scene) -> None:
    store = locked(scene)
    scene.clock.advance(3600)
    assert isinstance(failure(store.check), LockLost)


def test_a_beat_keeps_the_lock(scene: Scene) -> None:
    store = locked(scene)
    heartbeat = store._heartbeat
    assert heartbeat is not None
    for _ in range(10):
        scene.clock.advance(50)
        heartbeat.beat()
        store.check()
    assert isinstance(failure(lambda: scene.store().lock("apply")), Locked)


def test_a_renewal_that_hangs_does_not_hold_up_the_end(scene: Scene) -> None:
    """The lock is left to its lease, and that is said."""

    class Hanging(MemoryBackend):
        began, answers = threading.Event(), threading.Event()

        def renew(self, request: LockRequest) -> None:
            self.began.set()
            self.answers.wait(30)

    class Impatient(Heartbeat):
        def stop(self, patience: float = 0.0) -> bool:
            return super().stop(patience)

    backend = Hanging(scene.place, scene.clock)
    store = locked(scene, backend)
    assert store._held is not None and store._heartbeat is not None
    store._heartbeat.stop()
    heartbeat = Impatient(backend, store._held, scene.clock, scene.clock.monotonic(), interval=0.001)
    store._heartbeat = heartbeat
    heartbeat.start()
    assert backend.began.wait(30)
    warning = store.unlock()
    backend.answers.set()
    heartbeat.stop(30)
    assert warning is not None
    assert warning.code == "state_left_locked" and not warning.is_error
    assert isinstance(failure(lambda: scene.store().lock("apply")), Locked)
    scene.clock.advance(61)
    scene.store().lock("apply")


def test_a_slow_renewal_counts_from_when_it_was_sent(scene: Scene) -> None:
    class Slow(MemoryBackend):
        def renew(self, request: LockRequest) -> None:
            super().renew(request)
            scene.clock.advance(50)

    store = locked(scene, Slow(scene.place, scene.clock))
    assert store._heartbeat is not None
    store._heartbeat.beat()
    scene.clock.advance(11)
    assert isinstance(failure(store.check), LockLost)


def test_a_refused_renewal_is_a_lock_lost_for_good(scene: Scene) -> None:
    store = locked(scene)
    heartbeat = store._heartbeat
    assert heartbeat is not None
    scene.place.holder = None
    heartbeat.beat()
    assert isinstance(failure(store.check), LockLost)
    assert isinstance(failure(lambda: store.write(state_of("a"))), LockLost)
    assert (scene.folder / "errored.state.json").exists()


def test_the_thread_beats_by_itself_and_ends() -> None:
    beats = threading.Semaphore(0)

    class Counting(MemoryBackend):
        def renew(self, request: LockRequest) -> None:
            beats.release()

    backend = Counting(MemoryPlace(), StillClock())
    request = LockRequest(LockInfo("1", "apply", "x", ""))
    heartbeat = Heartbeat(backend, request, StillClock(), 0.0, interval=0.001)
    heartbeat.start()
    assert all(beats.acquire(timeout=10) for _ in range(3))
    heartbeat.stop()
    assert "state lock" not in [thread.name for thread in threading.enumerate()]


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────


def test_no_state_is_none(scene: Scene) -> None:
    assert scene.store().read() is None


def test_an_empty_document_is_refused(scene: Scene) -> None:
    scene.place.data = b""
    with pytest.raises(Refused) as refused:
        scene.store().read()
    assert refused.value.diagnostics[0].code == "state_empty"


@pytest.mark.parametrize(
    ("recorded", "ours", "accepted"),
    [
        (Owner("orders", "prod"), Owner("orders", "prod"), True),
        (Owner("orders", "prod"), Owner("orders", "dev"), False),
        (Owner("orders", "prod"), Owner("orders", ""), False),
        (Owner("orders", "prod"), Owner("billing", "prod"), False),
        (Owner("orders", ""), Owner("", ""), False),
        (Owner("", ""), Owner("orders", "prod"), True),
    ],
)
def test_the_state_of_another_configuration_is_refused(
    scene: Scene, recorded: Owner, ours: Owner, accepted: bool
) -> None:
    scene.place.data = Encoder().encode(recorded.sign(state_of("a")))
    store = scene.store(owner=ours)
    if accepted:
        assert store.read() is not None
        return
    with pytest.raises(Refused) as refused:
        store.read()
    assert refused.value.diagnostics[0].code == "state_foreign"


# ── without compare-and-set ────────────────────────────────────────────────────────────────────────────


class Blind(MemoryBackend):
    """A server that keeps a lock and otherwise believes everybody. `meddle` runs after each write."""

    abilities = BackendAbilities(cas=False, shows_holder=False)
    meddle: Callable[[], object] | None = None
    reads_fail = 0

    def read(self) -> StateDocument | None:
        if self.reads_fail:
            self.reads_fail -= 1
            raise BackendError(Diagnostic("x", "busy"), transient=True)
        return super().read()

    def write(self, request: WriteRequest) -> str:
        self._shared.data = request.data
        self._shared.version += 1
        if self.meddle is not None:
            self.meddle()
        return str(self._shared.version)


def test_a_blind_write_is_looked_at(scene: Scene) -> None:
    backend = Blind(scene.place, scene.clock)
    store = locked(scene, backend)
    first = store.write(state_of("a"))
    backend.meddle = lambda: setattr(scene.place, "data", Encoder().encode(replace(first, writer="theirs")))
    assert isinstance(failure(lambda: store.write(first)), LockLost)


def test_a_blind_write_that_could_not_be_looked_at_is_not_yet_believed(scene: Scene) -> None:
    backend = Blind(scene.place, scene.clock)
    store = locked(scene, backend)
    backend.meddle = lambda: setattr(backend, "reads_fail", 1)
    written = store.write(state_of("a"))
    backend.meddle, backend.reads_fail = None, 0
    assert store.read() == written


def test_a_blind_lock_has_no_heartbeat(scene: Scene) -> None:
    store = locked(scene, Blind(scene.place, scene.clock))
    scene.clock.advance(3600)
    store.check()
