"""The shape of a configuration file: which keys may stand where. Source of the JSON Schema for editors.

Values are as they are without expressions: whoever checks a file leaves `${...}` out first (see shape.py).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_core import SchemaValidator

from declarative.config import kinds
from declarative.config.kinds import (
    DURATION,
    FLAG,
    NAME,
    TEXT,
    Key,
    Kind,
    anything,
    by_shape,
    choice,
    key,
    keys,
    list_of,
    map_of,
    or_null,
    set_of,
    text,
    whole,
)
from declarative.config.variables import TYPES
from declarative.model.desired import Duplicates, End, Need, OnChange, OnRemove, Run

VERSION = 1
EXPRESSIONS_FROM = {
    "backend": 2,
    "providers": 2,
    "workflows": 1,
    "groups": 2,
    "defaults": 1,
    "executions": 2,
    "outputs": 1,
    "safety": 1,
}
"""How many levels below a key of the file expressions may stand; elsewhere they may not."""
WRITTEN_OUT = frozenset({"depends_on"})
"""Keys without expressions all the same: who waits for whom has to be known before anything is evaluated."""


def _version(value: int) -> int:
    if value != VERSION:
        hint = "A newer declarative may read it." if value > VERSION else f"Write version: {VERSION}."
        raise kinds.wrong("version", f"is {value}, and only version {VERSION} is known here", hint)
    return value


def _one_backend(value: Any) -> Any:
    if isinstance(value, dict) and len(value) != 1:
        raise kinds.wrong("backend", "must name exactly one kind of backend", "As in: {s3: {bucket: ...}}.")
    return value


COUNT = whole(1)
VERSION_KIND = kinds.checked(_version, whole(), const=VERSION)

WORKFLOW_ID = by_shape(
    plain=TEXT,
    map=keys(
        "NamedWorkflow",
        "A workflow that the engine looks up by its name.",
        {
            "name": key(TEXT, "The workflow's name.", required=True),
            "folder_id": key(TEXT, "Its folder, where it is not the provider's."),
        },
    ),
)
WORKFLOW = by_shape(plain=TEXT, map=map_of(NAME, WORKFLOW_ID))
DEPENDS_ON = by_shape(list=list_of(NAME), map=map_of(NAME, choice(Need)))
REVISION = by_shape(plain=kinds.SCALAR, map=map_of(TEXT, kinds.SCALAR))
ADOPT = by_shape(plain=TEXT, map=map_of(TEXT, TEXT))
OLD_NAME = text(kinds.OLD_NAME_PATTERN)
MOVED_FROM = by_shape(plain=OLD_NAME, map=map_of(TEXT, OLD_NAME))

TREATMENT: dict[str, Key] = {
    "run": key(
        choice(Run),
        "once: FINISHED is done. always: started again whenever it has ended. "
        "never: stopped if active, remembered, dependents wait.",
        default="once",
    ),
    "rerun_on": key(
        set_of(choice(End)),
        "Ends that apply may repair by itself. With run: always the default is finished, failed, stopped.",
    ),
    "stop_timeout": key(DURATION, "How long apply waits for a stop to act.", default="2m"),
    "max_attempts": key(COUNT, "Starts in a row that failed, where rerun_on has failed.", default=3),
    "healthy_after": key(
        DURATION, "run: always: a run that lived this long clears the count of attempts.", default="10m"
    ),
    "rotate_after": key(or_null(DURATION), "run: always: replaced at this age, the new one first."),
    "on_change": key(
        choice(OnChange),
        "When workflow or input differ from what was started: stop and start, start first, keep, forbid.",
        default="rerun",
    ),
    "on_remove": key(
        choice(OnRemove),
        "When the entry is gone and its execution active: stop it, or abandon it.",
        default="stop",
    ),
    "stop_grace": key(
        or_null(DURATION),
        "A graceful stop for so long, then terminate. 0s: terminate at once. None: never terminate.",
    ),
    "protected": key(FLAG, "No plan stops or replaces it.", default=False),
    "max_active": key(or_null(COUNT), "Limit over this entry's instances."),
    "group": key(or_null(NAME), "A limit shared with other entries, from groups."),
    "ignore_changes": key(
        list_of(kinds.IGNORED_PATH), "Paths of the input whose changes mean nothing: a.b, a.*.b.", default=[]
    ),
    "sensitive": key(FLAG, "Mask input and result everywhere, keep no result.", default=False),
    "duplicates": key(
        choice(Duplicates),
        "When an equal execution that is not ours is active: block this start, or allow it.",
        default="block",
    ),
    "labels": key(map_of(TEXT, text(least=0)), "For plan --label, and for people."),
    "description": key(text(least=0), "For people."),
    "marker": key(or_null(TEXT), "A key added to the input of each start, for recovery to recognise it by."),
}
"""How executions are treated: what model.desired.Policies holds, in the words of the file."""

SHARED: dict[str, Key] = {
    **TREATMENT,
    "provider": key(NAME, "The engine: a name of providers, or embedded or yandex."),
    "depends_on": key(
        DEPENDS_ON, "Entries whose instances all come first: a list, or with finished, active or settled."
    ),
    "enabled": key(FLAG, "false: as if the entry were not there.", default=True),
    "revision": key(REVISION, "Another value runs it again. A map gives it per instance key.", default="1"),
}

FOR_EACH = anything(
    anyOf=[
        {"type": "array"},
        {
            "type": "object",
            "required": ["dates"],
            "additionalProperties": False,
            "properties": {
                "dates": {
                    "type": "object",
                    "required": ["from", "to"],
                    "additionalProperties": False,
                    "properties": {
                        "from": {"type": "string", "description": "A date, a time, today or yesterday."},
                        "to": {"type": "string", "description": "As from; included."},
                        "every": {"type": "string", "default": "1d", "description": "In h, d, w or mo."},
                        "timezone": {"type": "string", "default": "UTC"},
                        "order": {"enum": ["asc", "desc"], "default": "asc"},
                    },
                }
            },
        },
        {
            "type": "object",
            "required": ["matrix"],
            "additionalProperties": False,
            "properties": {
                "matrix": {"type": "object", "description": "Each axis with a list of its values."},
                "exclude": {"type": "array", "items": {"type": "object"}},
            },
        },
        {
            "type": "object",
            "not": {
                "anyOf": [
                    {"required": ["dates"], "maxProperties": 1},
                    {"required": ["matrix"], "propertyNames": {"enum": ["matrix", "exclude"]}},
                ]
            },
        },
    ]
)
"""Checked where it is expanded (foreach.py)."""

EXECUTION: dict[str, Key] = {
    "workflow": key(
        WORKFLOW_ID,
        "A name of workflows, or the engine's own id; for the embedded engine the path of a file.",
        required=True,
    ),
    "input": key(anything(), "Any JSON value.", default={}),
    "for_each": key(FOR_EACH, "One instance for each item of a list, a map, dates or a matrix."),
    **SHARED,
    "adopt": key(ADOPT, "Bind this execution id instead of starting. A map gives it per instance key."),
    "moved_from": key(MOVED_FROM, "The old name, so that a new name starts nothing."),
}

PROVIDER = keys(
    "Provider",
    "An engine. All other keys are settings, which the provider checks.",
    {
        "type": key(NAME, "Which provider it is, where its name does not say so."),
        "max_active": key(or_null(COUNT), "Limit over all executions started through it."),
    },
    is_open=True,
)
VARIABLE = keys(
    "Variable",
    "A value that the file leaves open.",
    {
        "type": key(kinds.word(*TYPES), "Which values it takes.", default="any"),
        "default": key(anything(), "Its value when none is given. Without it, one must be given."),
        "env": key(TEXT, "The environment variable that it is read from."),
        "sensitive": key(FLAG, "Masked wherever it would appear.", default=False),
        "one_of": key(list_of(anything()), "The values that are allowed."),
        "description": key(text(least=0), "For people."),
    },
)
GROUP = keys(
    "Group",
    "A limit that several entries share.",
    {"max_active": key(COUNT, "Limit over the executions of all entries of this group.", required=True)},
)
LIMIT = by_shape(
    plain=whole(0),
    map=keys(
        "SharedLimit",
        "Exceeded only where both are.",
        {
            "count": key(whole(0), "How many, at the most.", default=5),
            "percent": key(whole(0, 100), "How many of a hundred, at the most.", default=30),
        },
    ),
)
SAFETY = keys(
    "Safety",
    "A plan beyond these is refused without --allow-stops or --allow-reruns.",
    {
        "max_stops": key(LIMIT, "A number alone is a hard limit. Else {count: 5, percent: 30}."),
        "max_reruns": key(LIMIT, "As max_stops, for what would be started again."),
    },
)
DEFAULTS = keys("Defaults", "What holds for every entry that does not say otherwise; labels join.", SHARED)
BACKEND = kinds.checked_first(
    _one_backend, map_of(NAME, or_null(map_of(TEXT, anything()))), minProperties=1, maxProperties=1
)
PROVIDERS = or_null(map_of(NAME, or_null(PROVIDER)))
WORKFLOWS = or_null(map_of(TEXT, WORKFLOW))
ENVIRONMENT = keys(
    "Environment",
    "What differs in one environment: backend is replaced, the others are merged key by key.",
    {
        "backend": key(BACKEND, "Where this environment's state is kept, instead of the file's."),
        "providers": key(PROVIDERS, "Engines and settings, joined with the file's."),
        "workflows": key(WORKFLOWS, "Workflows, joined with the file's."),
        "defaults": key(or_null(DEFAULTS), "Defaults, joined with the file's."),
        "variables": key(or_null(map_of(NAME, anything())), "The values that variables have here."),
    },
)
CONFIGURATION: Kind = keys(
    "Configuration",
    "declarative.yaml, or a file that is joined to it.",
    {
        "version": key(VERSION_KIND, "The version of this format."),
        "name": key(
            text(kinds.CONFIGURATION_NAME_PATTERN), "Names the configuration; required with a shared backend."
        ),
        "include": key(or_null(list_of(TEXT)), "More files, relative to this one; *, ? and ** work."),
        "backend": key(BACKEND, "Where state is kept.", default={"local": {}}),
        "providers": key(PROVIDERS, "Engines and their settings."),
        "environments": key(
            or_null(map_of(NAME, or_null(ENVIRONMENT))), "Chosen with --env; each has a state of its own."
        ),
        "workflows": key(WORKFLOWS, "Names for the engine's own ids, per provider."),
        "variables": key(or_null(map_of(NAME, or_null(VARIABLE))), "What ${var.NAME} is and comes from."),
        "groups": key(or_null(map_of(NAME, GROUP)), "Limits that several entries share."),
        "defaults": key(or_null(DEFAULTS), "What holds for every entry that does not say otherwise."),
        "executions": key(
            or_null(
                map_of(NAME, keys("Execution", "A wanted execution, or several with for_each.", EXECUTION))
            ),
            "The executions that are wanted.",
        ),
        "outputs": key(or_null(map_of(NAME, anything())), "Values to print, made of results."),
        "safety": key(or_null(SAFETY), "What one plan may stop or start again at most."),
    },
)


@cache
def configuration() -> SchemaValidator:
    """Checks one whole file at once."""
    return SchemaValidator(CONFIGURATION)


@cache
def treatment() -> SchemaValidator:
    """Checks how executions are treated, and turns it into the values of model.desired.Policies."""
    return SchemaValidator(keys("Treatment", "", TREATMENT))


EVALUATED = keys("Evaluated", "", {name: {**field, "required": False} for name, field in EXECUTION.items()})


@cache
def evaluated() -> SchemaValidator:
    """Checks keys of an entry once their expressions have values."""
    return SchemaValidator(EVALUATED)
