"""State after a crash, as it comes back from a backend, and an engine that answers what it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from declarative.applying.desk import Desk
from declarative.model.address import Address
from declarative.model.digests import sent_digests
from declarative.model.execution import Execution, Status
from declarative.model.moment import format_moment
from declarative.model.record import Cause, Pending, Record, Watermark
from declarative.model.state import State
from declarative.protocols import (
    Capabilities,
    GetRequest,
    Kind,
    ListPage,
    ListRequest,
    ProviderError,
    StateWriter,
)
from declarative.state.codec import Encoder, decode

NOW = 1_795_000_000.0
ENGINE = "engine of the tests"
A, B = Address("a"), Address("b")
SENT = '{"n":1}'


@dataclass
class StillClock:
    mono: float = 1000.0

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return self.mono

    def sleep(self, seconds: float) -> None:
        self.mono += seconds


@dataclass
class Engine:
    """`rows`: what there is, newest first. `unreadable`: ids of which `get` says nothing; `silent`: why the
    list says nothing."""

    rows: list[Execution] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    silent: Kind | None = None
    page_size: int = 1000
    served_at: float | None = NOW
    identity: str = ENGINE
    capabilities: Capabilities = Capabilities()
    asked: list[str] = field(default_factory=list)

    def get(self, request: GetRequest) -> Execution:
        self.asked.append(f"get {request.execution_id}")
        if request.execution_id in self.unreadable:
            raise ProviderError(Kind.UNAVAILABLE, "get", "HTTP 503")
        return next(row for row in self.rows if row.id == request.execution_id)

    def list(self, request: ListRequest) -> ListPage:
        self.asked.append(f"list {request.page_token}".rstrip())
        if self.silent is not None:
            raise ProviderError(self.silent, "list", "no")
        first = int(request.page_token or 0)
        shown = self.rows[first : first + self.page_size]
        more = first + self.page_size < len(self.rows)
        token = str(first + self.page_size) if more else ""
        previews = tuple(replace(row, input_json=None) for row in shown)
        return ListPage(previews, token, self.served_at)


@dataclass
class Writer(StateWriter):
    """Keeps what was written. `lost`: raised by the next look at the lock."""

    written: list[State] = field(default_factory=list)
    lost: Exception | None = None
    fence: float | None = None  # type: ignore[assignment]

    def check(self) -> None:
        if self.lost is not None:
            raise self.lost

    def write(self, state: State) -> State:
        self.written.append(state)
        return replace(state, serial=state.serial + 1)


def run(run_id: str, age: float | None, input_json: str = SENT, status: Status = Status.RUNNING) -> Execution:
    """`age`: seconds since it began; None: it waits in a queue."""
    started_at = None if age is None else format_moment(NOW - age)
    return Execution(run_id, "load", status, started_at, input_json=input_json)


def intent(attempt: str = "attempt-1", age: float = 300.0, seen: tuple[str, ...] = ()) -> Pending:
    """A start of that age, with a watermark taken just before it."""
    exact, loose = sent_digests("load", SENT)
    return Pending(
        attempt=attempt,
        spec="spec",
        sent=exact,
        sent_loose=loose,
        generation=1,
        cause=Cause.DECLARED,
        provider=ENGINE,
        workflow="load",
        workflow_id="load",
        revision="1",
        fenced_at=NOW - age,
        watermark=Watermark(NOW - age, seen),
    )


def desk_of(records: dict[Address, Record], writer: Writer | None = None) -> Desk:
    """As another machine finds it: nothing but the bytes in the backend."""
    data = Encoder().encode(State(lineage="lineage", serial=7, records=records))
    return Desk(writer or Writer(), decode(data, "tests"), StillClock())


def unresolved(pending: Pending) -> Record:
    return Record(pending=pending, generation=pending.generation)
