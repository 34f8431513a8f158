"""The local table behind `lockboxPayload`, and how its texts stay out of history, errors and results.

A workflow may pass a secret on from step to step, so a run that is resumed needs the true text back. The
journal therefore holds a placeholder, and the step's memo which secret it stands for. The random part of a
placeholder keeps an answer from outside from spelling one and being handed the secret in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TypeAlias
from urllib.parse import quote, quote_plus

from declarative.diagnostics import Diagnostic
from declarative.model.json import Json

MASK = "(secret)"

Veil: TypeAlias = Mapping[str, tuple[str, str, str]]
"""Placeholder -> secret id, key, and the form the secret had."""

_FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "ascii": lambda text: json.dumps(text)[1:-1],
    "url": lambda text: quote(text, safe=""),
    "form": quote_plus,
}
"""How a text is written within another one: a server may answer with JSON that repeats a request."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """`texts`: secret id -> key -> text."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def masked_text(self, text: str) -> str:
        """For messages: every secret text replaced for good."""
        return _replaced(text, dict.fromkeys(self._written(), MASK))

    def masked(self, value: Json) -> Json:
        """For a run's result: as `masked_text`, in all strings of a value."""
        return _strings(value, self.masked_text) if self.texts else value

    def veiled(self, value: Json) -> tuple[Json, Veil]:
        """For the journal: the value with placeholders, and what they stand for."""
        if not self.texts:
            return value, {}
        written = self._written()
        placeholders = {secret: f"(secret {token_hex(8)})" for secret in written}
        used: dict[str, tuple[str, str, str]] = {}

        def veil(text: str) -> str:
            used.update({placeholders[secret]: written[secret] for secret in written if secret in text})
            return _replaced(text, placeholders)

        return _strings(value, veil), used

    def unveiled(self, value: Json, veil: Veil) -> Json:
        """What was veiled; a secret that has left the table since stays a placeholder."""
        known = {origin: secret for secret, origin in self._written().items()}
        originals = {held: known[origin] for held, origin in veil.items() if origin in known}
        return _strings(value, lambda text: _replaced(text, originals)) if originals else value

    def _written(self) -> dict[str, tuple[str, str, str]]:
        """All that a secret may look like, the longest first: one may hold another."""
        found = {
            write(text): (name, key, form)
            for form, write in reversed(_FORMS.items())
            for name, keys in self.texts.items()
            for key, text in keys.items()
            if text
        }
        return {text: found[text] for text in sorted(found, key=len, reverse=True)}


def read(value: Json, environment: Mapping[str, str]) -> tuple[Secrets | None, list[Diagnostic]]:
    """`providers.embedded.secrets`: secret id -> key -> `{env: NAME}`, never the text: YAML is in Git."""
    problems: list[Diagnostic] = []
    texts: dict[str, dict[str, str]] = {}
    for name, keys in _mapping(value, "secrets", problems).items():
        texts[name] = {}
        for key, source in _mapping(keys, f"secrets.{name}", problems).items():
            found = _from_environment(source, f"secrets.{name}.{key}", environment, problems)
            texts[name][key] = found
    return (None if problems else Secrets(texts)), problems


def _mapping(value: Json, place: str, problems: list[Diagnostic]) -> Mapping[str, Json]:
    if isinstance(value, dict):
        return value
    problems.append(Diagnostic("secrets_type", f"{place} must be a mapping"))
    return {}


def _from_environment(
    source: Json, place: str, environment: Mapping[str, str], problems: list[Diagnostic]
) -> str:
    if not isinstance(source, dict) or set(source) != {"env"} or not isinstance(source["env"], str):
        hint = "Secrets come from the environment only, never from the file."
        problems.append(Diagnostic("secrets_type", f"{place} must be {{env: NAME}}", hint=hint))
        return ""
    if source["env"] not in environment:
        problems.append(Diagnostic("secrets_unset", f"{place}: ${source['env']} is not set"))
        return ""
    return environment[source["env"]]


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def _strings(value: Json, change: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_strings(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _strings(item, change) for key, item in value.items()}
    return value
