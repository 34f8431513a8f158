"""What an expression can call: `range`, `dict`, `file`, and the harmless methods of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from declarative.config.bounds import Fault, Meter, items_fit, text_fits
from declarative.config.folder import Folder
from declarative.config.values import Function, glance, scan, text

NAMES = ("dict", "file", "range")


def functions(folder: Folder) -> dict[str, Function]:
    return {"range": _RANGE, "dict": _DICT, "file": Function("file", partial(_file, folder))}


def method(value: str, name: str) -> Function | None:
    """The method of a text that is asked for, if expressions have it."""
    call = METHODS.get(name)
    return None if call is None else Function(name, partial(_on_text, call, value))


def replaced(meter: Meter, value: str, old: str, new: str, count: int = -1) -> str:
    times = value.count(old) if count < 0 else min(count, value.count(old))
    text_fits(len(value) + times * max(0, len(new) - len(old)))
    glance(value, meter)
    return value.replace(old, new, count)


def joined(meter: Meter, between: str, items: Iterable[object]) -> str:
    texts: list[str] = []
    for item in items:
        meter.work(1)
        texts.append(text(item, meter))
    text_fits(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _file(folder: Folder, meter: Meter, path: object) -> str:
    if not isinstance(path, str):
        raise Fault("expression_type", "file() needs the path of a file")
    return folder.text(path)


def _range(meter: Meter, *bounds: int) -> list[int]:
    numbers = range(*bounds)
    # len() of a longer range than the machine's word raises OverflowError, which is as good an answer.
    items_fit(len(numbers))
    return list(numbers)


def _dict(meter: Meter, *pairs: Any, **named: object) -> dict[Any, object]:
    for source in pairs:
        glance(source, meter)
    return dict(*pairs, **named)


def _on_text(
    call: Callable[..., object], value: str, meter: Meter, *args: object, **kwargs: object
) -> object:
    glance(value, meter)
    for arg in args:
        glance(arg, meter)
        scan(meter, len(value), len(arg) if isinstance(arg, str) else 0)
    return call(meter, value, *args, **kwargs)


def _simple(name: str) -> Callable[..., object]:
    inner = getattr(str, name)
    return lambda meter, value, *args: inner(value, *args)


def _splitting(name: str) -> Callable[..., object]:
    inner = getattr(str, name)

    def split(meter: Meter, value: str, *args: object, **kwargs: object) -> object:
        meter.work(len(value) >> 1)
        return inner(value, *args, **kwargs)

    return split


def _padding(name: str) -> Callable[..., object]:
    inner = getattr(str, name)

    def pad(meter: Meter, value: str, width: int, *args: object) -> object:
        text_fits(width)
        return inner(value, width, *args)

    return pad


_RANGE = Function("range", _range)
_DICT = Function("dict", _dict)
METHODS: dict[str, Callable[..., object]] = {
    **{
        name: _simple(name)
        for name in (
            *("upper", "lower", "title", "capitalize", "casefold", "swapcase", "strip", "lstrip", "rstrip"),
            *("removeprefix", "removesuffix", "startswith", "endswith", "find", "rfind", "count"),
            *("isalnum", "isalpha", "isdigit", "islower", "isspace", "isupper"),
        )
    },
    **{name: _splitting(name) for name in ("split", "rsplit", "splitlines", "partition", "rpartition")},
    **{name: _padding(name) for name in ("center", "ljust", "rjust", "zfill")},
    "replace": replaced,
    "join": joined,
}
