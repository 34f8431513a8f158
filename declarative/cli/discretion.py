"""What one run of the tool has learned that it must not say: for words that are found at the very edge."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

_CREDENTIALS = ("*TOKEN", "*PASSWORD", "*SECRET*", "*PRIVATE_KEY*")
"""Names of environment variables; narrower than what makes a variable sensitive: a host is no secret here."""


class Discretion:
    """Errors and reports of our own bugs may quote anything; these texts are struck from them."""

    def __init__(self) -> None:
        self._learned: frozenset[str] = frozenset()

    def learn(self, secrets: frozenset[str]) -> None:
        self._learned |= secrets

    @property
    def secrets(self) -> frozenset[str]:
        """Also every credential of the environment, whoever asked for it."""
        from declarative.config.secrets import texts

        names = (name for name in os.environ if any(fnmatchcase(name, one) for one in _CREDENTIALS))
        return self._learned | texts(os.environ[name] for name in names)

    def hide(self, text: str) -> str:
        from declarative.render.redaction import redact

        return redact(text, self.secrets)
