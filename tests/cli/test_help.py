"""Every command explains itself."""

from __future__ import annotations

import pytest
from story_person import tool

COMMANDS = [
    *(
        "init",
        "validate",
        "plan",
        "apply",
        "destroy",
        "drift",
        "status",
        "show",
        "history",
        "output",
        "graph",
    ),
    *("wait", "import", "accept", "suspend", "resume", "force-unlock", "schema", "version", "state", "serve"),
    "completion",
    *(f"state {name}" for name in ("list", "mv", "rm", "pull", "push", "migrate", "lock")),
]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help(name: str, word: str) -> None:
    code, stdout, stderr = tool(*name.split(), word)
    assert (code, stderr) == (0, "")
    assert stdout.startswith(f"Usage: declarative {name}")


def test_the_list_of_commands_is_whole() -> None:
    code, stdout, _ = tool("--help")
    assert code == 0
    assert {name.split()[0] for name in COMMANDS} <= {
        line.split()[0] for line in stdout.splitlines() if line.strip()
    }
