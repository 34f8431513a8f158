"""What a detached runner must know of the configuration: kept beside the executions it was given for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from declarative.model.json import Json, canonical, parse


@dataclass(frozen=True, slots=True)
class Settings:
    """An engine's settings. A run keeps those it was started with; `keep` and `idle` are the newest ones'.

    `root`: the folder that paths of workflows start from, absolute. `mocks`, `secrets`: as in the
    configuration (`secrets` holds names of environment variables, never a text). `allow`: hosts, or
    `host:port`, that httpCall may reach; None for any. `aliases`: what a `workflow` step may call a workflow
    by -> its path below the root. `keep`: seconds for which ended executions are remembered, None for ever.
    `idle`: seconds without work after which the runner leaves.
    """

    root: str = ""
    mocks: Json = field(default_factory=dict)
    secrets: Json = field(default_factory=dict)
    allow: tuple[str, ...] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    keep: float | None = None
    idle: float = 5.0

    def text(self) -> str:
        return canonical({**asdict(self), "allow": None if self.allow is None else list(self.allow)})

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """Reads what `text` wrote. Settings of a later version that are unknown here are left out."""
        known = parse(text)
        assert isinstance(known, dict)
        allow = known.get("allow")
        kept = {name: value for name, value in known.items() if name in cls.__slots__}
        return cls(**{**kept, "allow": tuple(allow) if isinstance(allow, list) else None})  # type: ignore[arg-type]
