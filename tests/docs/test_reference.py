"""The reference says what the tool has: every command, every option, every key."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from reference_kit import reference

from declarative import source

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference.md"
PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{page.name}" for page in PAGE.parent.glob("*.md"))]
BEFORE_ALL, *SECTIONS = reference().split("### ")
COMMANDS = {
    re.sub(r"^`declarative ([a-z-]+(?: (?:list|lock|migrate|mv|pull|push|rm)\b)?).*", r"\1", head): text
    for head, _, text in (section.partition("\n") for section in SECTIONS)
}
"""By command, what is said of it."""


def test_the_reference_is_what_commands_and_schema_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_option_and_key_is_explained() -> None:
    text = reference()
    assert not re.findall(r"^- `[^`]*`: (?:None)?$", text, re.MULTILINE)
    assert not re.findall(r"^\| `[^`]*` \|  \|$", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_the_pages_can_be_pasted(page: str) -> None:
    """Whoever copies a line gets no usage error."""
    blocks = re.findall(
        r"^```(?:sh|yaml|console)\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S
    )
    for line in re.findall(r"(?<![\w@-])declarative ((?:-|[a-z])[^#|&>\n`]*)", "\n".join(blocks)):
        words = shlex.split(line)
        while words[0].startswith("-"):
            del words[:2]
        command = " ".join(words[:2] if words[0] == "state" else words[:1])
        assert command in COMMANDS, line
        said = COMMANDS[command] + BEFORE_ALL
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert f"{option}`" in said or f"{option} " in said, line


@pytest.mark.parametrize("page", PAGES)
def test_yaml_of_the_pages_is_yaml(page: str) -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S):
        assert source.read(block, page)[1] == [], block


def test_every_command_of_the_readme_exists() -> None:
    """The table's words are typed by newcomers as they stand."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Commands", 1)[1].split("| exit", 1)[0]
    for row in re.findall(r"^\| (.+?) \| ", table, re.MULTILINE):
        for words in re.findall(r"`([a-z-]+)", row):
            assert f"`declarative {words}" in reference(), words
