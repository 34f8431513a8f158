"""Expressions of somebody who means harm: each is stopped before it costs memory, time or a secret."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from orders import Finished, compiled, template

from declarative.config import expressions
from declarative.source import Document

GROWING = [
    "${'a' * 10**15}",
    "${10**15 * 'a'}",
    "${[0] * 10**15}",
    "${(0, 1) * 10**15}",
    "${2 ** 99999}",
    "${2 ** 99999 ** 9}",
    "${10 ** -99999}",
    "${(10 ** 300) * (10 ** 300)}",
    "${(10 ** 300) * (10 ** 300) // (10 ** 300)}",
    "${('f' * 100000) | int(0, 16)}",
    "${('9' * 4000) | int + 1}",
    "${'%999999999999999d' % 1}",
    "${'%.999999999999999f' % 1.5}",
    "${'%*d' % (999999999999999, 1)}",
    "${'%(a(b))999999999999999d' % {'a(b)': 1}}",
    "${'%999999999999999s' | format('x')}",
    "${('%s' * 2000) % (['x' * 4000] * 2000)}",
    "${range(10**15)}",
    "${range(0, 10**15, 1) | list | length}",
    "${(range(100000) | list + range(100000) | list) | length}",
    "${'x' | center(10**15)}",
    "${'x'.center(10**15)}",
    "${'x'.ljust(10**15)}",
    "${'x'.zfill(10**15)}",
    "${('a\\n' * 10000) | indent(10**6)}",
    "${('a\\n' * 10000) | indent('b' * 10**6)}",
    "${('a' * 10**6) | replace('a', 'b' * 10**6) | replace('b', 'b' * 10**6)}",
    "${('a' * 10**6) | replace('', 'b' * 10**6) | replace('b', 'b' * 10**6)}",
    "${('a' * 10**6).replace('a', 'b' * 10**6).replace('b', 'b' * 10**6)}",
    "${([''] * 100000) | join('b' * 1000)}",
    "${('b' * 1000).join([''] * 100000)}",
    "${('a' * 3000000) ~ ('b' * 3000000)}",
    "${('a' * 3000000) + ('b' * 3000000)}",
    "${[0] | batch(10**15, 1)}",
    "${[0] | slice(10**15)}",
    "${('a ' * 2000000).split()}",
    "${('a' * 2000000) | list}",
    "${('&' * 2000000) | e | e}",
    "${('<!---->' * 100000) | striptags}",
    "${('a ' * 1000000) | wordwrap(1)}",
    "${('www.a.com ' * 100000) | urlize}",
    "${[[[[0] * 1000] * 1000] * 1000] * 1000}",
    "${([[[0] * 1000] * 1000] * 1000) | string}",
    "${([[[0] * 1000] * 1000] * 1000) | tojson(16)}",
    "${[[[0] * 1000] * 1000] * 1000 ~ ''}",
    "${'%s' % [[[0] * 1000] * 1000] * 1000}",
    "${[[[0] * 1000] * 1000] * 1000 == [[[0] * 1000] * 1000] * 1000}",
    "${[[[0] * 1000] * 1000] * 1000 in [[[[0] * 1000] * 1000] * 1000]}",
    "${[[[[[0] * 1000] * 1000] * 1000] * 1000, [[[[0] * 1000] * 1000] * 1000] * 1000] | sort}",
    "${range(10000) | select('in', range(10000)) | list | length}",
    "${[range(100000) | map('upper') | list, range(100000) | map('lower') | map('title') | list]}",
    "${[['x' * 1000000] * 1000, ['x' * 1000000] * 1000] | map('join') | list}",
    "${('[' * 150 ~ ']' * 150) | fromjson}",
    "${('www.a.com ' * 10000) | urlize(target='x' * 10**6)}",
    "${('a ' * 10000) | wordwrap(1, wrapstring='x' * 10**6)}",
    "${('a' * 4000000) | trim('b' * 4000000 ~ 'a')}",
    "${('a' * 4000000).strip('b' * 4000000 ~ 'a')}",
    "${('a' * 4000000).rfind('ab' ~ 'a' * 1000000)}",
    "${('a' * 4000000) | sort | length}",
    "${('a' * 4000000) | join}",
    "${('a' * 4000000) | map(attribute='x', default=1) | list | length}",
    "${range(100000) | map(attribute='a.' * 1000000, default={}) | list | length}",
    "${range(100000) | map('string') | map('batch', 100000, 'x') | list | length}",
    "${(['2026-11-23'] * 100000) | map('strftime', '%Y' * 2000) | list | length}",
    "${('a' * 4000000)" + "[1:]" * 20 + " | length}",
]
PRYING = [
    "${''.__class__.__mro__[1].__subclasses__()}",
    "${'{0.__class__}'.format(1)}",
    "${'{0.__class__}'.format_map({'0': 1})}",
    "${'%s' % ''.__class__}",
    "${[].__class__}",
    "${(1).__class__}",
    "${none.__class__}",
    "${range.__globals__}",
    "${'a'.upper.__self__}",
    "${[] | attr('__class__')}",
    "${[[]] | map(attribute='__class__') | list}",
    "${[[]] | map('attr', '__class__') | list}",
    "${[[]] | selectattr('__class__') | list}",
    "${[[]] | sum('__class__')}",
    "${[[], []] | sort(attribute='__class__')}",
    "${each.__init__}",
    "${var.__class__}",
    "${executions.__class__}",
    "${executions.merge.__class__}",
    "${executions.merge.trace}",
    "${executions.merge.executions}",
    "${[].append(1)}",
    "${each.update({'key': 1})}",
    "${each.pop('key')}",
    "${'a'.encode()}",
    "${file('/etc/passwd')}",
    "${file('../outside.txt')}",
    "${file('link.txt')}",
    "${file('linked/outside.txt')}",
    "${file('pipe')}",
    "${file('.')}",
    "${file('/dev/zero')}",
    "${file('.git/config')}",
    "${file('.declarative/state.json')}",
    "${file('large.txt')}",
    "${file('binary')}",
    "${file('a\\x00b')}",
    "${file('missing.txt')}",
]
NAMELESS = [
    "${lipsum(5)}",
    "${cycler(1)}",
    "${joiner()}",
    "${namespace(a=1)}",
    "${self}",
    "${loop}",
    "${caller()}",
    "${super()}",
    "${context}",
    "${now()}",
    "${__import__('os')}",
    "${open('/etc/passwd')}",
    "${[1, 2] | random}",
    "${'a' | pprint2}",
    "${" + "(" * 400 + "1" + ")" * 400 + "}",
    "${" + "[" * 300 + "]" * 300 + "}",
    "${" + "-" * 2000 + "1}",
    "${" + "not " * 900 + "1}",
    "${1" + " + 1" * 900 + "}",
    "${1" + " + 1" * 60 + "}",
    "${var" + ".a" * 900 + "}",
    "${1" + " if 1 else 1" * 300 + "}",
    "${1" + " | abs" * 500 + "}",
]


@pytest.fixture
def besieged(tmp_path: Path) -> Path:
    """Beside a configuration: what its expressions must not reach."""
    (tmp_path.parent / "outside.txt").write_text("out of reach")
    (tmp_path / "link.txt").symlink_to(tmp_path.parent / "outside.txt")
    (tmp_path / "linked").symlink_to(tmp_path.parent)
    (tmp_path / "large.txt").write_text("a" * (1024 * 1024 + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")
    for private in (".git/config", ".declarative/state.json"):
        (tmp_path / private).parent.mkdir()
        (tmp_path / private).write_text("out of reach")
    return tmp_path


@pytest.mark.parametrize("text", GROWING)
def test_what_would_grow_is_stopped(problem_of, text):
    """By a limit, and not by the machine's: that would come after the memory is gone."""
    problem = problem_of(text)
    assert problem.code == "expression_limit", problem
    assert problem.summary != "The expression makes something too large or too deep"


@pytest.mark.parametrize("text", PRYING)
def test_what_pries_reaches_nothing(besieged, evaluate, text):
    evaluated = evaluate(text)
    assert evaluated.problem is not None
    assert evaluated.problem.code != "expression_failed"
    assert evaluated.value is None
    assert "out of reach" not in evaluated.problem.hint + evaluated.problem.detail


@pytest.mark.parametrize("text", NAMELESS, ids=range(len(NAMELESS)))
def test_what_is_not_offered_or_too_deep_is_no_expression(text):
    found, problems = compiled(text)
    assert found is None
    assert [problem.code in ("expression_name", "expression_syntax") for problem in problems] == [True]


def test_files_inside_are_read_once_links_and_all(value_of, tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "q.sql").write_text("select 'é'", encoding="utf-8")
    (tmp_path / "inner.sql").symlink_to("sql/q.sql")
    assert value_of("${file('sql/q.sql')}") == "select 'é'"
    assert value_of("${file('sql/../inner.sql') | sha256 | length}") == 64
    (tmp_path / "sql" / "q.sql").write_text("changed meanwhile")
    assert value_of("${file('sql/q.sql')}") == "select 'é'"


def test_generous_honest_work_is_not_stopped(value_of):
    rows = {"merge": [{"id": n, "name": f"row {n}", "tags": ["a", "b"]} for n in range(5_000)]}
    chosen = '${executions.merge.result | selectattr("id", "ge", 10) | map(attribute="name") | join(",")}'
    found = len(value_of(chosen, rows))
    assert found == sum(len(f"row {n}") for n in range(10, 5_000)) + 4_989
    assert len(value_of("${executions.merge.result}", rows)) == 5_000
    assert len(value_of('${"x" * 4000000}')) == 4_000_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${('a ' * 2000000).split()}", "does too much work"),
        ("${('[' * 90 ~ '0,' * 5000 ~ '0' ~ ']' * 90) | fromjson | tojson(16)}", "result of the expression"),
    ],
)
def test_what_would_be_large_on_the_way_is_stopped_before(problem_of, text, words):
    assert words in problem_of(text).summary


@pytest.mark.parametrize("text", ["${2.5 ** 99999}", "${range(10**30)}", "${5 | round(10**9, 'ceil')}"])
def test_what_would_overflow_is_refused(problem_of, text):
    assert problem_of(text).code in ("expression_limit", "expression_type")


def test_every_expression_has_the_whole_of_the_limit(scope):
    texts = ["${range(100000) | list | length}"] * 40
    tree, _ = expressions.compile_value(texts, (), Document("f.yaml", "", texts, 0))
    assert tree.evaluate(scope).value == [100_000] * 40


def test_limits_hold_in_every_thread_and_for_each_expression_anew(scope):
    tree = template("${range(20000) | map('string') | list | length}")
    found: list[object] = []

    def run() -> None:
        evaluated = expressions.ExpressionInput(tree, scope).evaluate(Finished())
        found.append(evaluated.problem or evaluated.value)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [20_000] * 3
