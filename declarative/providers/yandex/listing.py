"""Pages of executions. Filters only ever narrow what is asked for: every row is looked at again here.

`active_only` begins with a page of everything: the newest come first, so what is active mostly stands there,
and a workflow of few executions is told in one call. Where there is more it goes on as three lists, one
status each, because one condition is all that is documented. QUEUED comes first: a run that moves on is
then seen twice rather than never. `started_after` is never sent: it would hide a run without `startedAt`
yet, and a start that took place would look as if it had not.
"""

from __future__ import annotations

from dataclasses import replace

from declarative.model.execution import Execution
from declarative.protocols import Kind, ListPage, ListRequest
from declarative.providers.yandex.calls import Caller, Reply, Request
from declarative.providers.yandex.errors import CallFailed
from declarative.providers.yandex.wire import Unusable, executions, next_page

EXECUTIONS_PATH = "/workflows/v1/execution"
PAGE_SIZE_MAX = 1000

_ACTIVE = ("QUEUED", "RUNNING", "PAUSED")
_ALL = "ALL"


class ExecutionLists:
    """Page tokens given out are `<list>:<the service's token>`; opaque to callers."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._can_filter = True

    def page(self, request: ListRequest) -> ListPage:
        name, _, token = request.page_token.partition(":")
        if name in _ACTIVE:
            return self._filtered(request, name, token) or self._unfiltered(request, "")
        page = self._unfiltered(request, token if name == _ALL else "")
        if name != _ALL and request.active_only and page.next_page_token and self._can_filter:
            return replace(page, next_page_token=f"{_ACTIVE[0]}:")
        return page

    def _unfiltered(self, request: ListRequest, token: str) -> ListPage:
        reply = self._fetch(request, token, "")
        after = next_page(reply.body)
        return ListPage(_rows(reply), f"{_ALL}:{after}" if after else "", reply.served_at)

    def _filtered(self, request: ListRequest, status: str, token: str) -> ListPage | None:
        """None when the service refuses or ignores the filter: then everything is listed from the start."""
        if not self._can_filter:
            return None
        try:
            reply = self._fetch(request, token, f"status={status}")
        except CallFailed as failure:
            if failure.kind is not Kind.INVALID:
                raise
            self._can_filter = False
            return None
        rows = _rows(reply)
        if any(row.raw_status != status for row in rows):
            self._can_filter = False
            return None
        return ListPage(rows, _token_after(status, next_page(reply.body)), reply.served_at)

    def _fetch(self, request: ListRequest, token: str, condition: str) -> Reply:
        size = max(1, min(request.page_size, PAGE_SIZE_MAX))
        query = {"workflowId": request.workflow_id, "pageSize": str(size)}
        query |= {"pageToken": token} if token else {}
        query |= {"filter": condition} if condition else {}
        return self._caller.again(Request("GET", EXECUTIONS_PATH, query))


def _token_after(status: str, after: str) -> str:
    if after:
        return f"{status}:{after}"
    following = _ACTIVE.index(status) + 1
    return f"{_ACTIVE[following]}:" if following < len(_ACTIVE) else ""


def _rows(reply: Reply) -> tuple[Execution, ...]:
    try:
        return executions(reply.body)
    except Unusable as problem:
        raise reply.unusable(str(problem)) from None
