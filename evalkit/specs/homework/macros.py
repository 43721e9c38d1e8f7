r"""Macros of a LaTeX file: `\newcommand`, `\def`, `\DeclareMathOperator`, put in place of their names.

Nothing is executed: a macro with a condition, of itself, or beyond the caps stays as it stands, and its definition goes
to the set's notation.

Not covered: `\let`, delimited arguments of `\def`, packages that do not lie beside the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

MAX_DEPTH = 20
MAX_EXPANSIONS = 20_000
MAX_GROWTH = 2_000_000
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?[ \t]*")
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*\{?\s*\\(?P<new>[A-Za-z]+)\s*\}?\s*"
    r"(?:\[(?P<count>[1-9])\]\s*)?(?:\[(?P<first>[^\[\]]{0,200})\]\s*)?(?=\{)"
    r"|\\def\s*\\(?P<def>[A-Za-z]+)\s*(?P<args>(?:\#[1-9])*)\s*(?=\{)"
    r"|\\DeclareMathOperator(?P<star>\*?)\s*\{?\s*\\(?P<operator>[A-Za-z]+)\s*\}?\s*(?=\{)"
)
_ENVIRONMENT = re.compile(
    r"\\(?:(?:re)?newenvironment\*?\s*\{(?P<env>[A-Za-z*]{1,40})\}\s*(?:\[[1-9]\]\s*)?(?:\[[^\[\]]{0,200}\]\s*)?(?=\{)"
    r"|(?:newtheorem|newtcbtheorem|declaretheorem)\*?\s*\{(?P<theorem>[A-Za-z*]{1,40})\}\s*(?:\[[^\[\]]{0,80}\]\s*)?(?=\{))"
)


def braces(text: str, at: int) -> int:
    """Behind the closing brace of the group that begins at `at`; -1 where it is not closed."""
    return _pairs(text).get(at, -1)


@lru_cache(maxsize=16)
def _pairs(text: str) -> dict[int, int]:
    """Of every brace that is closed: what stands behind its closing one. One pass for all, however many there are."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            found[opened.pop()] = brace.end()
    return found


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


@dataclass(frozen=True)
class Macro:
    body: str
    count: int = 0
    first: str | None = None
    """What stands for the first argument where it is not given in `[...]`."""
    source: str = ""

    @property
    def plain(self) -> bool:
        """Whether it can be put in place: no condition, no counter of TeX, no definition."""
        return not re.search(r"\\(?:if|fi\b|else\b|loop|csname|expandafter|def\b|@|catcode|input\b|write)", self.body)


@dataclass
class Macros:
    """The macros of a file, and what it calls its environments."""

    known: dict[str, Macro] = field(default_factory=dict)
    environments: dict[str, str] = field(default_factory=dict)
    """Of environments that the file defines: the text of the definition, or the title of the theorem."""
    kept: dict[str, Macro] = field(default_factory=dict)
    """Those that were used and could not be put in place."""
    expansions: int = 0
    grown: int = 0

    def read(self, text: str) -> str:
        """Takes the definitions out of a text."""
        parts, at = [], 0
        for name, macro, start, end in _definitions(text):
            if start >= at:
                self.known[name] = macro
                parts.append(text[at:start])
                at = end
        text = "".join([*parts, text[at:]])
        for found in _ENVIRONMENT.finditer(text):
            end = braces(text, found.end())
            self.environments[found["env"] or found["theorem"]] = text[
                found.end() : end if end > 0 else found.end() + 80
            ]
        return text

    def expand(self, text: str, keep: frozenset[str], depth: int = 0) -> str:
        """The text with macros put in place, but those of `keep`."""
        parts, at = [], 0
        for found in _COMMAND.finditer(text):
            macro = self.known.get(found[1])
            if found.start() < at or macro is None or found[1] in keep:
                continue
            given = _arguments(text, found.end(), macro)
            if given is None or not macro.plain or depth == MAX_DEPTH or self._spent(len(macro.body)):
                self.kept[found[1]] = macro
                continue
            parts.append(text[at : found.start()])
            said = self.expand(_put(macro.body, given[0]), keep, depth + 1)
            at = given[1]
            apart = re.search(r"\\[A-Za-z]+\Z", said) and text[at : at + 1].isalpha()
            parts.append(said + (" " if apart else ""))
        return "".join([*parts, text[at:]])

    def _spent(self, grown: int) -> bool:
        self.expansions += 1
        self.grown += grown
        return self.expansions > MAX_EXPANSIONS or self.grown > MAX_GROWTH


def _definitions(text: str) -> Iterator[tuple[str, Macro, int, int]]:
    for found in _DEFINED.finditer(text):
        end = braces(text, found.end())
        if end < 0:
            continue
        body, source = text[found.end() + 1 : end - 1], text[found.start() : end]
        if found["operator"]:
            star = found["star"]
            yield found["operator"], Macro(f"\\operatorname{star}{{{body}}}", source=source), found.start(), end
        elif found["def"]:
            yield found["def"], Macro(body, len(found["args"]) // 2, source=source), found.start(), end
        else:
            count = int(found["count"] or 0)
            yield found["new"], Macro(body, count, found["first"], source), found.start(), end


def _arguments(text: str, at: int, macro: Macro) -> tuple[list[str], int] | None:
    """The arguments behind a macro's name and where they end; None where they are not there."""
    given: list[str] = []
    if macro.count and macro.first is not None:
        optional = re.compile(r"\s*\[([^\[\]]{0,400})\]").match(text, at)
        given.append(optional[1] if optional else macro.first)
        at = optional.end() if optional else at
    space = at
    while len(given) < macro.count:
        while space < len(text) and text[space].isspace():
            space += 1
        if text[space : space + 1] == "{":
            end = braces(text, space)
            if end < 0:
                return None
            given.append(text[space + 1 : end - 1])
        else:
            token = re.compile(r"\\[A-Za-z]+|\\?[^\s{}]").match(text, space)
            if token is None:
                return None
            given.append(token[0])
            end = token.end()
        at = space = end
    return given, at


def _put(body: str, given: list[str]) -> str:
    return re.sub(r"#([1-9])", lambda m: given[int(m[1]) - 1] if int(m[1]) <= len(given) else m[0], body)
