"""`plan --report`: the plan in the forms that merge requests show."""

from __future__ import annotations

from declarative.app.planning import Planned
from declarative.diagnostics import Diagnostic, Refused, did_you_mean
from declarative.render.redaction import redact

_FORMS = ("gitlab", "markdown")


def report_of(form: str, planned: Planned) -> str:
    """Raises Refused for a form that there is not."""
    if form == "gitlab":
        return _gitlab(planned)
    if form == "markdown":
        return _markdown(planned)
    hint = did_you_mean(form, _FORMS) or f"There are: {', '.join(_FORMS)}."
    raise Refused([Diagnostic("usage", f'There is no report "{form}"', hint=hint)])


def _gitlab(planned: Planned) -> str:
    from declarative.render.dump import dump
    from declarative.render.reports import gitlab_report
    from declarative.render.summary import summarize

    return dump(gitlab_report(summarize(planned.plan.changes)))


def _markdown(planned: Planned) -> str:
    from declarative.render.diagnostics import diagnostic_documents
    from declarative.render.markdown import plan_markdown
    from declarative.render.outline import outline_of_plan

    problems = (*planned.warnings, *planned.problems)
    documents = diagnostic_documents(problems, planned.configuration.sources)
    text = plan_markdown(outline_of_plan(planned.plan, planned.outputs), documents)
    return redact(text, planned.secrets)
