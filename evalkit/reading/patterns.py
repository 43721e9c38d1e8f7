"""Regular expressions that are compiled when they are first used.

A command uses few of the hundreds that its modules hold, and compiling them all takes a third of a second.

Not covered: `re.sub(PATTERN, ...)` and the like (mypy tells), `match.re is PATTERN` (never true; a test finds it), and
faults of a pattern, which show at its first use (the test compiles them all).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

_END = sys.maxsize


class Pattern(Protocol):
    """What is used of `re.Pattern[str]`."""

    @property
    def pattern(self) -> str: ...
    def search(self, string: str, pos: int = 0, endpos: int = _END) -> re.Match[str] | None: ...
    def match(self, string: str, pos: int = 0, endpos: int = _END) -> re.Match[str] | None: ...
    def fullmatch(self, string: str, pos: int = 0, endpos: int = _END) -> re.Match[str] | None: ...
    def finditer(self, string: str, pos: int = 0, endpos: int = _END) -> Iterator[re.Match[str]]: ...
    def findall(self, string: str, pos: int = 0, endpos: int = _END) -> list[Any]: ...
    def split(self, string: str, maxsplit: int = 0) -> list[str]: ...
    def sub(self, repl: str | Callable[[re.Match[str]], str], string: str, count: int = 0) -> str: ...


class Later:
    """Becomes what it stands for, name by name: what was asked for once is found without coming here again."""

    def __init__(self, text: str, flags: int) -> None:
        self._written = text, flags

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        self.__dict__[name] = found = getattr(re.compile(*self._written), name)
        return found


def later(text: str, flags: int = 0) -> Pattern:
    """As `re.compile`, when it is first used."""
    return cast(Pattern, Later(text, flags))
