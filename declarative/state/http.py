"""State behind Terraform's HTTP protocol: GET, POST and the LOCK and UNLOCK of whoever implements it.

The server's lock is the only fence there is: every write carries its id. There is no compare-and-set; a
document that changed since it was read is still noticed before it would be overwritten.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from declarative.protocols import (
    BackendAbilities,
    BackendError,
    Clock,
    LockGrant,
    LockInfo,
    LockRequest,
    StateDocument,
    WriteRequest,
)
from declarative.state.lock import lock_json, read_lock
from declarative.state.problems import changed, failed, locked, lost, unlockable, untrue
from declarative.state.retry import patiently
from declarative.state.tls import ClientTls
from declarative.state.web import DEADLINE, Answer, Login, Web, without_login

_DONE = {200, 201, 204}
_HELD = {409, 423}
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Terraform's settings of the same names. No `lock_address`: there is no lock. Waits are in seconds."""

    address: str
    update_method: str = "POST"
    lock_address: str = ""
    lock_method: str = "LOCK"
    unlock_address: str = ""
    unlock_method: str = "UNLOCK"
    login: Login = field(default_factory=Login)
    tls: ClientTls = field(default_factory=ClientTls)
    retry_max: int = 2
    retry_wait_min: float = 1.0
    retry_wait_max: float = 30.0

    def pauses(self) -> tuple[float, ...]:
        return tuple(min(self.retry_wait_min * 2**n, self.retry_wait_max) for n in range(self.retry_max))


class HttpBackend:
    """`deadline`: seconds for one exchange."""

    def __init__(self, settings: HttpSettings, clock: Clock, deadline: float = DEADLINE) -> None:
        self.abilities = BackendAbilities(cas=False, lock=bool(settings.lock_address), shows_holder=False)
        self.place = without_login(settings.address)
        self._settings = settings
        self._clock = clock
        self._web = Web(settings.login, settings.tls, clock, deadline)
        self._mutex = threading.Lock()
        self._held = ""
        self._is_proven = False

    def read(self) -> StateDocument | None:
        return patiently(self._read, self._clock, self._settings.pauses())

    def write(self, request: WriteRequest) -> str:
        found = self.read()
        if request.expected != (found.version if found else None):
            raise changed(self.place)
        address = _with_query(self._settings.address, request.lock_id)
        headers = {**_JSON, "Content-MD5": _md5(request.data)}
        answer = self._web.ask(self._settings.update_method, address, request.data, headers)
        if answer.status in _HELD:
            raise lost(self.place, read_lock(answer.content))
        self._expect_done(answer, "write the state", writing=True)
        return _version(request.data)

    def lock(self, request: LockRequest) -> LockGrant:
        if not self.abilities.lock:
            raise unlockable(self.place)
        with self._mutex:
            self._take(request.info)
            self._held = request.info.id
            try:
                self._prove_once(request.info)
            except BackendError:
                self._give_back(request.info)
                raise
        return LockGrant(request.info)

    def renew(self, request: LockRequest) -> None:
        """Nothing: the server keeps the lock until it is given back."""

    def unlock(self, request: LockRequest) -> None:
        with self._mutex:
            if self._held == request.info.id:
                self._give_back(request.info)

    def holder(self) -> LockInfo | None:
        """None: the protocol tells a holder only to those who ask for the lock."""
        return None

    def force_unlock(self, lock_id: str) -> None:
        if not self.abilities.lock:
            raise unlockable(self.place)
        answer = self._unlock(LockInfo(id=lock_id, operation="", who="", created=""))
        if answer.status in _HELD:
            raise locked(self.place, read_lock(answer.content))
        self._expect_done(answer, "unlock the state")

    def close(self) -> None:
        self._web.close()

    def _read(self) -> StateDocument | None:
        answer = self._web.ask("GET", self._settings.address)
        if answer.status in (204, 404):
            return None
        if answer.status != 200:
            raise self._refusal(answer, "read the state")
        told = answer.headers.get("content-md5")
        if told and told != _md5(answer.content):
            said = "The answer does not match its Content-MD5."
            raise failed("read the state", self.place, said, transient=True)
        return StateDocument(answer.content, _version(answer.content))

    def _take(self, info: LockInfo) -> None:
        """A second try after a lost answer meets our own lock, if the first one was heard."""
        try:
            answer = self._lock(info)
        except BackendError as error:
            if not error.outcome_unknown:
                raise
            answer = self._lock(info)
        holder = read_lock(answer.content)
        if answer.status in _HELD:
            if holder is None or holder.id != info.id:
                raise locked(self.place, holder)
        else:
            self._expect_done(answer, "lock the state")

    def _prove_once(self, info: LockInfo) -> None:
        """Asks for the lock again, as somebody else: some servers grant it to everybody."""
        if self._is_proven:
            return
        stranger = replace(info, id=str(uuid.uuid4()), info="a test whether the lock is kept")
        if self._lock(stranger).status in _DONE:
            self._give_back(stranger)
            raise untrue(self.place, _LIE, _LIE_HINT)
        self._is_proven = True

    def _give_back(self, info: LockInfo) -> None:
        answer = self._unlock(info)
        self._held = ""
        if answer.status not in _HELD and answer.status != 404:
            self._expect_done(answer, "unlock the state")

    def _lock(self, info: LockInfo) -> Answer:
        return self._web.ask(self._settings.lock_method, self._settings.lock_address, lock_json(info), _JSON)

    def _unlock(self, info: LockInfo) -> Answer:
        address = self._settings.unlock_address or self._settings.lock_address
        return self._web.ask(self._settings.unlock_method, address, lock_json(info), _JSON)

    def _expect_done(self, answer: Answer, doing: str, writing: bool = False) -> None:
        if answer.status not in _DONE:
            raise self._refusal(answer, doing, writing)

    def _refusal(self, answer: Answer, doing: str, writing: bool = False) -> BackendError:
        passing = answer.status >= 500 or answer.status == 429
        return failed(
            doing,
            self.place,
            self._web.words(answer),
            hint=_hint(answer),
            outcome_unknown=writing and answer.status >= 500,
            transient=passing,
        )


def _hint(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return "Redirects are not followed: give the address that it leads to."
    return _HINTS.get(answer.status, "")


_HINTS = {
    401: "Check TF_HTTP_USERNAME and TF_HTTP_PASSWORD (GitLab: CI_JOB_TOKEN).",
    403: "These credentials may not do that (GitLab: writing and locking need the Maintainer role).",
    413: "The server limits the size of a state.",
}
_LIE = "It granted the lock a second time while it was held."
_LIE_HINT = "Use a server that keeps the lock, or another backend."


def _with_query(address: str, lock_id: str) -> str:
    if not lock_id:
        return address
    return f"{address}{'&' if '?' in address else '?'}ID={quote(lock_id, safe='')}"


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
