"""The question before the deed, and what counts as a yes: a typed word, an option, or a saved plan."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import click

from declarative.app.applying import Proposal
from declarative.app.choice import PlanChoice
from declarative.app.losing import Loss, stops_now
from declarative.cli import exits
from declarative.cli.front import Front
from declarative.cli.telling import Teller
from declarative.diagnostics import Diagnostic, Refused, errors_in
from declarative.model.address import Address
from declarative.model.change import Action, Change, Gate
from declarative.model.json import Json
from declarative.model.plan import Plan
from declarative.planning.approval import Approval, approval_of
from declarative.planning.selection import Selection
from declarative.render.saved import ApprovedPlan, read_plan
from declarative.render.words import clean, duration


@dataclass(frozen=True, slots=True)
class SavedApproval:
    """A reviewed plan. Nothing in it is obeyed: every action is decided again and must be found in it."""

    file: str
    approved: ApprovedPlan

    def choice(self, given: PlanChoice) -> PlanChoice:
        """Decides in the way in which the plan was made."""
        given_then = self.approved.options
        selection = Selection(
            _texts(given_then.get("target")),
            _texts(given_then.get("exclude")),
            {key: value for key, _, value in (one.partition("=") for one in _texts(given_then.get("label")))},
            given_then.get("failed") is True,
        )
        replaced = _texts(given_then.get("replace"))
        return replace(
            given,
            destroy=self.approved.plan.destroy,
            replace=replaced,
            selection=selection,
            replaced_before=self._executions(),
        )

    def _executions(self) -> dict[Address, tuple[str | None, int]]:
        return {
            change.address: (change.seen.execution_id, change.generation)
            for change in self.approved.plan.changes
            if not (change.stop and change.stop.deposed)
        }

    def check(self, present: Plan) -> Approval:
        """Raises Refused, exit 5, before the first action, when something is not in the saved plan."""
        problems = [*self._other_state(present), *self._other_actions(present)]
        if problems:
            raise Refused(problems, exits.STALE)
        return approval_of(self.approved.plan)

    def _other_state(self, present: Plan) -> list[Diagnostic]:
        saved = self.approved.plan
        hint = "Make the plan again."
        if saved.name != present.name or saved.environment != present.environment:
            summary = f"{self.file} is a plan of another configuration or environment"
            return [Diagnostic("plan_other_configuration", summary, hint=hint)]
        if saved.lineage != present.lineage and saved.serial > 0:
            summary = f"{self.file} was made for another state than the present one"
            return [Diagnostic("plan_other_state", summary, "The lineage differs.", hint)]
        return []

    def _other_actions(self, present: Plan) -> list[Diagnostic]:
        approval = approval_of(self.approved.plan)
        return [
            _not_approved(change, self.file)
            for change in present.changes
            if _acts(change) and not approval.allows(change)
        ]


def _loss_line(loss: Loss) -> str:
    ran = f" after {duration(loss.seconds)}" if loss.seconds is not None else ""
    step = f", at the step {clean(loss.step)}" if loss.step else ""
    return f"A yes stops {loss.address}{ran}{step}."


_QUESTION = "\nDo you want to perform these actions?\nOnly 'yes' will be accepted"


def _texts(found: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in found) if isinstance(found, list) else ()


def _acts(change: Change) -> bool:
    return change.action not in (Action.NONE, Action.RESOLVE) and change.gate is Gate.READY


def _announced(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.action is not Action.NONE or change.may_rerun]


_DEEDS = {
    Action.START: "start it",
    Action.AGAIN: "start it again",
    Action.RERUN: "stop it and start it again",
    Action.START_FIRST: "start it again and then stop the old one",
    Action.STOP: "stop it",
    Action.UPDATE: "update what state keeps of it",
    Action.RETIRE: "retire it from state",
    Action.ABANDON: "abandon it",
    Action.ADOPT: "adopt another execution",
}


def _not_approved(change: Change, file: str) -> Diagnostic:
    summary = f"{change.address}: apply would {_DEEDS[change.action]}, which is not in {file}"
    return Diagnostic(
        "plan_stale",
        summary,
        f"Because {change.reason}.",
        "Make the plan again.",
        address=str(change.address),
    )


def saved_approval(planfile: tuple[str, str]) -> SavedApproval:
    """Raises Refused for a file that is not a plan of ours."""
    name, text = planfile
    return SavedApproval(name, read_plan(text, name))


@dataclass(slots=True)
class Asking:
    """Shows the plan, then gets the yes that the situation allows."""

    here: Front
    teller: Teller
    saved: SavedApproval | None
    auto_approve: bool

    def confirm(self, proposal: Proposal) -> Approval | None:
        if proposal.warnings:
            self.teller.warn(proposal.warnings, proposal.configuration.sources)
        self.teller.propose(proposal)
        if errors_in(proposal.problems):
            raise Refused(proposal.problems)
        approval = self._approval(proposal)
        if approval is not None:
            self.teller.begin(sum(1 for change in proposal.plan.changes if _acts(change)), proposal.secrets)
        return approval

    def _approval(self, proposal: Proposal) -> Approval | None:
        plan = proposal.plan
        if self.saved is not None:
            return self.saved.check(plan)
        if self.auto_approve or not any(change.gate is not Gate.BLOCKED for change in _announced(plan)):
            return approval_of(plan)
        if not sys.stdin.isatty() or self.here.json:
            hint = "Say --auto-approve, or apply a plan saved with `plan --out`."
            raise Refused(
                [Diagnostic("no_approval", "There is no terminal to ask for approval on", hint=hint)]
            )
        self._tell_losses(proposal)
        return approval_of(plan) if self._typed_yes() else None

    def _tell_losses(self, proposal: Proposal) -> None:
        for loss in proposal.losses:
            self.here.say(_loss_line(loss))
        more = sum(map(stops_now, proposal.plan.changes)) - len(proposal.losses)
        if proposal.losses and more > 0:
            self.here.say(f"A yes stops {more} more.")

    def _typed_yes(self) -> bool:
        with self.here.interruption.declined():
            answer = click.prompt(
                _QUESTION,
                default="",
                show_default=False,
            )
        return bool(answer == "yes")
