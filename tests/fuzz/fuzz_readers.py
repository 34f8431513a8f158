"""What is fed: the readers of configurations, states and saved plans, each with documents that are right."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz_mutations import changed_bytes, changed_value, text_of

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/render"))
NOW = 1_795_608_000.0
Feed = Callable[[random.Random], None]


def configurations() -> Feed:
    """Configurations of the examples and of the tests, in the present folder."""
    from declarative.config.load import load

    files = [*ROOT.glob("examples/*/declarative.yaml"), *ROOT.glob("tests/config/broken/*.yaml")]
    corpus = [file.read_bytes() for file in sorted(files)]
    values = [value for content in corpus if (value := _value_of(content)) is not None]
    folder = Path.cwd()
    (folder / "workflows").mkdir(exist_ok=True)
    for name in ("flow.yaml", "workflows/load.yaml", "workflows/a.yaml"):
        (folder / name).write_text("")

    def feed(chance: random.Random) -> None:
        content = _changed(corpus, values, chance)
        (folder / "declarative.yaml").write_bytes(content)
        found = load(str(folder), chance.choice([None, None, "dev", "prod"]), {}, [], {}, NOW)
        assert (found.desired is None) == any(problem.is_error for problem in found.diagnostics)

    return feed


def _value_of(content: bytes) -> Any:
    from declarative.source import read

    document, _ = read(content.decode(), "x")
    return None if document is None else document.value


def states() -> Feed:
    from declarative.diagnostics import Refused
    from declarative.state.codec import Encoder, decode

    whole = json.loads((Path(__file__).parent / "state.json").read_text())
    values = [whole, {**whole, "records": []}, *({**whole, "records": [one]} for one in whole["records"])]
    corpus = [json.dumps(value).encode() for value in values]

    def feed(chance: random.Random) -> None:
        content = _changed(corpus, values, chance)
        try:
            found = decode(content, "the place")
        except Refused as refused:
            assert refused.diagnostics
            return
        again = decode(Encoder().encode(found), "the place")
        assert again == found

    return feed


def plans() -> Feed:
    from declarative.app.choice import PlanChoice
    from declarative.cli.asking import saved_approval
    from declarative.diagnostics import Refused
    from declarative.render.document import checksum

    value = json.loads((ROOT / "tests/render/golden/plan.json").read_text())
    value["options"] = {"target": ["load"], "exclude": [], "label": ["a=b"], "failed": True, "replace": ["x"]}
    corpus = [json.dumps(value).encode()]

    def forged(chance: random.Random) -> bytes:
        other = changed_value(value, chance)
        if isinstance(other, dict) and chance.random() < 0.95:
            other["checksum"] = _quiet(checksum, other)
        return text_of(other, chance)

    def feed(chance: random.Random) -> None:
        content = forged(chance) if chance.random() < 0.7 else changed_bytes(corpus[0], corpus, chance)
        try:
            saved = saved_approval(("the plan", content.decode()))
            saved.choice(PlanChoice())
            saved.check(saved.approved.plan)
        except UnicodeDecodeError:
            return
        except Refused as refused:
            assert refused.diagnostics

    return feed


def _quiet(checksum: Callable[[Any], str], document: Any) -> str:
    try:
        return checksum(document)
    except (ValueError, TypeError, RecursionError):
        return "of something that is not JSON"


def _changed(corpus: list[bytes], values: list[Any], chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return changed_bytes(chance.choice(corpus), corpus, chance)
    content = text_of(changed_value(chance.choice(values), chance), chance)
    return changed_bytes(content, corpus, chance) if chance.random() < 0.1 else content


READERS: dict[str, Callable[[], Feed]] = {"configurations": configurations, "states": states, "plans": plans}
