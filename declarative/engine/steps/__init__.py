"""The steps of YaWL: one module per type, each with its data, how it is read and how it is carried out."""

from __future__ import annotations

from collections.abc import Mapping

from declarative.engine.steps import (
    cloud,
    fail,
    foreach,
    http_call,
    noop,
    parallel,
    success,
    switch,
    wait,
    while_loop,
    workflow_call,
)
from declarative.engine.steps.base import ReadStep

READERS: Mapping[str, ReadStep] = {
    "switch": switch.read,
    "foreach": foreach.read,
    "parallel": parallel.read,
    "while": while_loop.read,
    "wait": wait.read,
    "noOp": noop.read,
    "success": success.read,
    "fail": fail.read,
    "httpCall": http_call.read,
    "workflow": workflow_call.read,
    **cloud.READERS,
}
"""How each step type is read, by its key in a file."""
