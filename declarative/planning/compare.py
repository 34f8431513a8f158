"""The declaration against what was started: same, other, or not known yet."""

from __future__ import annotations

from dataclasses import dataclass

from declarative.model.desired import Evaluated, Instance
from declarative.model.digests import spec_digest
from declarative.model.json import NotJson, parse
from declarative.model.record import Bound
from declarative.planning.case import Compared


@dataclass(frozen=True, slots=True)
class Comparison:
    """`note`: a difference that is said, and acted on only where something runs."""

    compared: Compared
    revised: bool = False
    note: str = ""


def compare(
    instance: Instance,
    evaluated: Evaluated,
    spec: str | None,
    bound: Bound | None,
    identity: str,
    workflow_id: str,
) -> Comparison:
    """`spec` is None while the input is unknown; `identity` and `workflow_id` are the present ones."""
    if bound is None:
        return Comparison(Compared.UNKNOWN if spec is None else Compared.SAME)
    revised = bound.revision != instance.revision
    if spec is None:
        return Comparison(Compared.UNKNOWN, revised)
    note = _moved(instance, bound, identity, workflow_id)
    if note and bound.outcome is None:
        return Comparison(Compared.OTHER, revised, note)
    same = spec == bound.spec or _same_under_present_lists(instance, evaluated, bound)
    return Comparison(Compared.SAME if same else Compared.OTHER, revised, note)


def _moved(instance: Instance, bound: Bound, identity: str, workflow_id: str) -> str:
    if bound.provider != identity:
        return f"it was started on another provider ({bound.provider})"
    if workflow_id and bound.workflow_id != workflow_id:
        return f"{instance.workflow.named} meant {bound.workflow_id} when it was started"
    return ""


def _same_under_present_lists(instance: Instance, evaluated: Evaluated, bound: Bound) -> bool:
    """What is ignored or sensitive may have been declared so since, which is no reason to run again: both
    sides are compared with the lists of today. What was a secret and is clear now cannot be compared."""
    named, value = instance.workflow.named, evaluated.value
    ignored, secret = instance.policies.ignore_changes, evaluated.sensitive
    if ignored == bound.ignored and not secret:
        return False
    if bound.spec in (spec_digest(named, value, bound.ignored, then) for then in (secret, ())):
        return True
    if bound.input_json is None:
        return False
    try:
        before = parse(bound.input_json)
    except NotJson:
        return False
    present = spec_digest(named, value, ignored, secret)
    return spec_digest(bound.workflow, before, ignored, secret) == present
