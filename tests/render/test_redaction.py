"""Known secrets never leave, in whatever clothes."""

import json
from urllib.parse import quote

from declarative.model.json import Json
from declarative.render.redaction import redact, redact_json

SECRET = 'p"ss/wörd\nline two of it, long'
SECRETS = frozenset({SECRET, "hunter22", "hunter22-and-more"})


def test_a_secret_is_struck_as_it_is_as_json_as_url_and_once_cleaned() -> None:
    for form in (SECRET, json.dumps(SECRET), quote(SECRET, safe=""), SECRET.replace("\n", " ")):
        shown = redact(f"before {form} after", SECRETS)
        assert "ss" not in shown and "line two" not in shown and "rd" not in shown
        assert shown.startswith("before ") and shown.endswith(" after")


def test_the_longer_of_two_secrets_is_struck_whole() -> None:
    assert redact("hunter22-and-more", SECRETS) == "(sensitive value)"


def test_lines_of_a_key_file_are_secrets_themselves() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nshort\n-----END KEY-----\n"
    assert "MIIE" not in redact("parse error near MIIEvQIBADANBgkqhkiG9w0BAQ", frozenset({key}))


def test_short_values_are_left_alone_because_striking_them_tells_them() -> None:
    assert redact("1 of 10", frozenset({"1", ""})) == "1 of 10"


def test_documents_keep_their_numbers_and_lose_secrets_in_keys_too() -> None:
    document: Json = {"hunter22": ["x hunter22", 22, None, True, 1.5], "n": {"a": "hunter22"}}
    assert redact_json(document, SECRETS) == {
        "(sensitive value)": ["x (sensitive value)", 22, None, True, 1.5],
        "n": {"a": "(sensitive value)"},
    }


def test_without_secrets_nothing_is_copied() -> None:
    document: Json = {"a": ["b"]}
    assert redact_json(document, frozenset()) is document
