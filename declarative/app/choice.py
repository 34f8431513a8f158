"""What a user chose on the command line for a plan, in the tool's own values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from declarative.app.setting import Setting
from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.model.address import Address, parse
from declarative.model.desired import Desired
from declarative.model.moment import format_moment
from declarative.model.record import Record
from declarative.model.state import State
from declarative.observing.observe import Refresh
from declarative.planning.planner import PlanRequest
from declarative.planning.safety import Allowances
from declarative.planning.selection import Selection, matches


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """`replace`, `unprotected`: addresses as written; a name alone means all its instances. `replaced_before`
    is of a saved plan, execution id and generation of each address then: what differs now was replaced by
    an earlier apply of it."""

    refresh: Refresh = Refresh.ACTIVE
    destroy: bool = False
    replace: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    new_state: bool = False
    allowed: Allowances = Allowances()
    selection: Selection = Selection()
    replaced_before: Mapping[Address, tuple[str | None, int]] = field(default_factory=dict)


def plan_request(setting: Setting, desired: Desired, state: State, choice: PlanChoice) -> PlanRequest:
    """Raises Refused for an address that is neither declared nor known."""
    now = setting.clock.now()
    return PlanRequest(
        now=now,
        destroy=choice.destroy,
        replace=_still_to_replace(choice, desired, state),
        unprotected=addresses(choice.unprotected, desired, state),
        selects=_selects(desired, state, choice.selection),
        today=format_moment(now)[:10],
    )


def _still_to_replace(choice: PlanChoice, desired: Desired, state: State) -> frozenset[Address]:
    """A saved plan replaces what it was made for, once, however often it is applied."""
    wanted = addresses(choice.replace, desired, state)
    return frozenset(one for one in wanted if not _is_replaced(choice, one, state.records.get(one)))


def _is_replaced(choice: PlanChoice, address: Address, record: Record | None) -> bool:
    if address not in choice.replaced_before or record is None:
        return False
    execution_id, generation = choice.replaced_before[address]
    under_way = record.pending is not None and record.pending.generation > generation
    return under_way or (record.current.id if record.current else None) != execution_id


def _selects(desired: Desired, state: State, selection: Selection) -> Callable[[Address], bool] | None:
    """Raises Refused for a target that means nothing: a typo must not look like "no changes"."""
    if selection.is_everything:
        return None
    known = {*desired.instances, *state.records}
    problems = [
        Diagnostic("target_unknown", f"No execution matches {pattern}", hint=_near(pattern, desired, state))
        for pattern in selection.targets
        if not any(matches(pattern, address) for address in known)
    ]
    if problems:
        raise Refused(problems)
    chosen = {
        address
        for address in known
        if selection.includes(address, desired.instances.get(address), state.records.get(address))
    }
    return chosen.__contains__


def addresses(texts: tuple[str, ...], desired: Desired, state: State) -> frozenset[Address]:
    """Every address that the texts mean. Raises Refused."""
    found: set[Address] = set()
    problems: list[Diagnostic] = []
    for text in texts:
        try:
            found |= _meant(parse(text), desired, state)
        except ValueError as error:
            problems.append(Diagnostic("address", str(error), hint=_near(text, desired, state)))
    if problems:
        raise Refused(problems)
    return frozenset(found)


def _meant(wanted: Address, desired: Desired, state: State) -> set[Address]:
    known = {*desired.instances, *state.records}
    if wanted in known:
        return {wanted}
    found = {address for address in known if wanted.key is None and address.name == wanted.name}
    if not found:
        raise ValueError(f"There is no execution {wanted}")
    return found


def _near(text: str, desired: Desired, state: State) -> str:
    return did_you_mean(text, map(str, {*desired.instances, *state.records}))
