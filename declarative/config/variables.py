"""Variables: what is declared, what was given where, and which of it is secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from declarative import source
from declarative.config import scanner, secrets
from declarative.diagnostics import Diagnostic, Span, did_you_mean, errors_in
from declarative.model.json import Json, NotJson, canonical, parse

TYPES = ("string", "number", "bool", "list", "map", "any")
MISSING_VALUE = "variable_without_value"
CREDENTIALS = ("YC_*", "AWS_*", "TF_HTTP_*", "CI_*TOKEN", "PG*")
"""Environment variables that hold credentials: a variable that reads one is sensitive, declared so or not."""


class Given(NamedTuple):
    """A value and where it stands."""

    value: Json
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """One entry under `variables:`. `default` is None where there is none."""

    type: str = "any"
    default: Given | None = None
    env: str | None = None
    sensitive: bool = False
    one_of: tuple[Json, ...] | None = None
    span: Span | None = None

    @property
    def is_sensitive(self) -> bool:
        named = isinstance(self.env, str) and any(fnmatchcase(self.env, pattern) for pattern in CREDENTIALS)
        return self.sensitive or named


@dataclass(frozen=True, slots=True)
class Variables:
    """Every declared variable has a value. `secrets` are the texts to mask wherever they appear."""

    values: Mapping[str, Json] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()


def resolve(
    declared: Mapping[str, Declared],
    from_var: Mapping[str, str],
    var_file_values: Mapping[str, Given],
    environment_values: Mapping[str, Given],
    environ: Mapping[str, str],
) -> tuple[Variables, list[Diagnostic]]:
    """`--var` > `--var-file` > the environment's > `env`/DECLARATIVE_VAR_x > default.

    All problems at once; variables that have one are left out.
    """
    problems = list(_undeclared(declared, from_var, var_file_values, environment_values))
    values: dict[str, Json] = {}
    for name, declaration in declared.items():
        sources = _Sources(name, declaration, from_var, var_file_values, environment_values, environ)
        found = sources.value()
        if isinstance(found, Diagnostic):
            problems.append(found)
        else:
            values[name] = found.value
    sensitive = frozenset(name for name in values if declared[name].is_sensitive)
    return Variables(values, sensitive, secrets.texts(values[name] for name in sensitive)), problems


def read_var_file(path: Path) -> tuple[dict[str, Given], list[Diagnostic]]:
    """A YAML or JSON (by its name) map of names to values."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return {}, [Diagnostic("var_file_unreadable", f"The file {path} cannot be read: {reason}")]
    if path.suffix == ".json":
        return _json_values(text, str(path))
    document, problems = source.read(text, str(path))
    if document is None or document.value is None:
        return {}, problems
    if not isinstance(document.value, dict):
        return {}, [*problems, _not_a_map(document.span())]
    return {name: Given(value, document.span((name,))) for name, value in document.value.items()}, problems


@dataclass(frozen=True, slots=True)
class _Sources:
    """Every place that may give one variable its value."""

    name: str
    declared: Declared
    from_var: Mapping[str, str]
    var_files: Mapping[str, Given]
    environment: Mapping[str, Given]
    environ: Mapping[str, str]

    def value(self) -> Given | Diagnostic:
        found = self._first()
        if isinstance(found, Diagnostic) or (found is self.declared.default and found.value is None):
            return found
        if not _fits(found.value, self.declared.type):
            return self._wrong(f"must be {_ARTICLES[self.declared.type]}", found.span)
        return self._one_of(found)

    def _first(self) -> Given | Diagnostic:
        if self.name in self.from_var:
            return self._parsed(self.from_var[self.name], "--var")
        if self.name in self.var_files:
            return self.var_files[self.name]
        if self.name in self.environment:
            return self._written(self.environment[self.name])
        for key in self._keys():
            if key in self.environ:
                return self._parsed(self.environ[key], key)
        return self._missing() if self.declared.default is None else self._written(self.declared.default)

    def _keys(self) -> Iterator[str]:
        if self.declared.env is not None:
            yield self.declared.env
        yield f"DECLARATIVE_VAR_{self.name}"

    def _parsed(self, text: str, where: str) -> Given | Diagnostic:
        """What a shell handed over: text for strings, JSON or YAML's flow style for everything else."""
        try:
            text.encode()
        except UnicodeEncodeError:
            return self._wrong(f"given by {where} is not UTF-8 text")
        if self.declared.type == "string":
            return Given(text)
        if self.declared.type == "any":
            return Given(_json_or_text(text))
        document, problems = source.read(text, where)
        if document is None or errors_in(problems) or not _fits(document.value, self.declared.type):
            example = f"such as {self.name}={_EXAMPLES[self.declared.type]}"
            return self._wrong(f"given by {where} must be {_ARTICLES[self.declared.type]}, {example}")
        return Given(document.value)

    def _written(self, given: Given) -> Given | Diagnostic:
        """A value in the configuration itself: data, where `$${` is a plain `${` as everywhere in it."""
        if scanner.has_expression(given.value):
            hint = "A variable's value is not evaluated. Use ${...} where the variable is used."
            return Diagnostic(
                "expression_not_allowed",
                f'The value of the variable "{self.name}" holds an expression',
                hint=hint,
                span=given.span,
            )
        return given._replace(value=scanner.literal(given.value)) if scanner.holds(given.value) else given

    def _one_of(self, found: Given) -> Given | Diagnostic:
        allowed = self.declared.one_of
        if allowed is None or canonical(found.value) in map(canonical, allowed):
            return found
        near = "" if self.declared.is_sensitive else did_you_mean(_plain(found.value), map(_plain, allowed))
        return self._wrong(f"must be one of {', '.join(map(canonical, allowed))}", found.span, near)

    def _wrong(self, words: str, span: Span | None = None, hint: str = "") -> Diagnostic:
        """Never with the value itself: it may be a secret."""
        summary = f'The value of the variable "{self.name}" {words}'
        return Diagnostic("variable_value", summary, hint=hint, span=span or self.declared.span)

    def _missing(self) -> Diagnostic:
        ways = f"--var {self.name}=..., --var-file FILE, environments.NAME.variables.{self.name}"
        keys = " or ".join(f"${key}" for key in self._keys())
        return Diagnostic(
            MISSING_VALUE,
            f'The variable "{self.name}" has no value',
            hint=f"Give it by {ways}, the environment variable {keys}, or a default.",
            span=self.declared.span,
        )


def _undeclared(
    declared: Mapping[str, Declared],
    from_var: Mapping[str, str],
    var_file_values: Mapping[str, Given],
    environment_values: Mapping[str, Given],
) -> Iterator[Diagnostic]:
    spans: list[tuple[str, Span | None]] = [(name, None) for name in from_var]
    for values in (var_file_values, environment_values):
        spans += [(name, given.span) for name, given in values.items()]
    for name, span in spans:
        if name not in declared:
            summary = f'There is no variable "{name}"'
            hint = did_you_mean(name, declared) or "Declare it under `variables:`."
            yield Diagnostic("unknown_variable", summary, hint=hint, span=span)


def _fits(value: Json, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict)
    return True


def _json_or_text(text: str) -> Json:
    try:
        return parse(text)
    except NotJson:
        return text


def _json_values(text: str, file: str) -> tuple[dict[str, Given], list[Diagnostic]]:
    whole = Span(file, 1, 1, 1, 2)
    try:
        value = parse(text)
    except NotJson as error:
        return {}, [Diagnostic("var_file_syntax", f"The file is not JSON: {error}", span=whole)]
    if not isinstance(value, dict):
        return {}, [_not_a_map(whole)]
    return {name: Given(item, whole) for name, item in value.items()}, []


def _not_a_map(span: Span) -> Diagnostic:
    return Diagnostic("var_file_shape", "A file of variables is a map of names to values", span=span)


_ARTICLES = {
    "string": "text",
    "number": "a number",
    "bool": "true or false",
    "list": "a list",
    "map": "a map",
    "any": "any value",
}
_EXAMPLES = {"number": "3", "bool": "true", "list": '["a", "b"]', "map": '{"a": 1}'}


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value)
