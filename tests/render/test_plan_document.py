"""The plan as a document: Terraform's shape, our additions, no secrets, and a seal."""

import json
from decimal import Decimal

import pytest
from render_samples import (
    MADE_AT,
    SOURCES,
    SPEC,
    failed,
    golden,
    mixed_changes,
    mixed_plan,
    order,
    outputs,
    plan_of,
    problems,
    quiet,
    rerun,
    start,
)
from schema_checks import closed, complaints, fits

from declarative.diagnostics import Diagnostic
from declarative.model.address import Address
from declarative.model.change import Code, Gate
from declarative.model.json import parse
from declarative.render.document import REASONS, Surroundings, checksum, plan_document, reason_of
from declarative.render.drift import DriftItem, DriftKind
from declarative.render.dump import dump
from declarative.render.entry import change_entry
from declarative.render.marks import paths_in, tree
from declarative.render.outline import outline_of_document, outline_of_plan
from declarative.render.plan_schema import plan_schema
from declarative.render.text import plan_text

SURROUNDINGS = Surroundings(
    version="0.1.0",
    variables={"regions": ["eu", "us"], "limit": Decimal("0.10000000000000000001")},
    options={"replace": ["report"], "target": []},
    outputs=outputs(),
    drift=(
        DriftItem(
            Address("nightly", "mon"),
            DriftKind.FAILED,
            "dfq-n",
            "RUNNING",
            "FAILED",
            "yandex:b1g",
            "E",
            "boom",
        ),
        DriftItem(Address("away"), DriftKind.LOST, "dfq-a", "RUNNING", ""),
    ),
    diagnostics=problems()[3:],
    sources=SOURCES,
)


def test_the_whole_document() -> None:
    document = plan_document(mixed_plan(), SURROUNDINGS)
    golden("plan.json", json.dumps(json.loads(dump(document)), indent=2, ensure_ascii=False) + "\n")


def test_it_is_what_the_schema_says_and_nothing_more() -> None:
    document = plan_document(mixed_plan(), SURROUNDINGS)
    assert list(complaints(closed(plan_schema()), document)) == []
    assert not fits(closed(plan_schema()), {**document, "extra": 1})
    assert not fits(plan_schema(), {**document, "serial": "41"})


def test_text_made_from_the_saved_document_is_the_text_of_the_plan() -> None:
    for verbose in (False, True):
        document = json.loads(dump(plan_document(mixed_plan(), SURROUNDINGS)))
        saved = plan_text(outline_of_document(document, verbose=verbose), verbose=verbose)
        assert saved == plan_text(outline_of_plan(mixed_plan(), outputs(), verbose=verbose), verbose=verbose)


def test_a_jq_line_for_gitlab_counts_a_replacement_twice() -> None:
    entries = plan_document(plan_of((rerun("a"), start("b"))), SURROUNDINGS)["resource_changes"]
    actions = [action for entry in json.loads(dump(entries)) for action in entry["change"]["actions"]]
    assert sorted(actions) == ["create", "create", "delete"]


def test_what_waits_stands_apart_with_its_reason() -> None:
    document = plan_document(mixed_plan(), SURROUNDINGS)
    reasons = [entry["reason"] for entry in document["deferred_changes"]]  # type: ignore[union-attr, index, call-overload]
    assert reasons == [
        "held:max_active",
        "deferred:unknown_input",
        "deferred:unknown_input",
        "blocked:protected",
        "blocked:failed",
        "blocked:failed",
    ]
    ready = {entry["address"] for entry in document["resource_changes"]}  # type: ignore[union-attr, index, call-overload]
    assert "publish" not in ready and 'load["eu"]' in ready


def test_every_reason_of_a_gate_is_in_the_closed_list() -> None:
    waiting = [change for change in mixed_changes() if change.gate is not Gate.READY]
    known = {f"{gate.value}:{code.value}" for gate, codes in REASONS.items() for code in codes}
    assert {reason_of(change) for change in waiting} <= known
    after_upstream = list(Code)[list(Code).index(Code.UPSTREAM) :]
    assert set(after_upstream) <= set().union(*REASONS.values())


def test_keys_of_terraform_are_all_there() -> None:
    entry = change_entry(rerun("report"))
    assert set(entry) >= {"address", "mode", "type", "name", "provider_name", "change", "action_reason"}
    assert entry["action_reason"] == "replace_because_cannot_update"
    change = entry["change"]
    assert change["before"]["status"] == "RUNNING"  # type: ignore[index, call-overload]
    assert change["after_unknown"] == {"id": True}  # type: ignore[index, call-overload]
    assert change["after_sensitive"] == {"input": {"token": True}}  # type: ignore[index, call-overload]


def test_an_input_that_is_hidden_as_a_whole_is_marked_as_a_whole() -> None:
    change = change_entry(start("load", after="(sensitive value)"))["change"]
    assert change["after_sensitive"] == {"input": True}  # type: ignore[index, call-overload]


def test_an_input_of_which_nothing_is_known_is_unknown_as_a_whole() -> None:
    entry = change_entry(start("load", after=None, start=None, spec=None))
    assert entry["change"]["after_unknown"] == {"id": True, "input": True}  # type: ignore[index, call-overload]


def test_the_kept_input_stands_in_where_the_planner_shows_none() -> None:
    entry = change_entry(start("load", after=None, start=order(kept='{"n":0.1}')))
    assert entry["change"]["after"]["input"] == {"n": 0.1}  # type: ignore[index, call-overload]


def test_paths_become_terraforms_tree_and_come_back() -> None:
    paths = (("a", 2, "b"), ("a", 0), ("c",))
    assert tree(paths) == {"a": [True, False, {"b": True}], "c": True}
    assert set(paths_in(tree(paths))) == set(paths)
    assert tree([()]) is True and list(paths_in(True)) == [()]
    assert tree([]) == {}


def test_secrets_never_stand_in_it() -> None:
    change = failed("nightly", "mon", message="denied for s3cr3t-token")
    told = Surroundings("0.1.0", options={"var": "s3cr3t-token"}, outputs=outputs())
    text = dump(plan_document(plan_of((change,)), told, frozenset({"s3cr3t-token"})))
    assert "s3cr3t" not in text
    assert "denied for (sensitive value)" in text
    assert parse(text)["checksum"] == checksum(parse(text))  # type: ignore[index, call-overload, arg-type]


def test_a_careless_secret_does_not_unbind_a_plan() -> None:
    document = plan_document(mixed_plan(), SURROUNDINGS, frozenset({"prod", "load", "abab", "start", "0b1c"}))
    assert (document["environment"], document["lineage"]) == ("prod", "0b1c-lineage")
    entries = json.loads(dump(document))["resource_changes"]
    (load,) = (entry for entry in entries if entry["address"] == 'load["eu"]')
    assert load["declarative"]["spec"] == SPEC
    assert load["declarative"]["action"] == "start"


def test_the_engines_words_are_cleaned_for_every_reader() -> None:
    document = plan_document(plan_of((failed("nightly", "mon", "bad\x1b[2J\x9b1mgateway"),)), SURROUNDINGS)
    assert '"message":"badgateway"' in dump(document)


def test_the_seal_survives_a_new_layout_and_no_change_of_content() -> None:
    document = plan_document(mixed_plan(), SURROUNDINGS)
    again = parse(json.dumps(dict(reversed(parse(dump(document)).items())), indent=4, default=str))  # type: ignore[union-attr]
    without_decimal = plan_document(mixed_plan(), Surroundings("0.1.0", variables={"whole": 2.0, "n": 1.5}))
    reread = parse(json.dumps(json.loads(dump(without_decimal)), indent=4, sort_keys=True))
    assert isinstance(again, dict) and isinstance(reread, dict)
    assert checksum(reread) == without_decimal["checksum"]
    reread["serial"] = 42
    assert checksum(reread) != without_decimal["checksum"]


def test_numbers_that_no_float_holds_come_out_whole() -> None:
    text = dump(plan_document(mixed_plan(), SURROUNDINGS))
    assert '"limit":{"value":0.10000000000000000001}' in text
    document = parse(text)
    assert isinstance(document, dict)
    assert checksum(document) == document["checksum"]


def test_errors_make_it_errored_and_unread_ones_incomplete() -> None:
    problem = Diagnostic("engine", "no answer")
    document = plan_document(mixed_plan(), Surroundings("0.1.0", diagnostics=(problem,)))
    assert document["errored"] is True
    assert plan_document(plan_of((), complete=False), SURROUNDINGS)["complete"] is False


def test_statuses_are_the_engines_words_even_where_only_state_knows() -> None:
    entry = change_entry(quiet("load", None, Code.DONE, "stopped_outside"))
    assert entry["declarative"]["seen"]["status"] == "STOPPED"  # type: ignore[index, call-overload]


@pytest.mark.parametrize("odd", ["\x9b2J", "\u202e", "\ud800", "\x7f", "\u2028"])
def test_json_cannot_drive_a_terminal_and_stays_the_same_value(odd: str) -> None:
    text = dump({"Ж" + odd: ["x" + odd, 1]})
    assert odd not in text and "Ж" in text
    assert json.loads(text) == {"Ж" + odd: ["x" + odd, 1]}
    text.encode()


def test_ten_thousand_make_one_document() -> None:
    changes = tuple(quiet("load", f"{n}", Code.DONE, "FINISHED") for n in range(10_000))
    document = json.loads(dump(plan_document(plan_of(changes), SURROUNDINGS)))
    assert len(document["resource_changes"]) == 10_000
    assert document["summary"]["finished"] == 10_000
    assert document["resource_changes"][7]["declarative"]["spec"] == SPEC


def test_the_moment_is_rfc_3339() -> None:
    assert plan_document(plan_of((), made_at=MADE_AT), SURROUNDINGS)["timestamp"] == "2026-11-18T11:06:40Z"
