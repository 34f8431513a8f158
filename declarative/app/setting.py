"""What every command is given by the front door: where, which environment, which variables, what time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from declarative.diagnostics import Diagnostic
from declarative.protocols import Clock


@dataclass(frozen=True, slots=True)
class Setting:
    """`environ`: the process's environment, the only source of credentials. `interrupted`: whether the user
    asked for an end. `caller`: who and where, as text for locks ("eva@host pid 4711"). `learn`: is told what
    must never be said, as soon as it is known. `warn`: says what is somebody's trouble later. `as_of`: epoch
    seconds of the day that the files call today, where that is not the present one."""

    directory: str
    clock: Clock
    environ: Mapping[str, str]
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[str, ...] = ()
    backend_config: Mapping[str, str] = field(default_factory=dict)
    caller: str = ""
    interrupted: Callable[[], bool] = lambda: False
    learn: Callable[[frozenset[str]], None] = lambda secrets: None
    warn: Callable[[Diagnostic], None] = lambda problem: None
    as_of: float | None = None

    @property
    def in_ci(self) -> bool:
        return self.environ.get("CI", "").lower() not in ("", "0", "false")
