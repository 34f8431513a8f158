"""Workflows by name: looked up in the list of a folder, where the configuration gives no id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from declarative.diagnostics import did_you_mean
from declarative.protocols import Kind
from declarative.providers.yandex.calls import Caller, Reply, Request
from declarative.providers.yandex.errors import CallFailed
from declarative.providers.yandex.wire import next_page, workflow_names

WORKFLOWS_PATH = "/workflows/v1/workflow"
_PAGES_MAX = 1000
_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


class WorkflowNames:
    def __init__(self, caller: Caller, folder_id: str) -> None:
        self._caller = caller
        self._folder_id = folder_id

    def resolve(self, reference: str) -> str:
        """The id a reference means: itself, or for `{"name": ..., "folder_id": ...}` the one found."""
        if not reference.startswith("{"):
            return reference
        wanted = _parsed(reference)
        name, folder_id = wanted.get("name"), wanted.get("folder_id") or self._folder_id
        if not isinstance(name, str) or not name or not isinstance(folder_id, str):
            raise _invalid(f"{reference[:100]} names no workflow", "Write {name: ..., folder_id: ...}.")
        if not folder_id:
            raise _invalid(
                f"the workflow {name} is given by name, but no folder is known",
                "Set folder_id for the workflow or the provider, or YC_FOLDER_ID.",
            )
        return self._only(name, folder_id, self._found(name, folder_id))

    def _found(self, name: str, folder_id: str) -> list[tuple[str, str]]:
        """All (name, id) that were listed: narrowed by the service if it does that, else the whole folder."""
        condition = f'name="{name}"' if _NAME.fullmatch(name) else ""
        try:
            return [row for page in self._pages(folder_id, condition) for row in workflow_names(page.body)]
        except CallFailed as failure:
            if failure.kind is not Kind.INVALID or not condition:
                raise
        return [row for page in self._pages(folder_id, "") for row in workflow_names(page.body)]

    def _only(self, name: str, folder_id: str, listed: list[tuple[str, str]]) -> str:
        matches = sorted({identifier for other, identifier in listed if other == name})
        if len(matches) == 1:
            return matches[0]
        call = f"find the workflow {name} in the folder {folder_id}"
        if matches:
            said = f"there are {len(matches)} of this name: {', '.join(matches[:5])}"
            raise CallFailed(Kind.INVALID, call, said, hint="Give the id of the one that is meant.")
        near = did_you_mean(name, (other for other, _ in listed))
        hint = near or "Check the name and the folder, and that the account may see it (role .viewer)."
        raise CallFailed(Kind.NOT_FOUND, call, "there is no workflow of this name", hint=hint)

    def _pages(self, folder_id: str, condition: str) -> Iterator[Reply]:
        query = {"folderId": folder_id, "pageSize": "1000"}
        query |= {"filter": condition} if condition else {}
        for _ in range(_PAGES_MAX):
            reply = self._caller.again(Request("GET", WORKFLOWS_PATH, query))
            yield reply
            after = next_page(reply.body)
            if not after or after == query.get("pageToken"):
                return
            query["pageToken"] = after


def _parsed(reference: str) -> Mapping[str, Any]:
    try:
        found = json.loads(reference)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _invalid(said: str, hint: str) -> CallFailed:
    return CallFailed(Kind.INVALID, "resolve a workflow", said, hint=hint)
