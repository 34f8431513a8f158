"""Shoots `apply` at random moments, again and again, while there is always something left for it to do."""

from __future__ import annotations

import random
import re
import shutil
import signal
import threading
import uuid
from collections import Counter
from pathlib import Path

from kill_engine import TOKEN, KillEngine
from kill_places import Place
from tool_process import finished, read_until, started

PATIENCE_SECONDS = 120.0
IN_BATCH = 6
SPAN = 1.0
"""Seconds within which an apply is shot, counted from a sign of life."""
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
_FREES = re.compile(r"force-unlock ([0-9a-f-]{36})")


class Range:
    """One configuration, which grows by a batch of declarations whenever all that it declares is done.

    Of a batch: some that end at once, one that depends on them, and one that goes on until the next batch
    takes it out of the files.
    """

    def __init__(self, folder: Path, engine: KillEngine, place: Place, seed: int) -> None:
        self.name = f"range-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        self._engine = engine
        self._place = place
        self._chance = random.Random(seed)
        self._batches = 0
        self._more = ["--new-state"]
        self.shots: Counter[str] = Counter()
        self.said: list[str] = []
        engine.proxy.chance = random.Random(seed)
        engine.proxy.share = 0.2
        self.add_batch()

    def shoot(self) -> None:
        """One apply that does not live to its end, most of the time."""
        number = self._chance.choice([signal.SIGKILL] * 4 + [*CODES])
        process = started(self._there(), *self._words(), env=self._environ)
        sign = self._chance.choice(["Sending ", "Sending ", "Locked the state"])
        early = read_until(process, lambda line: line.startswith(sign))
        shot = threading.Timer(self._chance.uniform(0, SPAN), process.send_signal, [number])
        shot.start()
        said = "".join(early) + process.communicate(timeout=PATIENCE_SECONDS)[0]
        shot.cancel()
        self._ended(process.returncode, said, number)

    def run_to_the_end(self) -> None:
        """Nobody shoots any more: after a few applies there is nothing left to do."""
        for _ in range(8):
            if self._apply("--detailed-exitcode") == 0:
                break
        assert self.is_converged(), "\n".join(self.said[-6:])

    def is_converged(self) -> bool:
        code, said = finished(
            self._there(), "plan", "--detailed-exitcode", env=self._environ, patience=PATIENCE_SECONDS
        )
        self.said.append(said)
        return code == 0

    def add_batch(self) -> None:
        self._batches += 1
        (self._folder / "declarative.yaml").write_text(self._configuration())

    def check(self) -> None:
        """What the engine has is what was ever declared, each once; only the last listener goes on."""
        once = {f"{batch}/{n}": 1 for batch in range(1, self._batches + 1) for n in range(IN_BATCH)}
        after = {f"{batch}/after": 1 for batch in range(1, self._batches + 1)}
        assert self._engine.inputs("quick.yaml", self.name) == {**once, **after}, self.said[-6:]
        long = self._engine.inputs("long.yaml", self.name)
        assert set(long.values()) == {1}, long
        assert self._engine.active("long.yaml", self.name) == {f"{self._batches}/long"}

    def two_at_once(self) -> list[tuple[int, str]]:
        """(exit code, what was said) of two applies started together; the first one waits for its turn."""
        words = ("apply", "--auto-approve", "--new-state")
        both = [
            started(self._there(), *words, *more, env=self._environ)
            for more in (["--lock-timeout", "60s"], [])
        ]
        said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in both]
        self.said += said
        return [(process.returncode, text) for process, text in zip(both, said, strict=True)]

    # ── one apply ──────────────────────────────────────────────────────────────────────────────────────

    def _apply(self, *more: str) -> int:
        words = [*self._words(), *more]
        code, said = finished(self._there(), *words, env=self._environ, patience=PATIENCE_SECONDS)
        self._ended(code, said, None)
        return code

    def _words(self) -> list[str]:
        wait = self._chance.choice([[], ["--wait", "--timeout", "3s"]])
        return ["apply", "--auto-approve", *wait, *self._more]

    @property
    def _environ(self) -> dict[str, str]:
        return {"YC_IAM_TOKEN": TOKEN, **self._place.environ}

    def _ended(self, code: int, said: str, number: signal.Signals | None) -> None:
        self.said.append(f"{code}: {said}")
        if "Sending " in said:
            # From here on, a state that is not there is a state that was lost.
            self._more = []
        assert "Traceback" not in said and code not in (70, 5), said
        if code == -signal.SIGKILL:
            self.shots["SIGKILL"] += 1
            self._place.let_time_pass()
        elif number in CODES and (code == CODES[number] or (code == -number and _is_over(said))):
            self.shots[number.name] += 1
        elif code == 4:
            self._free(said)
        elif code == 0 and number is not None and self.is_converged():
            self.add_batch()
        else:
            assert code in (0, 2, 3, 6), said

    def _free(self, said: str) -> None:
        """Only where the contract has a person do it, and with the very words that the tool says."""
        assert self._place.needs_person, said
        assert self.said[-2].startswith("-9"), "\n".join(self.said[-2:])
        found = _FREES.search(said)
        assert found, said
        code, answer = finished(self._there(), "force-unlock", found[1], "--force", env=self._environ)
        assert code == 0, answer

    def _there(self) -> Path:
        """The client's folder; where state is elsewhere, nothing of an earlier run is left on its disk."""
        if self._place.is_remote:
            shutil.rmtree(self._folder / ".declarative", ignore_errors=True)
        return self._folder

    def _configuration(self) -> str:
        quick, long = (self._engine.workflows[name] for name in ("quick.yaml", "long.yaml"))
        lines = [
            "version: 1",
            f"name: {self.name}",
            f"backend: {self._place.backend}",
            "providers:",
            f"  yandex: {{endpoint: 'http://127.0.0.1:{self._engine.proxy.port}', request_timeout: 2s,",
            "    send_window: 2s, settle: 4s, retention_min: 1h}",
            "defaults: {provider: yandex}",
            "executions:",
        ]
        for batch in range(1, self._batches + 1):
            lines += [
                f"  quick-{batch}:",
                f"    workflow: {quick}",
                f"    for_each: '${{range({IN_BATCH}) | map(\"string\") | list}}'",
                f"    input: {{of: {self.name}, say: '{batch}/${{each.key}}'}}",
                f"  after-{batch}:",
                f"    {{workflow: {quick}, depends_on: [quick-{batch}],",
                f"     input: {{of: {self.name}, say: {batch}/after}}}}",
            ]
        lines += [
            f"  long-{self._batches}:",
            f"    {{workflow: {long}, stop_grace: 0s, input: {{of: {self.name}, say: {self._batches}/long}}}}",
        ]
        return "\n".join([*lines, ""])


def _is_over(said: str) -> bool:
    """All is done and said; a signal that finds the interpreter at its end ends it in its own way."""
    return "Resources: " in said
