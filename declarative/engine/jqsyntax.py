"""jq programs: the one text a worker runs for several expressions.

An expression sees its data as `.`, the top-level state as `$global`, a loop's number as `$counter`, and
secrets through `lockboxPayload`. The data travels as `{"d": data, "g": $global, "c": $counter, "s":
secrets}`, so that a program does not depend on it and is compiled once.
"""

from __future__ import annotations

from collections.abc import Sequence

GLOBAL = "$global"
COUNTER = "$counter"
SECRETS = "lockboxPayload"

_SECRETS_PRELUDE = (
    ".s as $__secrets | def lockboxPayload($id; $key): $__secrets[$id][$key]"
    ' // error("there is no secret \\($id) with the key \\($key) in providers.embedded.secrets");'
    " def lockboxPayload($id; $key; $version): lockboxPayload($id; $key);"
    " null as $__secrets | "
)


def program(expressions: Sequence[str], counter: bool) -> str:
    """One program for all: its result is the JSON text of a list.

    Each item is the list of an expression's results, cut at two, or `{"e": error}`. `tojson` must make the
    text: only jq itself prints an integer above 2^53 that merely passed through as it was.
    """
    guarded = ",".join(f"(try [limit(2; (\n{text}\n))] catch {{e: .}})" for text in expressions)
    return f"{_prelude(' '.join(expressions), counter)}[{guarded}] | tojson"


def alone(expression: str, counter: bool) -> str:
    """One expression, bare, as it is compiled to see whether it is jq: it stands from the second line on."""
    return f"{_prelude(expression, counter)}\n{expression}\n"


def _prelude(text: str, counter: bool) -> str:
    return (
        (_SECRETS_PRELUDE if SECRETS in text else "")
        + (f".g as {GLOBAL} | " if GLOBAL in text else "")
        + (f".c as {COUNTER} | " if counter else "")
        + ".d | "
    )
