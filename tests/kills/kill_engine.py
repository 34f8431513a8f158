"""`declarative serve` as a real process, behind a network that loses answers to starts."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from faulty_proxy import FaultyProxy
from story_person import end_runner
from tool_process import command, environment

TOKEN = "t1.shooting.range"
BASE = "/workflows/v1/execution"
FLOWS = {
    "quick.yaml": "yawl: '1.0'\nstart: answer\nsteps: {answer: {noOp: {output: '\\({said: .say})'}}}\n",
    "long.yaml": "yawl: '1.0'\nstart: sleep\nsteps: {sleep: {wait: {duration: 3600s}}}\n",
}


class ForgetfulProxy(FaultyProxy):
    """Loses the answers to some starts, after they had their effect."""

    chance = random.Random(0)
    share = 0.0

    def _strikes(self, data: bytes) -> str | None:
        is_start = data.startswith(b"POST") and b"/start " in data.partition(b"\r\n")[0]
        if is_start and self.chance.random() < self.share:
            self.struck += 1
            return "drop"
        return None


class KillEngine:
    """`workflows`: ids by file name. `port`: of the engine itself; `proxy.port`: what the tool is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "workflows").mkdir()
        for name, text in FLOWS.items():
            (folder / "workflows" / name).write_text(text)
        self._process = subprocess.Popen(
            command("--json", "serve", "--port", "0"),
            cwd=folder,
            env=environment({"DECLARATIVE_SERVE_TOKEN": TOKEN}),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.workflows = {Path(file).name: known for file, known in said["workflows"].items()}
        self.port = int(said["url"].rpartition(":")[2])
        self.proxy = ForgetfulProxy(self.port)

    def inputs(self, file: str, of: str) -> Counter[str]:
        """How often each `say` was started, over all executions whose input names `of`. Asked directly."""
        return Counter(run["say"] for run, _ in self._runs(file, of))

    def active(self, file: str, of: str) -> set[str]:
        return {run["say"] for run, status in self._runs(file, of) if status in ("QUEUED", "RUNNING")}

    def close(self) -> None:
        self.proxy.close()
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        end_runner(self._folder / ".declarative/default/engine/runner.lock")

    def _runs(self, file: str, of: str) -> list[tuple[dict[str, Any], str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        rows = self._ask(connection, f"?workflowId={self.workflows[file]}&pageSize=1000")
        assert "nextPageToken" not in rows
        found = [self._ask(connection, f"/{row['id']}")["execution"] for row in rows["executions"]]
        connection.close()
        runs = [(json.loads(run["input"]["inputJson"]), run["status"]) for run in found]
        return [(given, status) for given, status in runs if given["of"] == of]

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> Any:
        connection.request("GET", BASE + path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return json.loads(content)
