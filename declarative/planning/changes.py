"""From a verdict to a Change: the orders the executor needs, and what people are shown."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.change import Action, Change, Code, Gate, Seen, StartOrder, StopOrder
from declarative.model.desired import Evaluated, Instance
from declarative.model.digests import KEPT_INPUT_MAX_BYTES, MASK, kept_input, masked, template_digest
from declarative.model.json import Json, NotJson, parse
from declarative.model.observed import Observed, Resolved
from declarative.model.record import Cause, Deposed, Record
from declarative.planning.case import Case, Verdict
from declarative.planning.compare import Comparison
from declarative.planning.reasons import gate_reason, reason

_UNRESOLVED = Resolved()


@dataclass(frozen=True, slots=True)
class Judged:
    """One address, decided. `instance` is None when it is not declared any more."""

    address: Address
    instance: Instance | None
    record: Record | None
    case: Case
    verdict: Verdict
    evaluated: Evaluated
    spec: str | None = None
    comparison: Comparison | None = None
    input_json: str | None = None
    identity: str = ""
    resolved: Resolved = _UNRESOLVED
    by: tuple[Address, ...] = ()
    destroy: bool = False


def change_for(judged: Judged, observed: Observed) -> Change:
    verdict = judged.verdict
    quiet = verdict.action is Action.NONE and verdict.gate is Gate.READY
    start = start_order(judged) if verdict.action.starts and verdict.gate is not Gate.DEFERRED else None
    before, after = (None, None) if quiet else _shown_inputs(judged)
    code = Code.DESTROYED if judged.destroy and verdict.code is Code.REMOVED else verdict.code
    return Change(
        address=judged.address,
        action=verdict.action,
        code=code,
        reason=reason(verdict, judged.case, judged.destroy),
        row=verdict.row,
        gate=verdict.gate,
        gate_code=verdict.gate_code,
        gate_reason=_gate_words(judged),
        by=judged.by,
        start=start,
        stop=_stop_order(judged) if verdict.action.stops else None,
        spec=judged.spec,
        template=None if quiet else _template(judged),
        generation=judged.record.generation if judged.record else 0,
        seen=_seen(judged.record, observed),
        before=before,
        after=after,
        unknown_paths=tuple(judged.evaluated.unknown_paths),
        sensitive_paths=tuple(judged.evaluated.sensitive),
        note=verdict.note or (judged.comparison.note if judged.comparison else ""),
        may_rerun=verdict.may_rerun,
        policies=judged.instance.policies if judged.instance and verdict.action is Action.UPDATE else None,
        span=judged.instance.span if judged.instance else None,
    )


def change_for_deposed(judged: Judged, deposed: Deposed, verdict: Verdict, observed: Observed) -> Change:
    reading = observed.readings.get(deposed.id)
    execution = reading.execution if reading else None
    return Change(
        address=judged.address,
        action=verdict.action,
        code=verdict.code,
        reason=reason(verdict, judged.case),
        row=verdict.row,
        gate=verdict.gate,
        gate_code=verdict.gate_code,
        gate_reason=gate_reason(verdict, judged.case, ()),
        stop=StopOrder(
            execution_id=deposed.id,
            provider=deposed.provider,
            cause=deposed.cause,
            mode=verdict.mode,
            grace=deposed.stop_grace,
            deposed=True,
        ),
        generation=judged.record.generation if judged.record else 0,
        seen=Seen(deposed.id, execution.status.value if execution else None),
    )


def _gate_words(judged: Judged) -> str:
    verdict = judged.verdict
    if verdict.gate_code is Code.EMPTY_REFERENCE and judged.evaluated.problem is not None:
        return _in_one_line(judged.evaluated.problem)
    if verdict.gate_code is Code.UNREADABLE and judged.resolved.problem is not None:
        return judged.resolved.problem.summary
    if verdict.gate_code is Code.PROTECTED:
        return f"it is protected; {_lifts_protection(judged)}"
    return gate_reason(verdict, judged.case, judged.by)


def _in_one_line(problem: Diagnostic) -> str:
    place = f"{problem.span.file} line {problem.span.line}: " if problem.span else ""
    return f"{place}{problem.summary}{'. ' + problem.hint.rstrip('.') if problem.hint else ''}"


def _lifts_protection(judged: Judged) -> str:
    """One still declared is lifted in the file, where a review sees it; a removed one is in none."""
    if judged.instance is not None:
        return "protected: false in its entry lifts that"
    return f"--allow-protected {quote(str(judged.address))} lifts that"


def start_order(judged: Judged) -> StartOrder | None:
    instance = judged.instance
    text, sensitive = judged.input_json, judged.evaluated.sensitive
    if instance is None or judged.spec is None or text is None:
        return None
    return StartOrder(
        provider=judged.identity,
        workflow=instance.workflow.named,
        workflow_id=judged.resolved.workflow_id or instance.workflow.reference,
        input_json=text,
        spec=judged.spec,
        revision=instance.revision,
        generation=1 + (judged.record.generation if judged.record else 0),
        cause=judged.verdict.cause,
        policies=instance.policies,
        kept_input=_kept(judged.evaluated, instance, text),
        keeps_digest=not sensitive and not instance.policies.sensitive,
        depended_on=_depended_on(instance, judged.evaluated),
    )


def _kept(evaluated: Evaluated, instance: Instance, text: str) -> str | None:
    """As `kept_input` says; what holds no secret is not written out once more for it."""
    if evaluated.sensitive or instance.policies.sensitive:
        return kept_input(evaluated.value, evaluated.sensitive, instance.policies.sensitive)
    return text if len(text) <= KEPT_INPUT_MAX_BYTES else None


def _depended_on(instance: Instance, evaluated: Evaluated) -> tuple[str, ...]:
    if not evaluated.touched and not instance.depends_on:
        return ()
    names = {str(address) for address in evaluated.touched}
    return tuple(sorted(names | {dependency.name for dependency in instance.depends_on}))


def _stop_order(judged: Judged) -> StopOrder | None:
    bound = judged.record.current if judged.record else None
    if bound is None:
        return None
    policies = judged.instance.policies if judged.instance else None
    stopping = bound.stopping
    cause = Cause.DESTROYED if judged.destroy else judged.verdict.cause
    return StopOrder(
        execution_id=bound.id,
        provider=bound.provider,
        cause=stopping.cause if stopping else cause,
        mode=judged.verdict.mode,
        grace=policies.stop_grace if policies else bound.applied.stop_grace,
        timeout=policies.stop_timeout if policies else bound.applied.stop_timeout,
    )


def _template(judged: Judged) -> str | None:
    """Binds what is declared, whatever its input comes to: for inputs that read other executions."""
    if judged.instance is None or (judged.spec is not None and not judged.instance.reads):
        return None
    return template_digest(judged.instance.workflow.named, judged.instance.input.template())


def _shown_inputs(judged: Judged) -> tuple[Json, Json]:
    bound = judged.record.current if judged.record else None
    before = _before(bound.input_json) if bound and judged.verdict.action is not Action.UPDATE else None
    if judged.instance is None or judged.verdict.action is Action.UPDATE:
        return before, None
    if judged.instance.policies.sensitive:
        return MASK if bound else None, MASK
    return before, masked(judged.evaluated.value, judged.evaluated.sensitive)


def _before(text: str | None) -> Json:
    try:
        return parse(text) if text is not None else None
    except NotJson:
        return None


def _seen(record: Record | None, observed: Observed) -> Seen:
    bound = record.current if record else None
    if bound is None:
        return Seen()
    reading = observed.readings.get(bound.id)
    execution = reading.execution if reading else None
    status = execution.status.value if execution else (bound.outcome.value if bound.outcome else None)
    return Seen(
        bound.id,
        status,
        bound.error_code,
        bound.error_message,
        bound.started_at or (execution.started_at if execution else None),
        bound.duration if bound.duration is not None else (execution.duration if execution else None),
    )
