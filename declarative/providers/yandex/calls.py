"""One call of the service: token, turn, transport, answer or error. Knows no method by name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from declarative.protocols import Clock, Kind
from declarative.providers.yandex.answer import Answer
from declarative.providers.yandex.errors import Asked, CallFailed, refused, served_at, unanswered, unusable
from declarative.providers.yandex.ratelimit import RateLimit
from declarative.providers.yandex.retry import Retry
from declarative.providers.yandex.tokens import Held, TokenCache
from declarative.providers.yandex.transport import Broken, Message, Transport
from declarative.providers.yandex.wire import Object, Unusable, decode, is_id


@dataclass(frozen=True, slots=True)
class Request:
    """`is_start`: must never be sent twice. `needs_executor`: which role a refusal is about."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    not_after: float | None = None
    is_start: bool = False
    needs_executor: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call answered: its JSON, and the answer it came in."""

    asked: Asked
    body: Object = field(repr=False)
    answer: Answer

    @property
    def served_at(self) -> float | None:
        return served_at(self.answer)

    def unusable(self, why: str) -> CallFailed:
        return unusable(self.asked, self.answer, why)


class Caller:
    """Thread-safe. `endpoint`: scheme, host and port, as errors name it."""

    def __init__(
        self,
        endpoint: str,
        transport: Transport,
        tokens: TokenCache,
        limit: RateLimit,
        retry: Retry,
        clock: Clock,
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._tokens = tokens
        self._limit = limit
        self._retry = retry
        self._clock = clock

    def again(self, request: Request) -> Reply:
        """A call that may be made twice. Raises CallFailed."""
        return self._retry.run(lambda: self.once(request))

    def once(self, request: Request) -> Reply:
        """One try; a second only after a 401 that proves that the first did nothing. Raises CallFailed."""
        held = self._tokens.current()
        try:
            return self._sent(request, held)
        except CallFailed as failure:
            if not self._may_renew(request, failure):
                raise
        return self._sent(request, self._tokens.renewed(held))

    def close(self) -> None:
        self._transport.close()
        self._tokens.close()

    def _may_renew(self, request: Request, failure: CallFailed) -> bool:
        if failure.http_status != 401 or not self._tokens.can_renew:
            return False
        return failure.proves_nothing_happened or not request.is_start

    def _sent(self, request: Request, held: Held) -> Reply:
        self._limit.wait()
        request_id = str(uuid.uuid4())
        asked = Asked(
            request.method,
            self._endpoint + request.path + _subject(request.query),
            request_id,
            request.needs_executor,
            self._tokens.can_renew,
        )
        headers = {"Authorization": f"Bearer {held.value}", "X-Request-Id": request_id, **request.headers}
        target = request.path + ("?" + urlencode(request.query, quote_via=quote) if request.query else "")
        message = Message(request.method, target, headers, request.body, request.not_after)
        return self._reply(asked, self._answer(asked, message, held), held)

    def _answer(self, asked: Asked, message: Message, held: Held) -> Answer:
        try:
            return self._transport.exchange(message)
        except Broken as broken:
            raise unanswered(asked, broken, (held.value,)) from None

    def _reply(self, asked: Asked, answer: Answer, held: Held) -> Reply:
        if answer.status != 200:
            raise refused(asked, answer, self._clock.now(), (held.value,))
        try:
            return Reply(asked, decode(answer.body), answer)
        except Unusable as problem:
            raise unusable(asked, answer, str(problem), (held.value,)) from None


def _subject(query: Mapping[str, str]) -> str:
    """What a list was asked about; pages and filters help nobody."""
    return "".join(f"?{name}={query[name]}" for name in ("workflowId", "folderId") if query.get(name))


def path_of(collection: str, identifier: str, verb: str = "") -> str:
    """A path in which an id can only be one segment. Raises CallFailed for what cannot be an id at all."""
    if not is_id(identifier):
        raise CallFailed(
            Kind.INVALID,
            f"{collection}/{verb or 'get'}",
            f"{identifier[:60]!r} is not an id",
            hint="Ids come from the service, such as dfq… for a workflow.",
            proves_nothing_happened=True,
        )
    return f"{collection}/{quote(identifier, safe='')}" + (f"/{verb}" if verb else "")
