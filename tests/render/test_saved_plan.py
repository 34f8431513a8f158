"""A saved plan read again: what binds comes back, what is odd is refused."""

import json
from collections.abc import Callable

import pytest
from render_samples import mixed_plan, outputs, plan_of, quiet

from declarative.diagnostics import Refused
from declarative.model.change import Action, Code, Gate
from declarative.render.document import Surroundings, checksum, plan_document
from declarative.render.dump import JsonObject, dump
from declarative.render.reading import object_at, objects_at
from declarative.render.saved import read_plan

TOLD = Surroundings(
    "0.1.0", variables={"regions": ["eu"]}, options={"replace": ["report"]}, outputs=outputs()
)


def saved() -> str:
    return dump(plan_document(mixed_plan(), TOLD))


def forged(change: Callable[[JsonObject], None]) -> str:
    document: JsonObject = json.loads(saved())
    change(document)
    document["checksum"] = checksum(document)
    return json.dumps(document)


def code_of(text: str) -> str:
    with pytest.raises(Refused) as refusal:
        read_plan(text, "p.json")
    assert all("p.json" in problem.summary for problem in refusal.value.diagnostics)
    return refusal.value.diagnostics[0].code


def test_everything_that_binds_comes_back() -> None:
    approved = read_plan(saved())
    made = mixed_plan()
    found = {(c.address, c.action, c.generation): c for c in approved.plan.changes}
    assert len(found) == len(made.changes)
    for change in made.changes:
        again = found[change.address, change.action, change.generation]
        assert (again.spec, again.template, again.gate, again.gate_code) == (
            change.spec,
            change.template,
            change.gate,
            change.gate_code,
        )
        assert again.may_rerun == change.may_rerun
        assert (again.stop and again.stop.execution_id) == (change.stop and change.stop.execution_id)
        assert (again.stop and again.stop.deposed) == (change.stop and change.stop.deposed)


def test_the_plans_own_circumstances_come_back() -> None:
    approved = read_plan(saved())
    plan = approved.plan
    assert (plan.name, plan.environment, plan.lineage, plan.serial) == ("orders", "prod", "0b1c-lineage", 41)
    assert (plan.made_at, plan.today, plan.destroy) == (mixed_plan().made_at, "2026-11-22", False)
    assert approved.variables == {"regions": ["eu"]}
    assert approved.options == {"replace": ["report"]}
    assert approved.version == "0.1.0"


def test_it_can_never_be_carried_out_as_it_is() -> None:
    assert all(change.start is None for change in read_plan(saved()).plan.changes)


def test_a_finished_entry_stays_nothing() -> None:
    text = dump(plan_document(plan_of((quiet("load", "eu", Code.DONE, "FINISHED"),)), TOLD))
    (change,) = read_plan(text).plan.changes
    assert (change.action, change.gate) == (Action.NONE, Gate.READY)


def test_another_layout_is_the_same_plan() -> None:
    assert read_plan(json.dumps(json.loads(saved()), indent=2, sort_keys=True)).plan.name == "orders"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PK\x03\x04...", "plan_foreign"),
        ('{"format_version":"1.2","terraform_version":"1.11"}', "plan_foreign"),
        ("{}", "plan_unreadable"),
        ("", "plan_unreadable"),
        ("[1]", "plan_unreadable"),
        ("{" * 100_000, "plan_unreadable"),
        ('{"a":1,"a":2}', "plan_unreadable"),
        ('{"a":1e99999999999999999999}', "plan_unreadable"),
    ],
)
def test_other_files_are_no_plans(text: str, code: str) -> None:
    assert code_of(text) == code


def test_a_cut_or_altered_file_is_refused() -> None:
    assert code_of(saved()[:-20]) == "plan_unreadable"
    assert code_of(saved().replace('"serial":41', '"serial":42')) == "plan_damaged"
    assert code_of(saved().replace('"action":"stop"', '"action":"none"', 1)) == "plan_damaged"


def test_a_newer_format_is_refused_before_anything_else() -> None:
    def newer(document: JsonObject) -> None:
        document["declarative_format"] = 2

    def foreign(document: JsonObject) -> None:
        document["format_version"] = "2.0"

    assert code_of(forged(newer)) == "plan_newer"
    assert code_of(forged(foreign)) == "plan_newer"


def test_a_plan_that_ended_in_errors_is_refused() -> None:
    assert code_of(forged(lambda document: document.update(errored=True))) == "plan_errored"


def _ours(document: JsonObject) -> JsonObject:
    return object_at(_entry(document), "declarative")


def _entry(document: JsonObject) -> JsonObject:
    return objects_at(document, "resource_changes")[3]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(serial="41"),
        lambda d: d.update(serial=True),
        lambda d: d.update(serial="\ud800"),
        lambda d: d.update(timestamp="yesterday"),
        lambda d: d.update(resource_changes={}),
        lambda d: d.update(deferred_changes=[1]),
        lambda d: d.update(variables=[]),
        lambda d: d.pop("lineage"),
        lambda d: object_at(d, "variables").update(regions="eu"),
        lambda d: _ours(d).update(action="explode"),
        lambda d: _ours(d).pop("gate"),
        lambda d: _ours(d).update(spec=5),
        lambda d: _ours(d).update(generation=1.5),
        lambda d: _entry(d).update(name="other"),
        lambda d: _entry(d).update(index=7),
        lambda d: _entry(d).pop("declarative"),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_refused(change: Callable[[JsonObject], None]) -> None:
    assert code_of(forged(change)) == "plan_malformed"


def test_every_odd_field_is_named_in_one_run() -> None:
    def odd(document: JsonObject) -> None:
        document.update(serial="x", today=1)

    with pytest.raises(Refused) as refusal:
        read_plan(forged(odd))
    assert len(refusal.value.diagnostics) == 2
