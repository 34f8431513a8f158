"""What a configuration comes to: instances, providers, workflows, policies."""

from __future__ import annotations

import pytest
from config_folder import Brief, Folder, only

from declarative.model.address import Address
from declarative.model.desired import (
    BackendSettings,
    Constant,
    Dependency,
    Desired,
    Duplicates,
    End,
    Evaluated,
    Instance,
    Need,
    OnChange,
    OnRemove,
    Pending,
    Policies,
    Run,
    SafetyLimits,
)
from declarative.model.json import Json

ID = "dfqaaaaaaaaaaaaaaaa1"


def instance(desired: Desired, name: str, key: str | None = None) -> Instance:
    return desired.instances[Address(name, key)]


class Results:
    """An Upstream where these executions have finished."""

    def __init__(self, results: dict[Address, Json]) -> None:
        self.results = results

    def result(self, address: Address) -> Json:
        if address not in self.results:
            raise Pending(address)
        return self.results[address]

    def id(self, address: Address) -> str:
        raise Pending(address)

    def input(self, address: Address) -> Json:
        raise Pending(address)

    def status(self, address: Address) -> str:
        return "FINISHED" if address in self.results else "RUNNING"


NOTHING = Results({})


def value(made: Instance) -> Json:
    return made.input.evaluate(NOTHING).value


# ── providers ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "alias", "kind"),
    [
        ("", "embedded", "embedded"),
        ("providers: {yandex: {}}", "yandex", "yandex"),
        ("providers:\n  yandex:", "yandex", "yandex"),
        ("providers: {dev: {type: yandex}}", "dev", "yandex"),
        ("providers: {yandex: {}, dev: {type: yandex}}\ndefaults: {provider: dev}", "dev", "yandex"),
        ("providers: {temporal: {}, yandex: {}}\ndefaults: {provider: temporal}", "temporal", "temporal"),
        ("providers: {dev: {type: yandex}}\ndefaults: {provider: yandex}", "yandex", "yandex"),
    ],
)
def test_the_provider_of_an_entry_that_names_none(folder: Folder, said: str, alias: str, kind: str) -> None:
    folder.write(ID, "")
    desired = folder.desired(f"{said}\nexecutions: {{load: {{workflow: {ID}}}}}\n")
    assert instance(desired, "load").provider == alias
    assert desired.providers[alias].type == kind


def test_an_entry_may_name_an_engine_that_needs_no_configuration(folder: Folder) -> None:
    desired = folder.desired(
        "providers: {yandex: {}}\nexecutions: {load: {workflow: flow.yaml, provider: embedded}}\n"
    )
    assert [*desired.providers] == ["yandex", "embedded"]


def test_settings_of_a_provider_are_its_own_but_for_two_keys(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {folder: {default: b1g}}
        providers:
          dev: {type: yandex, max_active: 80, folder_id: '${var.folder}', retention_min: 2h}
        """
    )
    settings = desired.providers["dev"]
    assert (settings.type, settings.max_active) == ("yandex", 80)
    assert settings.settings == {"folder_id": "b1g", "retention_min": "2h"}


# ── workflows ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_workflow_file_may_name_another_as_the_configuration_does_or_as_the_cloud_does(
    folder: Folder,
) -> None:
    folder.write("flows/load.yaml", "")
    found = folder.desired(f"""
        providers: {{yandex: {{}}}}
        workflows:
          load: {{embedded: flows/load.yaml, yandex: {ID}}}
          remote: {{yandex: dfqaaaaaaaaaaaaaaaa2}}
          missing: {{embedded: nobody.yaml}}
        executions: {{load: {{workflow: load}}}}
    """)
    assert found.workflows == {
        "embedded": {"load": "flows/load.yaml", ID: "flows/load.yaml"},
        "yandex": {"load": ID, "flows/load.yaml": ID, "remote": "dfqaaaaaaaaaaaaaaaa2"},
    }


@pytest.mark.parametrize(
    ("workflows", "workflow", "named", "reference"),
    [
        ("{}", ID, ID, ID),
        (f"{{load: {ID}}}", "load", "load", ID),
        (f"{{load: {{yandex: {ID}, embedded: x}}}}", "load", "load", ID),
        (f"{{load: {{dev: {ID}, yandex: other}}}}", "load", "load", ID),
        (
            "{load: {yandex: {name: loader, folder_id: b1g}}}",
            "load",
            "load",
            '{"folder_id":"b1g","name":"loader"}',
        ),
        ("{}", "{name: loader}", '{"name":"loader"}', '{"name":"loader"}'),
        ("{load: x}", "loa/d", "loa/d", "loa/d"),
        ("{load: x}", "nightly", "nightly", "nightly"),
    ],
)
def test_what_a_workflow_means_to_yandex(
    folder: Folder, workflows: str, workflow: str, named: str, reference: str
) -> None:
    desired = folder.desired(
        f"providers: {{dev: {{type: yandex}}}}\nworkflows: {workflows}\n"
        f"executions: {{load: {{workflow: {workflow}}}}}\n"
    )
    found = instance(desired, "load").workflow
    assert (found.named, found.reference) == (named, reference)


def test_a_path_is_relative_to_its_file_and_told_from_the_configuration(folder: Folder) -> None:
    folder.write("teams/dwh/flows/load.yaml", "")
    folder.write(
        "teams/dwh/all.yaml",
        """
        workflows: {load: {embedded: flows/load.yaml}}
        executions:
          by_path: {workflow: ./flows/../flows/load.yaml}
          from_above: {workflow: ../../flow.yaml}
        """,
    )
    desired = folder.desired(
        """
        include: [teams/dwh/all.yaml]
        executions: {by_name: {workflow: load}, plain: {workflow: flow.yaml}}
        """
    )
    references = {str(address): made.workflow.reference for address, made in desired.instances.items()}
    assert references == {
        "by_name": "teams/dwh/flows/load.yaml",
        "plain": "flow.yaml",
        "by_path": "teams/dwh/flows/load.yaml",
        "from_above": "flow.yaml",
    }


def test_the_digest_covers_what_the_entry_says_not_what_it_means(folder: Folder) -> None:
    folder.write("v2.yaml", "")
    before = folder.desired("workflows: {load: flow.yaml}\nexecutions: {load: {workflow: load}}\n")
    after = folder.desired("workflows: {load: v2.yaml}\nexecutions: {load: {workflow: load}}\n")
    assert instance(before, "load").workflow.named == instance(after, "load").workflow.named
    assert instance(before, "load").workflow.reference != instance(after, "load").workflow.reference


def test_a_workflow_may_be_an_expression(folder: Folder) -> None:
    desired = folder.desired(
        """
        providers: {yandex: {}}
        workflows: {load: 'dfq-${environment}x'}
        executions:
          load: {workflow: '${each.key}', for_each: [load, dfqbbbbbbbbbbbbbbbb1]}
        """
    )
    assert instance(desired, "load", "load").workflow.reference == "dfq-x"
    assert instance(desired, "load", "dfqbbbbbbbbbbbbbbbb1").workflow.reference == "dfqbbbbbbbbbbbbbbbb1"


# ── policies ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_that_says_nothing_has_the_defaults_of_the_model(folder: Folder) -> None:
    desired = folder.desired("executions: {load: {workflow: flow.yaml}}\n")
    assert instance(desired, "load").policies == Policies()


def test_every_policy_arrives(folder: Folder) -> None:
    desired = folder.desired(
        """
        groups: {night: {max_active: 2}}
        executions:
          load:
            workflow: flow.yaml
            run: always
            rerun_on: [failed, lost]
            stop_timeout: 90s
            max_attempts: 7
            healthy_after: 1h30m
            rotate_after: 1d
            on_change: start_first
            on_remove: abandon
            stop_grace: 0s
            protected: true
            max_active: 6
            group: night
            ignore_changes: [a.b, items.*.id]
            sensitive: true
            duplicates: allow
            labels: {team: dwh}
            description: Loads.
            marker: _by
        """
    )
    assert instance(desired, "load").policies == Policies(
        run=Run.ALWAYS,
        rerun_on=frozenset({End.FAILED, End.LOST}),
        stop_timeout=90.0,
        max_attempts=7,
        healthy_after=5400.0,
        rotate_after=86400.0,
        on_change=OnChange.START_FIRST,
        on_remove=OnRemove.ABANDON,
        stop_grace=0.0,
        protected=True,
        max_active=6,
        group="night",
        ignore_changes=("a.b", "items.*.id"),
        sensitive=True,
        duplicates=Duplicates.ALLOW,
        labels={"team": "dwh"},
        description="Loads.",
        marker="_by",
    )


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("run: once", set()),
        ("run: never", set()),
        ("run: always", {End.FINISHED, End.FAILED, End.STOPPED}),
        ("{run: always, rerun_on: []}", set()),
        ("{run: always, rerun_on: [lost]}", {End.LOST}),
        ("rerun_on: [failed]", {End.FAILED}),
    ],
)
def test_which_ends_are_repaired(folder: Folder, said: str, ends: set[End]) -> None:
    inside = said.strip("{}")
    desired = folder.desired(f"executions: {{load: {{workflow: flow.yaml, {inside}}}}}\n")
    assert instance(desired, "load").policies.rerun_on == ends


def test_a_list_may_hold_expressions(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {end: {default: lost}}
        executions:
          load: {workflow: flow.yaml, rerun_on: [failed, '${var.end}'], ignore_changes: ['${var.end}']}
        """
    )
    policies = instance(desired, "load").policies
    assert policies.rerun_on == {End.FAILED, End.LOST}
    assert policies.ignore_changes == ("lost",)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("1.5m", 90), ("1w2d3h4m5s", 788_645), ("2d12h", 216_000), ("''", None)]
)
def test_durations(folder: Folder, text: str, seconds: float | None) -> None:
    found = folder.load(f"executions: {{load: {{workflow: flow.yaml, stop_timeout: {text}}}}}\n")
    made = found.desired.instances[Address("load")].policies.stop_timeout if found.desired else None
    assert made == seconds


def test_defaults_hold_where_the_entry_says_nothing_and_labels_join(folder: Folder) -> None:
    desired = folder.desired(
        """
        defaults:
          {run: never, max_active: 3, revision: 5, labels: {team: dwh, tier: low}, depends_on: [first]}
        executions:
          first: {workflow: flow.yaml}
          load: {workflow: flow.yaml, run: once, max_active: null, labels: {tier: high}, depends_on: []}
          copy: {workflow: flow.yaml}
        """
    )
    load, copy = instance(desired, "load"), instance(desired, "copy")
    assert (load.policies.run, load.policies.max_active, load.revision) == (Run.ONCE, None, "5")
    assert load.policies.labels == {"team": "dwh", "tier": "high"}
    assert copy.policies.run is Run.NEVER
    assert (load.depends_on, instance(desired, "first").depends_on) == ((), ())
    assert [needed.name for needed in copy.depends_on] == ["first"]


def test_defaults_with_expressions_are_evaluated_for_each_instance(folder: Folder) -> None:
    desired = folder.desired(
        """
        defaults: {labels: {key: 'k-${each.key}', env: 'e-${environment}'}, protected: '${each.key == "eu"}'}
        executions:
          load: {workflow: flow.yaml, for_each: [eu, us], labels: {key: own}}
          copy: {workflow: flow.yaml, for_each: [eu], labels: {own: 'o-${each.value}'}, protected: false}
        """
    )
    eu, us, copy = (instance(desired, *at) for at in [("load", "eu"), ("load", "us"), ("copy", "eu")])
    assert (eu.policies.labels, eu.policies.protected) == ({"key": "own", "env": "e-"}, True)
    assert us.policies.protected is False
    assert (copy.policies.labels, copy.policies.protected) == (
        {"key": "k-eu", "env": "e-", "own": "o-eu"},
        False,
    )


def test_equal_policies_are_one_object(folder: Folder) -> None:
    desired = folder.desired(
        """
        x-night: &night {max_active: 2, labels: {shift: night}}
        executions:
          a: {<<: *night, workflow: flow.yaml, for_each: [1, 2, 3]}
          b: {<<: *night, workflow: flow.yaml, input: {x: 1}}
        """
    )
    assert len({id(made.policies) for made in desired.instances.values()}) == 1


def test_the_marker_of_a_provider_is_that_of_its_entries(folder: Folder) -> None:
    desired = folder.desired(
        f"""
        providers: {{yandex: {{marker: _by}}}}
        executions:
          a: {{workflow: {ID}}}
          b: {{workflow: {ID}, marker: own}}
          c: {{workflow: {ID}, marker: null}}
        """
    )
    assert [made.policies.marker for made in desired.instances.values()] == ["_by", "own", None]


# ── instances ──────────────────────────────────────────────────────────────────────────────────────────


def test_enabled_decides_for_each_instance_and_disabled_entries_keep_their_name(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {token: {default: '', sensitive: true}}
        executions:
          some: {workflow: flow.yaml, for_each: [eu, us], enabled: '${each.key != "us"}'}
          off: {workflow: flow.yaml, enabled: false, for_each: '${1 / 0}'}
          maybe: {workflow: flow.yaml, enabled: '${var.token != ""}'}
          after: {workflow: flow.yaml, depends_on: [off]}
          copy: {workflow: flow.yaml, for_each: '${executions.some | list}'}
        """
    )
    assert [*map(str, desired.instances)] == ['some["eu"]', "after", 'copy["eu"]']
    assert desired.entry_names == ("some", "off", "maybe", "after", "copy")


def test_the_keys_of_other_entries_are_known_whatever_their_order(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {which: {default: first}}
        executions:
          last: {workflow: flow.yaml, for_each: '${executions.middle | list}'}
          computed: {workflow: flow.yaml, for_each: '${executions[var.which] | list}'}
          middle: {workflow: flow.yaml, for_each: '${executions.first | list}'}
          first: {workflow: flow.yaml, for_each: [b, a]}
        """
    )
    names = ["last", "computed", "middle", "first"]
    assert [*desired.instances] == [Address(name, key) for name in names for key in ("b", "a")]


@pytest.mark.parametrize(
    ("revision", "text"),
    [
        ("1", "1"),
        ("'1'", "1"),
        ("1.0", "1"),
        ("2.50", "2.5"),
        ("true", "true"),
        ("'${40 + 2}'", "42"),
        ("x", "x"),
    ],
)
def test_revisions_are_texts(folder: Folder, revision: str, text: str) -> None:
    desired = folder.desired(f"executions: {{load: {{workflow: flow.yaml, revision: {revision}}}}}\n")
    assert instance(desired, "load").revision == text


def test_revision_adopt_and_old_names_by_instance(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          load:
            workflow: flow.yaml
            for_each: [eu, us]
            revision: {eu: 7}
            adopt: {us: dfw1}
            moved_from: loads
          one:
            workflow: flow.yaml
            adopt: dfw2
            moved_from: many["eu"]
          two:
            workflow: flow.yaml
            for_each: [a, b]
            moved_from: {a: single, b: 'many["b"]'}
        """
    )
    found = [(made.revision, made.adopt, made.moved_from) for made in desired.instances.values()]
    assert found == [
        ("7", None, 'loads["eu"]'),
        ("1", "dfw1", 'loads["us"]'),
        ("1", "dfw2", 'many["eu"]'),
        ("1", None, "single"),
        ("1", None, 'many["b"]'),
    ]


def test_two_instances_cannot_adopt_one_execution(folder: Folder, brief: Brief) -> None:
    found = folder.load(
        "executions: {a: {workflow: flow.yaml, adopt: dfw1}, b: {workflow: flow.yaml, adopt: dfw1}}\n"
    )
    assert brief(found) == [("adopt", "a and b both adopt dfw1")]


def test_what_is_waited_for_keeps_its_place(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          a: {workflow: flow.yaml}
          b: {workflow: flow.yaml}
          list: {workflow: flow.yaml, depends_on: [a, b]}
          map: {workflow: flow.yaml, depends_on: {a: settled, b: active}}
        """
    )
    needs = [(needed.name, needed.need) for needed in instance(desired, "list").depends_on]
    assert needs == [("a", Need.FINISHED), ("b", Need.FINISHED)]
    first: Dependency = instance(desired, "map").depends_on[0]
    assert (first.name, first.need) == ("a", Need.SETTLED)
    assert first.span is not None
    assert (first.span.line, first.span.column, first.span.end_column) == (7, 43, 44)


def test_the_place_of_an_instance_is_its_entry(folder: Folder) -> None:
    span = instance(folder.desired("executions:\n  load:\n    workflow: flow.yaml\n"), "load").span
    assert span is not None
    assert (span.file, span.line, span.column, span.end_column) == ("declarative.yaml", 3, 3, 7)


# ── inputs and outputs ─────────────────────────────────────────────────────────────────────────────────


def test_an_input_without_executions_is_a_constant(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {token: {default: hunter2, sensitive: true}}
        executions:
          none: {workflow: flow.yaml}
          nothing: {workflow: flow.yaml, input: null}
          dollar: {workflow: flow.yaml, input: 'cost: $${x}'}
          each:
            workflow: flow.yaml
            for_each: {eu: 1}
            input: ['${each.value}', '${environment}-x', '${var.token}']
        """
    )
    made = desired.instances.values()
    assert all(isinstance(found.input, Constant) for found in made)
    assert [value(found) for found in made] == [{}, None, "cost: ${x}", [1, "-x", "hunter2"]]
    assert instance(desired, "each", "eu").input.evaluate(NOTHING).sensitive == {(2,)}
    assert desired.secrets == {"hunter2"}


def test_a_key_that_looks_like_an_expression_is_a_key(folder: Folder) -> None:
    found = folder.load("executions: {load: {workflow: flow.yaml, input: {'${x}': 1}}}\n")
    assert only(found).code == "expression_in_key"
    assert found.desired is not None
    assert value(instance(found.desired, "load")) == {"${x}": 1}


def test_an_input_over_executions_waits_for_what_it_touches(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          extract: {workflow: flow.yaml, for_each: [mon, tue]}
          load:
            workflow: flow.yaml
            for_each: '${executions.extract | list}'
            input: {path: '${executions.extract[each.key].result.path}', of: '${executions.extract | length}'}
          count: {workflow: flow.yaml, input: '${executions.load | length}'}
        """
    )
    source = instance(desired, "load", "mon").input
    done: Evaluated = source.evaluate(Results({Address("extract", "mon"): {"path": "s3://mon"}}))
    assert done.value == {"path": "s3://mon", "of": 2}
    assert source.evaluate(NOTHING).waits_for == (Address("extract", "mon"),)
    assert instance(desired, "load", "mon").reads == ("extract",)
    assert instance(desired, "count").reads == ()
    assert instance(desired, "extract", "mon").reads == ()


def test_an_entry_may_count_its_own_instances(folder: Folder) -> None:
    desired = folder.desired(
        "executions: {load: {workflow: flow.yaml, for_each: [a, b], input: '${executions.load | length}'}}\n"
    )
    assert value(instance(desired, "load", "a")) == 2


def test_a_computed_name_is_followed(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {which: {default: a}}
        executions:
          a: {workflow: flow.yaml}
          b: {workflow: flow.yaml}
          load: {workflow: flow.yaml, input: '${executions[var.which].result}'}
        """
    )
    assert instance(desired, "load").reads == ("a",)


def test_which_results_are_read_is_known(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          extract: {workflow: flow.yaml}
          load: {workflow: flow.yaml, input: '${executions.extract.result.paths[0]}'}
        outputs: {rows: '${executions.extract.result.rows}', all: '${executions.load.result}', one: 1}
        """
    )
    assert desired.result_paths == {"extract": {("paths", 0), ("rows",)}, "load": {()}}


def test_a_computed_name_may_read_the_result_of_any_entry(folder: Folder) -> None:
    desired = folder.desired(
        """
        variables: {which: {default: a}}
        executions: {a: {workflow: flow.yaml}, b: {workflow: flow.yaml}}
        outputs: {path: '${executions[var.which].result.path}'}
        """
    )
    assert desired.result_paths == {"a": {("path",)}, "b": {("path",)}}


def test_outputs_are_evaluated_over_results_and_statuses(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions: {load: {workflow: flow.yaml}}
        outputs: {rows: '${executions.load.result.rows}', status: '${executions.load.status}', one: 1}
        """
    )
    upstream = Results({Address("load"): {"rows": 5}})
    found = {name: output.evaluate(upstream).value for name, output in desired.outputs.items()}
    assert found == {"rows": 5, "status": "FINISHED", "one": 1}


def test_a_result_that_is_marked_taints_what_reads_it(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          key: {workflow: flow.yaml, sensitive: true}
          load: {workflow: flow.yaml, input: {key: '${executions.key.result}', day: '${executions.key.id}'}}
        """
    )
    evaluated = instance(desired, "load").input.evaluate(Results({Address("key"): "k3y"}))
    assert evaluated.sensitive == {("key",)}


def test_a_description_over_executions_stays_as_it_is_written(folder: Folder) -> None:
    desired = folder.desired(
        """
        executions:
          a: {workflow: flow.yaml, description: 'In ${environment}.'}
          b: {workflow: flow.yaml, description: 'After ${executions.a.id}.'}
        """
    )
    assert [made.policies.description for made in desired.instances.values()] == [
        "In .",
        "After ${executions.a.id}.",
    ]
    assert instance(desired, "b").reads == ()


# ── the rest ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("safety", "limits"),
    [
        ("", SafetyLimits()),
        ("safety: {max_stops: 0}", SafetyLimits(0, 0.0)),
        ("safety: {max_reruns: {percent: 50}}", SafetyLimits(max_reruns_share=0.5)),
        ("safety: {max_stops: {count: 9, percent: 10}}", SafetyLimits(9, 0.1)),
    ],
)
def test_safety_limits(folder: Folder, safety: str, limits: SafetyLimits) -> None:
    assert folder.desired(f"{safety}\nexecutions: {{}}\n").safety == limits


def test_groups_and_backend_may_hold_expressions(folder: Folder) -> None:
    desired = folder.desired(
        """
        name: orders
        backend: {s3: {bucket: 'state-${var.stage}', key: orders}}
        variables: {stage: {default: dev}, slots: {type: number, default: 4}}
        groups: {night: {max_active: '${var.slots}'}}
        """
    )
    assert desired.groups == {"night": 4}
    assert (desired.backend.type, desired.backend.settings) == (
        "s3",
        {"bucket": "state-dev", "key": "orders"},
    )
    assert desired.name == "orders"


def test_an_empty_configuration_is_one(folder: Folder) -> None:
    desired = folder.desired("executions:\n  # nothing yet\n")
    assert (desired.instances, desired.backend) == ({}, BackendSettings())
    assert desired.root == str(folder.root.resolve())


ENVIRONMENTS = """
name: orders
backend: {s3: {bucket: state}}
providers: {yandex: {max_active: 80, folder_id: b1g}, spare: {type: yandex}}
defaults: {provider: yandex, max_attempts: 5, labels: {team: dwh}}
workflows: {load: {yandex: y-load}, copy: y-copy}
variables: {regions: {type: list, default: [eu]}, secret: {env: TOKEN, default: ''}}
environments:
  dev:
    backend: {local: {}}
    providers: {yandex: {folder_id: b1g-dev}}
    defaults: {labels: {stage: dev}}
    workflows: {copy: y-copy-dev}
    variables: {regions: [us]}
  prod:
executions:
  load: {workflow: load, for_each: '${var.regions}', input: '${environment}'}
  copy: {workflow: copy}
"""


def test_an_environment_replaces_the_backend_and_merges_the_rest_by_key(folder: Folder) -> None:
    found = folder.load(ENVIRONMENTS, env="dev")
    assert found.desired is not None
    dev = found.desired
    assert (dev.environment, dev.backend.type, found.owns_backend) == ("dev", "local", True)
    assert [*dev.providers] == ["yandex", "spare"]
    assert (dev.providers["yandex"].max_active, dev.providers["yandex"].settings) == (
        None,
        {"folder_id": "b1g-dev"},
    )
    load = instance(dev, "load", "us")
    assert (load.policies.max_attempts, load.policies.labels) == (5, {"stage": "dev"})
    assert (load.workflow.reference, instance(dev, "copy").workflow.reference) == ("y-load", "y-copy-dev")
    assert value(load) == "dev"


def test_names_may_have_ids_for_the_providers_of_other_environments(folder: Folder) -> None:
    found = folder.load(
        """
        environments: {dev: {}, prod: {providers: {main: {type: temporal}}}}
        workflows: {load: {embedded: flow.yaml, main: Load, temporal: Load}}
        executions: {load: {workflow: load}}
        """,
        env="dev",
    )
    assert found.diagnostics == []


def test_an_unknown_environment_does_not_look_like_missing_values(folder: Folder, brief: Brief) -> None:
    found = folder.load("environments: {dev: {variables: {a: 1}}}\nvariables: {a: {}}\n", env="prod")
    assert brief(found) == [("unknown_environment", 'There is no environment "prod"')]


def test_an_empty_environment_changes_nothing(folder: Folder) -> None:
    found = folder.load(ENVIRONMENTS, environ={"DECLARATIVE_ENV": "prod"})
    assert found.desired is not None
    prod = found.desired
    assert (prod.environment, prod.backend.type, found.owns_backend) == ("prod", "s3", False)
    assert prod.providers["yandex"].max_active == 80
    assert instance(prod, "load", "eu").policies.labels == {"team": "dwh"}


def test_the_option_wins_over_the_environment_variable(folder: Folder) -> None:
    found = folder.load(ENVIRONMENTS, env="dev", environ={"DECLARATIVE_ENV": "nowhere"})
    assert found.desired is not None
    assert found.desired.environment == "dev"


def test_variables_come_from_the_nearest_place(folder: Folder) -> None:
    folder.write("one.yaml", "regions: [one]\nsecret: x\n")
    folder.write("two.json", '{"regions": ["two"]}')
    files = ["one.yaml", "two.json"]
    regions = [
        folder.load(ENVIRONMENTS, env="dev", var_files=files, variables={"regions": '["var"]'}),
        folder.load(ENVIRONMENTS, env="dev", var_files=files),
        folder.load(ENVIRONMENTS, env="dev", environ={"DECLARATIVE_VAR_regions": "[env]"}),
        folder.load(ENVIRONMENTS, env="prod", environ={"DECLARATIVE_VAR_regions": "[env]"}),
        folder.load(ENVIRONMENTS, env="prod"),
    ]
    assert [found.variables.values["regions"] for found in regions] == [
        ["var"],
        ["two"],
        ["us"],
        ["env"],
        ["eu"],
    ]


def test_today_is_what_the_caller_says(folder: Folder) -> None:
    desired = folder.desired(
        "executions: {load: {workflow: flow.yaml, for_each: {dates: {from: yesterday, to: today}}}}\n"
    )
    assert [address.key for address in desired.instances] == ["2026-11-24", "2026-11-25"]


def test_a_provider_that_is_unclear_is_said_once(folder: Folder) -> None:
    found = folder.load(
        "providers: {a: {type: yandex}, b: {type: yandex}}\n"
        "executions: {x: {workflow: one/two}, y: {workflow: one/two}, z: {workflow: one/two, provider: a}}\n"
    )
    assert only(found).code == "provider_required"
