"""The digest of what acts: two applies of different files must not take turns on one state unnoticed."""

from __future__ import annotations

import hashlib

from declarative.model.desired import Desired
from declarative.model.json import canonical


def acting_digest(desired: Desired) -> str:
    """Over every instance's address, workflow, input template, revision and run; order does not count."""
    total = hashlib.sha256()
    lines = sorted(
        f"{instance.address}\t{instance.workflow.named}\t{instance.revision}\t{instance.policies.run}"
        f"\t{canonical(instance.input.template())}"
        for instance in desired.instances.values()
    )
    for line in lines:
        total.update(line.encode())
        total.update(b"\n")
    return total.hexdigest()
