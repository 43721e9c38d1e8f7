"""Errors name options of the command line where they were written for it; from Python they name arguments instead."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from evalkit.errors import SpecError
from evalkit.interface import given

_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
P = ParamSpec("P")
T = TypeVar("T")
_options = ContextVar("options", default=False)
NAMES = {
    "--rates BASELINE ARM (for example --rates 0.3 0.5)": "rates=(baseline, arm, sd), such as (0.3, 0.5, 0.1)",
    "--rates BASELINE ARM": "rates=(baseline, arm, sd)",
    "--problem SET/NAME": 'problem="SET/NAME"',
    "--world FILE.toml": 'world="FILE.toml" or world={"symbols": {...}}',
    "--by NAME": "by=NAME",
    "evalkit import --help": "docs/python.md",
    "--allow-mismatch": "allow_mismatch=True",
    "--exploratory": "exploratory=True",
    "--force": "force=True",
    "--port": "port=",
    "--replace": "replace=True",
    "--metric": "metrics=[...]",
    "--model": "model=",
    "--turn ": "turn=",
    "--delta ": "delta=",
    "compare --so-far": "so_far()",
    "--fail-if": "failures:",
    "--prompts": "a prompt_folder",
    "--map": "columns:",
}
_KNOWN = re.compile("|".join(rf"{re.escape(name)}(?![\w-])" for name in NAMES))  # the longer ones come first


@contextmanager
def options() -> Iterator[None]:
    """Inside, the command line is speaking."""
    before = _options.set(True)
    try:
        yield
    finally:
        _options.reset(before)


def spoken(text: str) -> str:
    """The text with the names that its reader knows."""
    return text if _options.get() else _KNOWN.sub(lambda m: NAMES[m.group()], text)


def python_names(function: Callable[P, T], **kinds: given.Kind) -> Callable[P, T]:
    """Decorator of public functions: their arguments are looked at first, and their errors speak of arguments.

    kinds: of parameters that mean something else here than in `given.KINDS`.
    """
    signature = inspect.signature(function)
    known = {**given.KINDS, **kinds}
    required = {n for n, p in signature.parameters.items() if p.default is not None and p.kind not in _MANY} - {"self"}

    @functools.wraps(function)
    def named(*args: P.args, **kwargs: P.kwargs) -> T:
        asked = signature.bind(*args, **kwargs).arguments
        given.needed(known, **{name: asked[name] for name in required & asked.keys()})
        given.check(known, **{name: value for name, value in asked.items() if name != "self"})
        try:
            return function(*args, **kwargs)
        except SpecError as error:
            told = tuple(spoken(problem) for problem in error.problems)
            if told == tuple(error.problems):
                raise
            raise SpecError(*told) from None

    return named
