"""Secrets: nowhere in clear but in the start request and the engine's own store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from canary_site import (
    CANARIES,
    COMMANDS,
    FROM_ENVIRONMENT,
    OF_A_SENSITIVE_ENTRY,
    PASSWORD,
    TOKEN,
    Site,
    spellings,
)

CRASHING = """
import declarative.planning.safety as safety, os
def review(*_):
    raise RuntimeError("it was " + os.environ["SHOP_TOKEN"])
safety.review = review
"""
ON_HTTP = """version: 1
name: shop
backend: {http: {address: 'http://127.0.0.1:9/state', username: shop, retry_max: 0}}
executions: {a: {workflow: workflows/echo.yaml}}
"""
ON_HTTP_WITH_PASSWORD = """version: 1
name: shop
backend: {http: {address: 'https://shop:canary-password-of-a-backend@127.0.0.1:9/state'}}
executions: {a: {workflow: workflows/echo.yaml}}
"""
ON_YANDEX = """version: 1
providers: {yandex: {endpoint: 'http://127.0.0.1:9', folder_id: b1g}}
executions: {a: {workflow: dfqaaaaaaaaaaaaaaaa1, provider: yandex}}
"""
BROKEN = """version: 1
variables:
  t: {type: number, sensitive: true, default: canary-of-the-default}
executions: {a: {workflow: workflows/echo.yaml, input: {t: '${var.t}'}}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("secrets")
    made = Site(folder / "shop", folder / "temporary")
    made.prepare()
    codes = dict(zip(COMMANDS, made.run(COMMANDS), strict=True))
    assert codes["apply --auto-approve --wait --json"] == 3, made.said
    assert not {1, 70} & set(codes.values()), codes
    assert made.run(["plan"], CRASHING) == [70], made.said
    made.run_elsewhere(ON_HTTP, "plan --new-state", {"TF_HTTP_PASSWORD": PASSWORD})
    made.run_elsewhere(ON_HTTP_WITH_PASSWORD, "plan --new-state --json", {})
    made.run_elsewhere(ON_YANDEX, "plan --new-state", {"YC_IAM_TOKEN": TOKEN})
    made.run_elsewhere(BROKEN, "validate", {})
    made.run_elsewhere(BROKEN, "validate --json", {})
    yield made


@pytest.mark.parametrize("source", CANARIES)
def test_a_secret_is_nowhere_in_clear(site: Site, source: str) -> None:
    forms = spellings(CANARIES[source])
    assert [where for where, text in site.written() if any(form in text for form in forms)] == []


def test_the_engine_was_sent_what_is_hidden(site: Site) -> None:
    """Otherwise nothing could leak, and the test above would prove nothing."""
    store = b"".join(file.read_bytes() for file in site.folder.rglob("*.sqlite3*"))
    for canary in (FROM_ENVIRONMENT, OF_A_SENSITIVE_ENTRY):
        assert any(form.encode() in store for form in spellings(canary))


def test_what_keeps_secrets_is_for_its_owner_alone(site: Site) -> None:
    kept = [file for file in site.folder.rglob("*") if ".declarative" in file.parts or file.suffix == ".plan"]
    assert kept
    assert [str(file) for file in kept if file.stat().st_mode & 0o077] == []


def test_what_is_hidden_is_said_to_be(site: Site) -> None:
    said = {words.rsplit(" ", 1)[0]: text for words, text in site.said.items()}
    assert said["output of_echo"].strip() == "(sensitive value)"
    assert "no entry for (sensitive value) with (sensitive value)" in said["show shout"]
