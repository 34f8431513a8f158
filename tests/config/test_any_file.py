"""Whatever a file says, loading answers with diagnostics: never an exception, never both or neither."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from declarative.config.load import load

WORDS = (
    *(
        "a",
        "b",
        "load",
        "eu",
        "dev",
        "yandex",
        "embedded",
        "flow.yaml",
        "once",
        "always",
        "finished",
        "5m",
        "0s",
    ),
    *(
        "",
        "2x",
        "x.y",
        'a["eu"]',
        "${",
        "$${x}",
        "${each.key}",
        "${var.v}",
        "${environment}",
        "${executions.a}",
    ),
    *("${executions.a.result.x}", "${executions.load | list}", "${executions['b'].input}", "${1 / 0}", "${["),
    *("${range(3) | list}", "${executions[var.v].id}", "x-${each.value}"),
)
KEYS = (
    *("workflow", "input", "for_each", "run", "rerun_on", "depends_on", "enabled", "revision", "adopt"),
    *(
        "moved_from",
        "labels",
        "group",
        "provider",
        "stop_grace",
        "max_active",
        "ignore_changes",
        "description",
    ),
    *("type", "default", "sensitive", "env", "backend", "providers", "workflows", "defaults", "variables"),
    *("dates", "matrix", "from", "to", "local", "count", "max_stops", "name", "marker", "max_attempts"),
)
scalars = st.one_of(st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(-2, 3), st.just(1.5))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from((*KEYS, *WORDS)), inner, max_size=4)
    ),
    max_leaves=8,
)
expressions = st.sampled_from([word for word in WORDS if "${" in word])
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "input": values,
    "for_each": st.one_of(st.just(["eu", "us"]), st.just({"eu": 1}), expressions),
    "run": st.sampled_from(["once", "always", "never", "${environment}"]),
    "depends_on": st.lists(st.sampled_from(["a", "b", "load"]), max_size=2),
    "enabled": st.sampled_from([True, False, "${environment == 'dev'}", "${each.key == 'eu'}"]),
    "revision": st.one_of(st.integers(), st.just({"eu": 2}), expressions),
    "adopt": st.one_of(st.just({"eu": "id"}), st.just("id"), expressions),
    "moved_from": st.sampled_from(["a", "old", 'old["eu"]', "old[", {"eu": "old"}, "${each.key}"]),
    "labels": st.one_of(st.just({"a": "x"}), st.dictionaries(st.just("a"), expressions), expressions),
    "group": st.sampled_from(["g", "h", "${each.key}", None]),
    "provider": st.sampled_from(["yandex", "embedded", "x", "${each.key}"]),
    "description": expressions,
}
entries = st.fixed_dictionaries(
    {"workflow": st.sampled_from(["flow.yaml", "${each.key}"])}, optional=PLAUSIBLE
)
executions = st.dictionaries(st.sampled_from(WORDS[:3]), entries, max_size=3)
COMMON = {
    "version": st.just(1),
    "executions": executions,
    "variables": st.just({"v": {"default": "a"}}),
    "groups": st.just({"g": {"max_active": 1}}),
}
defaults = st.fixed_dictionaries({}, optional={key: PLAUSIBLE[key] for key in ("labels", "run", "enabled")})
plausible = st.fixed_dictionaries(COMMON, optional={"outputs": st.dictionaries(st.just("a"), expressions)})
ANY = ("providers", "workflows", "backend", "include", "safety", "name", "x-mine", "environments", "outputs")
wild = st.fixed_dictionaries(COMMON, optional={"defaults": defaults, **dict.fromkeys(ANY, values)})


def answer(content: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "flow.yaml").write_text("")
        (Path(folder) / "declarative.yaml").write_text(json.dumps(content))
        found = load(folder, None, {}, [], {}, 1_795_608_000.0)
    assert (found.desired is None) == any(problem.is_error for problem in found.diagnostics)


@settings(max_examples=300, deadline=None)
@given(plausible | wild | values)
def test_loading_never_fails_otherwise(content: Any) -> None:
    answer(content)
