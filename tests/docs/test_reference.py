"""The reference says what the tool has: every command, every option, every key."""

from __future__ import annotations

import os
import re
from pathlib import Path

from reference_kit import reference

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference.md"


def test_the_reference_is_what_commands_and_schema_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_option_and_key_is_explained() -> None:
    text = reference()
    assert not re.findall(r"^- `[^`]*`: (?:None)?$", text, re.MULTILINE)
    assert not re.findall(r"^\| `[^`]*` \|  \|$", text, re.MULTILINE)


def test_readme_links_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_every_command_of_the_readme_exists() -> None:
    """The table's words are typed by newcomers as they stand."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Commands", 1)[1].split("| exit", 1)[0]
    for row in re.findall(r"^\| (.+?) \| ", table, re.MULTILINE):
        for words in re.findall(r"`([a-z-]+)", row):
            assert f"`declarative {words}" in reference(), words
