"""Documents that were right once: bytes, texts and values changed by a seeded hand."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

TOKENS = [
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"\r\n",
        b"\t",
        b"\\u0000",
        b"\\ud800",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b",",
        b": ",
        b"- ",
        b"<<: ",
        b"&a ",
        b"*a",
        b"!!python/object:x ",
        b"---\n",
    ),
    *(b"${", b"}", b"'${1/0}'", b"'${var.x}'", b"'${\"a\" * 999999999}'", b"'${range(99999999) | list}'"),
    *(b"'${executions.load.result.a}'", b"'${each.key}'", b"'${[[1] * 9999] * 9999}'", b"'${9 ** 9 ** 9}'"),
    *(b"'${\"%999999999d\" % 1}'", b"'${\"a\".__class__.__mro__}'", b"'${file(\"/etc/passwd\")}'", b"$${"),
    *(
        b"1e999999999",
        b"1e-999999999",
        b"1e99999999999999999999",
        b"-0",
        b"NaN",
        b"Infinity",
        b"0x1F",
        b"9" * 5000,
    ),
    *(b"null", b"true", b"99999999999999999999", b"P1D", b"1.5h", b"-1s", b"2026-99-99"),
    *(b"[" * 2000, b"{a: " * 500, b'{"a":' * 3000, b"a" * 100_000, b"#", b"|\n", b">-\n", b"? "),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -(10**30), 0.5, 1e300, -1e300, 1e-300, "", "x"),
    *("\x00", "\ud800", "\u202e", "a" * 20_000, "1", "true", "${", "${1/0}", "${each.key}", "../x", "/", "~"),
    *("${range(99999999) | list}", "${'a' * 999999999}", "x" * 300, "=", "a=b", "2026-01-01", "P1Y", "1e400"),
    *([], {}, [[]], [None], [{}], {"": 1}, {"a": {}}, {"x": [1]}, ["load", "load"], [1, "a", None]),
    *(
        {"dates": {"from": "0001-01-01", "to": "9999-12-31"}},
        {"matrix": {"a": list(range(2000)), "b": list(range(2000))}},
    ),
]


LENGTH_MAX = 500_000


def deep(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def changed_bytes(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A few changes in a row, each anywhere."""
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        content = chance.choice(_ON_BYTES)(content, others, chance)[:LENGTH_MAX]
    return content


def _flip(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _cut(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _remove(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.randrange(1, 40) :]


def _insert(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(TOKENS) + content[at:]


def _repeat(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    at = chance.randrange(len(lines))
    part = lines[at : at + chance.randrange(1, 6)]
    return b"".join([*lines[:at], *part * chance.choice([1, 2, 50]), *lines[at:]])


def _splice(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


_ON_BYTES: list[Callable[[bytes, list[bytes], random.Random], bytes]] = [
    *(_flip, _cut, _remove, _insert, _insert, _repeat, _splice)
]


def changed_value(value: Any, chance: random.Random) -> Any:
    """The value with something else at a few of its places, however deep."""
    value = copy.deepcopy(value)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        places = list(_places(value))
        if not places:
            break
        holder, key = chance.choice(places)
        deed = chance.random()
        if deed < 0.15:
            del holder[key]
        elif deed < 0.25 and isinstance(holder, dict):
            holder[chance.choice(["", "zz", "version", "\x00", "key", *map(str, holder)])] = holder[key]
        elif deed < 0.3:
            holder[key] = deep(chance.choice([5, 90, 110]))
        elif deed < 0.5:
            holder[key] = copy.deepcopy(chance.choice(places)[0])
        else:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
    return value


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key in list(value):
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value, index
            yield from _places(value[index])


def text_of(value: Any, chance: random.Random) -> bytes:
    """JSON, now and then with a key that stands there twice."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.05:
        text = text.replace("{", '{"a":1,"a":2,', 1)
    return text.encode(errors="surrogatepass")
