"""What a user chose on the command line for a plan, in the tool's own values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
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
from declarative.planning.selection import Selection, labels_of, matches

NAMED_MAX = 5
"""Further addresses are counted."""


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
        replace=still_to_replace(choice, addresses(choice.replace, desired, state), state),
        unprotected=addresses(choice.unprotected, desired, state),
        selects=_selects(desired, state, choice.selection),
        today=format_moment(now)[:10],
    )


def still_to_replace(choice: PlanChoice, wanted: frozenset[Address], state: State) -> frozenset[Address]:
    """A saved plan replaces what it was made for, once, however often it is applied. To be asked with each
    state: what is under way may come to nothing."""
    return frozenset(one for one in wanted if not _is_replaced(choice, one, state.records.get(one)))


def _is_replaced(choice: PlanChoice, address: Address, record: Record | None) -> bool:
    if address not in choice.replaced_before or record is None:
        return False
    execution_id, generation = choice.replaced_before[address]
    under_way = record.pending is not None and record.pending.generation > generation
    return under_way or (record.current.id if record.current else None) != execution_id


def _selects(desired: Desired, state: State, selection: Selection) -> Callable[[Address], bool] | None:
    """Raises Refused for a choice that means nothing: a typo must not look like "no changes"."""
    if selection.is_everything:
        return None
    known = {*desired.instances, *state.records}
    problems = [*_unmatched(selection, known), *_unknown_labels(selection, desired, state)]
    if problems:
        raise Refused(problems)
    chosen = {
        address
        for address in known
        if selection.includes(address, desired.instances.get(address), state.records.get(address))
    }
    return chosen.__contains__


def _unmatched(selection: Selection, known: Collection[Address]) -> Iterator[Diagnostic]:
    """An exclusion with a wildcard may well find nothing; a name that is not there would be run."""
    exact = [pattern for pattern in selection.excludes if not {"*", "?"} & {*pattern}]
    for pattern in (*selection.targets, *exact):
        if not any(matches(pattern, address) for address in known):
            summary = f"No execution matches {pattern}" if pattern else "An empty pattern selects nothing"
            yield Diagnostic("target_unknown", summary, hint=_near(pattern, known))


def _unknown_labels(selection: Selection, desired: Desired, state: State) -> Iterator[Diagnostic]:
    if not selection.labels:
        return
    known = {
        f"{key}={value}"
        for address in {*desired.instances, *state.records}
        for key, value in labels_of(desired.instances.get(address), state.records.get(address)).items()
    }
    for key, value in selection.labels.items():
        if f"{key}={value}" not in known:
            few = f"There are: {', '.join(sorted(known)[:NAMED_MAX])}." if known else "There are no labels."
            hint = did_you_mean(f"{key}={value}", known) or few
            yield Diagnostic("label_unknown", f"No execution has the label {key}={value}", hint=hint)


def addresses(texts: tuple[str, ...], desired: Desired, state: State) -> frozenset[Address]:
    """Every address that the texts mean. Raises Refused."""
    return among(texts, {*desired.instances, *state.records})


def among(
    texts: tuple[str, ...], known: Collection[Address], absent: str = "There is no execution"
) -> frozenset[Address]:
    """Of these addresses, all that are meant. Raises Refused; `absent` begins what is said of others."""
    found: set[Address] = set()
    problems: list[Diagnostic] = []
    for text in texts:
        try:
            found |= _meant(parse(text), known, absent)
        except ValueError as error:
            problems.append(Diagnostic("address", str(error), hint=_near(text, known)))
    if problems:
        raise Refused(problems)
    return frozenset(found)


def one_of(text: str, declared: Collection[Address]) -> Address:
    """One declared address. Raises Refused."""
    try:
        address = parse(text)
    except ValueError as error:
        raise Refused([Diagnostic("address", str(error), hint=_near(text, declared))]) from None
    if address not in declared:
        hint = _near(text, declared) or "Write its entry first; then import binds the execution to it."
        raise Refused([Diagnostic("address", f"{address} is not declared", hint=hint)])
    return address


def _meant(wanted: Address, known: Collection[Address], absent: str) -> set[Address]:
    if wanted in known:
        return {wanted}
    found = {address for address in known if wanted.key is None and address.name == wanted.name}
    if not found:
        raise ValueError(f"{absent} {wanted}")
    return found


def _near(text: str, known: Collection[Address]) -> str:
    """The nearest address; where only the key is wrong, the nearest key, else those that there are."""
    try:
        wanted = parse(text)
    except ValueError:
        return did_you_mean(text, map(str, known))
    # Only mistakes are worth its import.
    from difflib import get_close_matches

    spelled = {one.key: str(one) for one in sorted(known) if one.name == wanted.name and one.key is not None}
    near = get_close_matches(wanted.key or "", [*spelled], n=1, cutoff=0.6)
    if near:
        return f"Did you mean {spelled[near[0]]}?"
    if spelled:
        more = f" and {len(spelled) - NAMED_MAX} more" if len(spelled) > NAMED_MAX else ""
        return f"There are: {', '.join([*spelled.values()][:NAMED_MAX])}{more}."
    return did_you_mean(str(wanted), map(str, known)) or did_you_mean(wanted.name, {a.name for a in known})
