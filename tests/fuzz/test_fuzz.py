"""Whatever a file holds, its reader answers with words: no traceback, no hang, no memory without end.

DECLARATIVE_FUZZ is how many inputs each reader is given; a failing one is named by its seed and replays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

INPUTS = int(os.environ.get("DECLARATIVE_FUZZ", "300"))
FIRST = int(os.environ.get("DECLARATIVE_FUZZ_FIRST", "0"))
HERE = Path(__file__).parent


@pytest.mark.parametrize("reader", ["configurations", "states", "plans"])
def test_no_input_is_too_strange(reader: str, tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "fuzz_child.py"), reader, str(FIRST), str(INPUTS)]
    answer = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
    )
    *failures, last = answer.stdout.splitlines() or [""]
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert not failures, "\n".join(json.loads(line)["error"] for line in failures[:3]) + failures[0][:100]
    assert json.loads(last) == {"fed": INPUTS}
