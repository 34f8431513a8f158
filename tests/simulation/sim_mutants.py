"""Faults planted in the source of the tool, one at a time, by changing the code of a function in place.

In place, so that whoever imported the function by name runs the changed one too.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

_FLAGS = __future__.annotations.compiler_flag


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` stands in the function's source and becomes `new`: where it does not stand any more, the mutant
    has to be thought over."""

    function: Any
    old: str
    new: str


@contextmanager
def planted(edits: tuple[Edit, ...]) -> Iterator[None]:
    functions = [_plain(edit.function) for edit in edits]
    before = [function.__code__ for function in functions]
    try:
        for function, edit in zip(functions, edits, strict=True):
            function.__code__ = _edited(function, edit)
        yield
    finally:
        for function, code in zip(functions, before, strict=True):
            function.__code__ = code


def _plain(function: Any) -> FunctionType:
    found = function.fget if isinstance(function, property) else inspect.unwrap(function)
    assert isinstance(found, FunctionType)
    return found


def _edited(function: FunctionType, edit: Edit) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    assert edit.old in source, f"{function.__qualname__} does not read `{edit.old}` any more"
    module = compile(source.replace(edit.old, edit.new), function.__code__.co_filename, "exec", _FLAGS)
    return next(_codes(module, function.__name__))


def _codes(module: CodeType, name: str) -> Iterator[CodeType]:
    for constant in module.co_consts:
        if isinstance(constant, CodeType) and constant.co_name == name:
            yield constant
